"""Households: signed up, found, renamed, removed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from callguard.database import Database
from callguard.database.tables import Base
from callguard.households.consent_text import Purpose
from callguard.households.errors import Fault, HouseholdError
from callguard.households.reader import PolicyReader
from callguard.households.registry import Home, Registry, line_number
from callguard.screening import Policy
from callguard.screening.policy import NO_CONSENT

from .conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER, Household, deeds


def refusal(line: str, registry: Registry, name: str = "home") -> HouseholdError:
    with pytest.raises(HouseholdError) as caught:
        registry.add(line, name, consent_by=None, by=DAUGHTER, now=NOW)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def test_a_household_is_added(registry: Registry, reader: PolicyReader) -> None:
    home = registry.add(LINE, "home", consent_by="subscriber", by=DAUGHTER, now=NOW)
    assert home == Home(home.id, NUMBER, "home", NOW, 90, frozenset(Purpose))
    assert home.screened
    assert registry.find(LINE) == registry.get(home.id) == home
    assert reader.policy(NUMBER) == Policy(consent=True, logged=True, recorded=True)


def test_a_household_is_not_screened_before_it_agrees(
    registry: Registry, reader: PolicyReader
) -> None:
    home = registry.add(LINE, "home", consent_by=None, by=DAUGHTER, now=NOW)
    assert not home.screened
    assert home.consented == frozenset()
    assert reader.policy(NUMBER) == Policy(consent=False)


def test_signing_up_is_in_the_trail(registry: Registry, database: Database) -> None:
    registry.add(LINE, " home  of the\tfamily", consent_by="subscriber", by=DAUGHTER, now=NOW)
    (added, agreed) = deeds(database)
    assert added == ("娘", "add-household", {"line": NUMBER, "name": "home of the family"})
    assert agreed[:2] == ("娘", "give-consent")
    assert agreed[2]["purposes"] == ["logging", "notices", "recording", "screening"]


@pytest.mark.parametrize("line", ["0422-99-0000", "０４２２９９００００", "+81 422 99 0000"])
def test_a_second_household_on_a_line_is_refused(registry: Registry, line: str) -> None:
    home = registry.add(LINE, "home", consent_by=None, by=DAUGHTER, now=NOW)
    error = refusal(line, registry, "another")
    assert str(error) == "the line 0422-99-0000 has a household already"
    assert error.fault is Fault.LINE_TAKEN
    assert registry.find(LINE) == home


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "line: '' is not a telephone number: no number"),
        ("03-1234-5678", "line: '03-1234-5678' is not a telephone number: the local exchange"),
        ("422990000", "write the leading 0: 0422990000"),
        ("+1 202-555-0123", "line: +1 202-555-0123 is not a Japanese subscriber's number"),
        ("0120-123-456", "line: 0120-123-456 is not a Japanese subscriber's number"),
        ("0570-123-456", "line: 0570-123-456 is not a Japanese subscriber's number"),
        ("110", "line: 110 is not a Japanese subscriber's number"),
    ],
)
def test_what_is_no_subscribers_line_is_refused(
    registry: Registry, database: Database, line: str, message: str
) -> None:
    error = refusal(line, registry)
    assert message in str(error)
    assert error.fault is Fault.NOT_A_LINE
    assert deeds(database) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", Fault.NAME_MISSING),
        (" \n", Fault.NAME_MISSING),
        ("x" * 101, Fault.TEXT_TOO_LONG),
        ("home\0", Fault.TEXT_UNREADABLE),
        ("home\udc80", Fault.TEXT_UNREADABLE),
    ],
)
def test_a_name_that_no_database_can_hold_is_refused(
    registry: Registry, name: str, fault: Fault
) -> None:
    assert refusal(LINE, registry, name).fault is fault


@pytest.mark.parametrize("line", ["0422-99-0000", "050-1234-5678", "090-1234-5678", "06001234567"])
def test_fixed_ip_mobile_and_fmc_lines_can_sign_up(line: str) -> None:
    assert line_number(line) == int("81" + line.replace("-", "")[1:])


def test_a_line_without_a_household_is_told_how_to_add_one(registry: Registry) -> None:
    with pytest.raises(HouseholdError) as caught:
        registry.find(LINE)
    assert str(caught.value) == (
        "the line 0422-99-0000 has no household; "
        "add it with: callguard household add --line 0422-99-0000 --name NAME"
    )
    assert caught.value.fault is Fault.NO_HOUSEHOLD
    with pytest.raises(HouseholdError, match=r"^there is no such household$"):
        registry.get(1)


def test_a_household_is_renamed(home: Household, other: Household) -> None:
    home.registry.rename(home.id, "祖母の家", by=DAUGHTER, now=NOW)
    assert home.registry.get(home.id).name == "祖母の家"
    assert home.registry.get(other.id).name == "another"
    assert home.deeds()[-1] == ("娘", "rename-household", {"name": "祖母の家"})


def test_a_removed_household_leaves_nothing_and_screening_stops(
    home: Household, other: Household, reader: PolicyReader
) -> None:
    home.lists.put(home.id, DOCTOR, allowed=True, by=DAUGHTER, now=NOW)
    home.expectations.expect(home.id, by=DAUGHTER, now=NOW)
    home.registry.remove(home.id, by=DAUGHTER, now=NOW)
    assert reader.policy(NUMBER) == NO_CONSENT
    with home.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if "household_id" in table.columns:
                count = select(func.count()).where(table.c.household_id == home.id)
                assert session.scalar(count) == 0, table.name
    assert deeds(home.database)[-1] == ("娘", "remove-household", {"line": NUMBER})
    assert other.registry.get(other.id).screened
    with pytest.raises(HouseholdError):
        home.registry.remove(home.id, by=DAUGHTER, now=NOW)


def test_a_line_signed_up_twice_at_the_same_time_has_one_household(
    database: Database, database_url: str
) -> None:
    def add(name: str) -> bool:
        mine = Database(database_url)
        try:
            Registry(mine).add(LINE, name, consent_by=None, by=DAUGHTER, now=NOW)
        except HouseholdError as error:
            return error.fault is not Fault.LINE_TAKEN
        finally:
            mine.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, "abcd")) == [False, False, False, True]
    assert Registry(database).find(LINE).created_at == NOW


def test_nothing_is_done_for_a_household_that_is_not_there(home: Household) -> None:
    nobody = home.id + 1
    by, now = DAUGHTER, NOW
    attempts: list[Callable[[], object]] = [
        lambda: home.registry.rename(nobody, "x", by=by, now=now),
        lambda: home.lists.entries(nobody),
        lambda: home.lists.entry(nobody, DOCTOR),
        lambda: home.lists.put(nobody, DOCTOR, allowed=True, by=by, now=now),
        lambda: home.lists.take_off(nobody, DOCTOR, by=by, now=now),
        lambda: home.lists.add_many(nobody, [], allowed=True, by=by, now=now),
        lambda: home.lists.exported(nobody, "csv", by=by, now=now),
        lambda: home.consents.in_force(nobody),
        lambda: home.consents.history(nobody),
        lambda: home.consents.give(nobody, frozenset(Purpose), given_by="x", by=by, now=now),
        lambda: home.consents.revoke(nobody, by=by, now=now),
        lambda: home.settings.policy(nobody, now=now),
        lambda: home.settings.change(nobody, {}, by=by, now=now),
        lambda: home.settings.keep_calls(nobody, 30, by=by, now=now),
        lambda: home.expectations.running(nobody, now=now),
        lambda: home.expectations.expect(nobody, by=by, now=now + timedelta(1)),
        lambda: home.expectations.stop(nobody, by=by, now=now),
    ]
    for attempt in attempts:
        with pytest.raises(HouseholdError, match=r"^there is no such household$"):
            attempt()
    assert home.deeds() == []
