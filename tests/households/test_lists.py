"""The allowlist and the block list, and that the screener sees each change at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callguard.database import Database
from callguard.households.errors import Fault, HouseholdError
from callguard.households.listed import MAX_NUMBERS, Effect, Listed, Row, plan
from callguard.households.lists import Lists
from callguard.screening import Entry

from .conftest import DAUGHTER, DOCTOR, NOW, Household

LATER = NOW + timedelta(days=1)


def put(home: Household, number: int = DOCTOR, now: datetime = NOW, **terms: Any) -> None:
    home.lists.put(home.id, number, by=DAUGHTER, now=now, **{"allowed": True, **terms})


def test_an_allowed_number_rings_at_the_next_call(home: Household, other: Household) -> None:
    assert home.policy().allow == {}
    put(home, name="doctor")
    assert home.policy().allow == {DOCTOR: Entry(NOW, "doctor")}
    assert other.lists.entries(other.id) == ()
    assert home.deeds() == [("娘", "allow", {"number": DOCTOR, "name": "doctor", "until": None})]


def test_allowing_a_blocked_number_moves_it(home: Household) -> None:
    put(home, allowed=False, name="shop")
    assert home.policy().block == {DOCTOR: Entry(NOW, "shop")}
    put(home, name="doctor", now=LATER)
    assert (home.policy().allow, home.policy().block) == ({DOCTOR: Entry(LATER, "doctor")}, {})
    put(home, allowed=False, now=LATER)
    assert (home.policy().allow, home.policy().block) == ({}, {DOCTOR: Entry(LATER, "doctor")})


def test_confirming_an_entry_renews_it_and_keeps_its_name_and_note(home: Household) -> None:
    until = NOW + timedelta(days=30)
    put(home, name="doctor", note="火曜と木曜\r\n午前", expires_at=until)
    assert home.policy().allow == {DOCTOR: Entry(NOW, "doctor", until)}
    put(home, now=LATER)
    assert home.lists.entry(home.id, DOCTOR) == Listed(
        DOCTOR, True, "doctor", "火曜と木曜\n午前", LATER, None
    )


def test_a_name_and_a_note_are_changed_and_taken_away(home: Household) -> None:
    put(home, name="doctor", note="x")
    put(home, name="dentist", note="")
    assert home.lists.entry(home.id, DOCTOR) == Listed(DOCTOR, True, "dentist", "", NOW, None)


def test_times_are_kept_in_utc(home: Household) -> None:
    japan = datetime.fromisoformat("2026-11-24T12:00:00+09:00")
    put(home, now=japan, expires_at=japan + timedelta(hours=1))
    entry = home.policy().allow[DOCTOR]
    assert entry == Entry(NOW, "", NOW + timedelta(hours=1))
    assert entry.confirmed_at.tzinfo is UTC


def test_a_number_is_taken_off_either_list_and_put_back_as_it_was(home: Household) -> None:
    for allowed in (True, False):
        put(home, allowed=allowed, name="doctor", note="note")
        before = home.lists.take_off(home.id, DOCTOR, by=DAUGHTER, now=LATER)
        assert (home.policy().allow, home.policy().block) == ({}, {})
        home.lists.put_back(home.id, before, by=DAUGHTER, now=LATER)
        assert home.lists.entries(home.id) == (before,)
    home.lists.take_off(home.id, DOCTOR, by=DAUGHTER, now=LATER)
    with pytest.raises(HouseholdError, match=r"^0422-99-0001 is on neither list$"):
        home.lists.take_off(home.id, DOCTOR, by=DAUGHTER, now=LATER)


def test_undoing_a_move_puts_the_number_where_it_was(home: Household) -> None:
    put(home, allowed=False, name="shop")
    before = home.lists.put(home.id, DOCTOR, allowed=True, by=DAUGHTER, now=LATER)
    assert before is not None
    home.lists.put_back(home.id, before, by=DAUGHTER, now=LATER)
    assert (home.policy().allow, home.policy().block) == ({}, {DOCTOR: Entry(NOW, "shop")})


def test_what_is_put_back_is_not_confirmed_by_it(home: Household) -> None:
    entry = Listed(DOCTOR, True, "doctor", "", LATER, None)
    home.lists.put_back(home.id, entry, by=DAUGHTER, now=NOW)
    assert home.policy().allow[DOCTOR].confirmed_at == NOW  # never in the future


@pytest.mark.parametrize("service", [110, 118, 119])
def test_an_emergency_service_cannot_be_blocked(home: Household, service: int) -> None:
    with pytest.raises(HouseholdError, match=f"^{service} cannot be blocked") as caught:
        put(home, service, allowed=False)
    assert caught.value.fault is Fault.EMERGENCY
    entry = Listed(service, False, "", "", NOW, None)
    with pytest.raises(HouseholdError, match=f"^{service} cannot be blocked"):
        home.lists.put_back(home.id, entry, by=DAUGHTER, now=NOW)
    put(home, service)


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"name": "x" * 101}, Fault.TEXT_TOO_LONG),
        ({"name": "a\0b"}, Fault.TEXT_UNREADABLE),
        ({"name": "\ud83d"}, Fault.TEXT_UNREADABLE),
        ({"note": "x" * 501}, Fault.TEXT_TOO_LONG),
        ({"name": "rorrim \u202emirror"}, Fault.TEXT_UNREADABLE),
        ({"note": "a\x1bb"}, Fault.TEXT_UNREADABLE),
        ({"expires_at": NOW}, Fault.PAST),
    ],
)
def test_what_no_list_can_hold_is_refused(
    home: Household, terms: dict[str, Any], fault: Fault
) -> None:
    with pytest.raises(HouseholdError) as caught:
        put(home, **terms)
    assert caught.value.fault is fault
    assert home.lists.entries(home.id) == ()
    assert home.deeds() == []


def test_names_are_shown_in_the_order_in_which_people_look_for_them(home: Household) -> None:
    for number, name in enumerate(
        ["やまだ", "", "アオキ", "がく", "いとう", "Abe", "ｶﾄｳ", "かく"], DOCTOR
    ):
        put(home, number, name=name)
    names = [entry.name for entry in home.lists.entries(home.id, allowed=True)]
    assert names == ["Abe", "アオキ", "いとう", "かく", "がく", "ｶﾄｳ", "やまだ", ""]
    assert home.lists.entries(home.id, allowed=False) == ()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("0422-99", {"佐藤 内科", "花屋"}),
        ("０４２２", {"佐藤 内科", "花屋"}),
        ("990001", {"佐藤 内科"}),
        ("+81 422", {"佐藤 内科", "花屋"}),
        ("ないか", set()),
        ("内科", {"佐藤 内科"}),
        ("TARO", {"Taro"}),
        ("火曜", {"佐藤 内科"}),
        ("202 555", {"Taro"}),
        ("nobody", set()),
        ("-", set()),
        ("04", set()),
    ],
)
def test_a_search_finds_names_notes_and_numbers(
    home: Household, search: str, found: set[str]
) -> None:
    put(home, DOCTOR, name="佐藤 内科", note="火曜")
    put(home, DOCTOR + 1, name="花屋", allowed=False)
    put(home, 12025550123, name="Taro")
    assert {entry.name for entry in home.lists.entries(home.id, search=search)} == found


def test_many_numbers_are_added_at_once(home: Household, other: Household) -> None:
    put(home, DOCTOR, name="doctor")
    put(home, DOCTOR + 1, name="shop", allowed=False)
    put(home, DOCTOR + 2, name="plumber", expires_at=LATER)
    rows = [
        Row(DOCTOR, "doctor"),
        Row(DOCTOR + 1, "flower shop"),
        Row(DOCTOR + 2),
        Row(DOCTOR + 3, "👵🏻 おばあちゃん", "a note"),
        Row(DOCTOR + 3, "again"),
        Row(DOCTOR + 4, "bad\0name"),
    ]
    effects = [
        Effect.UNCHANGED,
        Effect.MOVED,
        Effect.CHANGED,
        Effect.ADDED,
        Effect.UNCHANGED,
        Effect.REFUSED,
    ]
    present = {entry.number: entry for entry in home.lists.entries(home.id)}
    planned = plan(present, rows, allowed=True)
    assert [one.effect for one in planned] == effects
    done = home.lists.add_many(home.id, rows, allowed=True, by=DAUGHTER, now=LATER)
    assert done[:-1] == planned[:-1]
    assert [one.effect for one in done] == effects
    assert home.policy().block == {}
    assert home.policy().allow == {
        DOCTOR: Entry(NOW, "doctor"),
        DOCTOR + 1: Entry(LATER, "flower shop"),
        DOCTOR + 2: Entry(LATER, "plumber"),
        DOCTOR + 3: Entry(LATER, "👵🏻 おばあちゃん"),
    }
    assert other.lists.entries(other.id) == ()
    assert home.deeds()[-1] == (
        "娘",
        "import-numbers",
        {
            "allowed": True,
            "added": 1,
            "changed": 2,
            "numbers": [DOCTOR + 1, DOCTOR + 2, DOCTOR + 3],
        },
    )
    again = home.lists.add_many(home.id, rows[:4], allowed=True, by=DAUGHTER, now=LATER)
    assert {one.effect for one in again} == {Effect.UNCHANGED}


def test_emergency_services_are_left_out_of_many_to_block(home: Household) -> None:
    rows = [Row(110), Row(DOCTOR)]
    planned = home.lists.add_many(home.id, rows, allowed=False, by=DAUGHTER, now=NOW)
    assert [one.effect for one in planned] == [Effect.REFUSED, Effect.ADDED]
    assert planned[0].refusal is not None
    assert planned[0].refusal.fault is Fault.EMERGENCY
    assert list(home.policy().block) == [DOCTOR]


def test_full_lists_take_no_more(home: Household) -> None:
    rows = [Row(DOCTOR + n, f"number {n}") for n in range(MAX_NUMBERS + 1)]
    planned = home.lists.add_many(home.id, rows, allowed=True, by=DAUGHTER, now=NOW)
    assert [one.effect for one in planned[-2:]] == [Effect.ADDED, Effect.REFUSED]
    assert len(home.policy().allow) == MAX_NUMBERS
    with pytest.raises(HouseholdError) as caught:
        put(home, DOCTOR + MAX_NUMBERS)
    assert caught.value.fault is Fault.TOO_MANY_NUMBERS
    put(home, DOCTOR, allowed=False)  # what is there can be moved


def test_taking_the_lists_away_is_in_the_trail(home: Household) -> None:
    home.lists.exported(home.id, "vcard", by=DAUGHTER, now=NOW)
    assert home.deeds() == [("娘", "export-numbers", {"form": "vcard"})]


def test_changes_at_the_same_time_lose_nothing(home: Household, database_url: str) -> None:
    numbers = range(DOCTOR, DOCTOR + 20)

    def add(mine: range) -> None:
        database = Database(database_url)
        try:
            for number in mine:
                Lists(database).put(home.id, number, allowed=True, by=DAUGHTER, now=NOW)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, (numbers[start::4] for start in range(4))))
    assert set(home.policy().allow) == set(numbers)
