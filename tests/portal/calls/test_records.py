"""How long calls are kept, and erasing them for good."""

from datetime import timedelta

import pytest

from callguard.calllog.models import CallRecord
from callguard.households.registry import Registry
from callguard.people.rights import Role
from callguard.trail import Deed

from ..called import log_call
from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")


def logged(site: Site, household: int | None = None) -> int:
    with site.database.reading() as session:
        wanted = household or site.household
        return session.query(CallRecord).filter_by(household_id=wanted).count()


def days_kept(site: Site) -> int:
    return Registry(site.database).get(site.household).retention_days


@both
async def test_the_manager_sets_for_how_long_calls_are_kept(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("calls/records"))
    assert "90日間" in page.words
    saved = await visitor.follow(await visitor.submit(page, "calls/records", days="３０"))
    assert "30日間残すようにしました" in saved.words
    assert days_kept(site) == 30


@pytest.mark.parametrize("days", ["", "0", "3651", "-1", "1e3", "九十", "9" * 400, "30.5"])
async def test_days_that_make_no_sense_are_explained(site: Site, days: str) -> None:
    page = await site.visitor().post(site.path("calls/records"), days=days)
    assert page.status == 422
    assert "3650" in page.words or "入力" in page.words
    assert days_kept(site) == 90


@both
async def test_one_call_is_erased_and_the_others_stay(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "0422-99-0002", NOON)
    visitor = site.visitor()
    detail = await visitor.get(site.path(f"calls/{call}"))
    link = next(link for link in detail.links if f"erase?call={call}" in link and "of=" not in link)
    page = await visitor.get(link)
    assert "0422-99-0001" in page.words
    done = await visitor.follow(await visitor.submit(page, "calls/erase", sure="on"))
    assert "1件消しました" in done.words
    assert "0422-99-0001" not in done.words
    assert logged(site) == 1
    assert (await visitor.get(site.path(f"calls/{call}"))).status == 404


@both
async def test_every_call_of_a_number_is_erased(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "0422-99-0001", NOON - timedelta(days=3))
    log_call(site.database, site.household, "0422-99-0002", NOON)
    log_call(site.database, site.other, "0422-99-0001", NOON)
    visitor = site.visitor()
    page = await visitor.get(site.path(f"calls/erase?call={call}&of=number"))
    await visitor.submit(page, "calls/erase", sure="on")
    assert (logged(site), logged(site, site.other)) == (1, 1)


@both
async def test_everything_is_erased_and_the_trail_says_how_many_and_no_number(site: Site) -> None:
    for last in range(3):
        log_call(site.database, site.household, f"0422-99-000{last}", NOON)
    log_call(site.database, site.other, "0422-99-0001", NOON)
    visitor = site.visitor()
    page = await visitor.get(site.path("calls/erase"))
    await visitor.submit(page, "calls/erase", sure="on")
    assert (logged(site), logged(site, site.other)) == (0, 1)
    with site.database.reading() as session:
        deed = session.query(Deed).filter_by(what="erase-calls").one()
        assert deed.who == "中村 manager"
        assert deed.detail["calls"] == 3
        assert "8142299" not in str(deed.detail)


async def test_nothing_is_erased_by_somebody_who_has_not_said_that_they_are_sure(
    site: Site,
) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    page = await visitor.submit(await visitor.get(site.path("calls/erase")), "calls/erase")
    assert page.status == 422
    assert "印を付けて" in page.words
    assert logged(site) == 1


async def test_who_has_not_proved_lately_who_they_are_does_so_first(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor(proved=False)
    for page in ("calls/erase", "calls/evidence"):
        answer = await visitor.get(site.path(page))
        assert answer.location.startswith("/confirm")
    answer = await visitor.post(site.path("calls/erase"), of="all", sure="on")
    assert answer.location.startswith("/confirm")
    assert logged(site) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"of": "all", "call": "CALL"},
        {"of": "call"},
        {"of": "number"},
        {"of": "household"},
        {"of": "number", "call": "WITHHELD"},
        {"of": "call", "call": "' OR 1=1 --"},
        {"of": "all", "household": "1"},
    ],
)
async def test_a_form_that_no_page_sends_erases_nothing(site: Site, fields: dict[str, str]) -> None:
    names = {
        "CALL": log_call(site.database, site.household, "0422-99-0001", NOON),
        "WITHHELD": log_call(site.database, site.household, None, NOON),
    }
    given = {name: names.get(value, value) for name, value in fields.items()}
    answer = await site.visitor().post(site.path("calls/erase"), given, sure="on")
    assert answer.status in {400, 404, 422}
    assert logged(site) == 2


@both
@pytest.mark.parametrize("who", [Role.MEMBER, Role.VIEWER, Role.SUBSCRIBER, "stranger", "operator"])
async def test_only_the_manager_erases_and_sets_how_long_calls_are_kept(
    site: Site, who: str
) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor(who)
    status = 404 if who in {"stranger", "operator"} else 403
    assert (await visitor.get(site.path("calls/erase"))).status == status
    answer = await visitor.post(site.path("calls/erase"), of="call", call=call, sure="on")
    assert answer.status == status
    assert (await visitor.post(site.path("calls/records"), days="1")).status == status
    assert (logged(site), days_kept(site)) == (1, 90)


async def test_a_member_reads_for_how_long_calls_are_kept(site: Site) -> None:
    page = await site.visitor(Role.MEMBER).get(site.path("calls/records"))
    assert "90日間" in page.words
    assert not any("calls" in form.action for form in page.forms)


@both
async def test_a_call_of_another_household_is_not_erased_from_ones_own(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    stranger = site.visitor("stranger")
    path = f"/h/{site.other}/calls/erase"
    assert (await stranger.get(f"{path}?call={call}")).status == 404
    assert (await stranger.post(path, of="call", call=call, sure="on")).status == 404
    assert logged(site) == 1
