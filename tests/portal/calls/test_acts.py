"""What a member does about a caller with one tap, and takes back with another."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.feed.report import Report
from callguard.feed.report_queue import ReportQueue
from callguard.households.consent import Consents
from callguard.households.listed import Listed
from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.screening import Action, Reason
from callguard.trail import COMMAND_LINE, Deed

from ..called import log_call
from ..police import list_number
from ..site import LINE, NOON, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")

NUMBER = 81422990001


def entry(site: Site, number: int = NUMBER) -> Listed | None:
    return Lists(site.database).entry(site.household, number)


@both
@pytest.mark.parametrize("who", [Role.MANAGER, Role.MEMBER, Role.SUBSCRIBER])
async def test_a_refused_caller_is_always_let_through_by_one_tap(site: Site, who: Role) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor(who)
    page = await visitor.get(site.path("calls"))
    done = await visitor.submit(page, f"{call}/act", do="allow")
    assert (await visitor.follow(done)).words.count("0422-99-0001を、いつも通す") == 1
    found = entry(site)
    assert found is not None
    assert (found.allowed, found.expires_at) == (True, None)


@both
async def test_the_deed_is_in_the_trail_with_who_did_it_and_from_where(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    await site.visitor(Role.MEMBER).post(site.path(f"calls/{call}/act"), do="block")
    with site.database.reading() as session:
        deed = session.query(Deed).order_by(Deed.id.desc()).first()
        assert deed is not None
        assert (deed.what, deed.who, deed.address) == ("block", "中村 member", "127.0.0.1")


async def test_a_caller_let_through_for_today_is_a_stranger_again_tomorrow(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    await site.visitor().post(site.path(f"calls/{call}/act"), do="today")
    found = entry(site)
    assert found is not None
    assert found.expires_at == datetime(2026, 11, 27, 15, 0, tzinfo=UTC)  # midnight in Japan


async def test_a_blocked_caller_is_no_longer_offered_to_be_blocked(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON, action=Action.WARN)
    visitor = site.visitor()
    await visitor.post(site.path(f"calls/{call}/act"), do="block")
    page = await visitor.get(site.path("calls"))
    offered = {one.value for one in page.form(f"{call}/act").fields if one.name == "do"}
    assert offered == {"allow", "today"}
    assert "断る番号です" in page.words


async def test_a_caller_whom_the_family_knows_cannot_be_reported_by_a_slip(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    await visitor.post(site.path(f"calls/{call}/act"), do="allow")
    page = await visitor.get(site.path("calls"))
    assert f"{call}/report" not in page.text


@both
async def test_what_was_done_is_taken_back_by_one_tap(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    done = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="allow"))
    undone = await visitor.follow(await visitor.submit(done, "numbers/undo"))
    assert "もとに戻しました" in undone.words
    assert entry(site) is None


@both
async def test_a_number_that_was_on_the_other_list_goes_back_there_as_it_was(site: Site) -> None:
    long_ago = NOON - timedelta(days=400)
    lists = Lists(site.database)
    lists.put(
        site.household,
        NUMBER,
        allowed=True,
        name="やまだ医院",
        note="火曜は休み",
        by=COMMAND_LINE,
        now=long_ago,
    )
    before = entry(site)
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    done = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="block"))
    await visitor.submit(done, "numbers/undo")
    assert entry(site) == before


async def test_a_change_is_taken_back_once_and_within_an_hour(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    done = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="allow"))
    site.clock.pass_(timedelta(hours=1, seconds=1))
    late = await visitor.follow(await visitor.submit(done, "numbers/undo"))
    assert "もとに戻せませんでした" in late.words
    assert entry(site) is not None


async def test_nobody_takes_back_what_another_device_did(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor, other = site.visitor(), site.visitor()
    done = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="allow"))
    token = next(one.value for one in done.form("numbers/undo").fields if one.name == "undo")
    await other.post(site.path("numbers/undo"), undo=token)
    assert entry(site) is not None


async def test_a_number_abroad_is_let_through_only_after_a_warning(site: Site) -> None:
    call = log_call(site.database, site.household, "+12025550123", NOON, reason=Reason.OVERSEAS)
    visitor = site.visitor()
    asked = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="allow"))
    assert "海外の番号です" in asked.words
    assert entry(site, 12025550123) is None
    await visitor.submit(asked, f"{call}/act")
    assert entry(site, 12025550123) is not None


async def test_a_number_abroad_is_blocked_without_a_question(site: Site) -> None:
    call = log_call(site.database, site.household, "+12025550123", NOON, reason=Reason.OVERSEAS)
    await site.visitor().post(site.path(f"calls/{call}/act"), do="block")
    found = entry(site, 12025550123)
    assert found is not None
    assert not found.allowed


async def test_a_number_that_the_police_list_is_let_through_only_after_a_warning(
    site: Site,
) -> None:
    list_number(site.settings.lists, 1)
    call = log_call(site.database, site.household, "0422-99-0001", NOON, reason=Reason.FRAUD_LIST)
    visitor = site.visitor()
    asked = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="today"))
    assert "詐欺に使われた" in asked.words
    await visitor.submit(asked, f"{call}/act")
    assert entry(site) is not None


@both
async def test_a_withheld_caller_can_be_put_on_no_list(site: Site) -> None:
    call = log_call(site.database, site.household, None, NOON, reason=Reason.WITHHELD)
    visitor = site.visitor()
    for deed in ("allow", "today", "block"):
        said = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do=deed))
        assert "登録できません" in said.words
    said = await visitor.follow(await visitor.post(site.path(f"calls/{call}/report")))
    assert "登録できません" in said.words
    assert Lists(site.database).entries(site.household) == ()


async def test_the_list_of_before_is_returned_to(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor()
    page = await visitor.get(site.path("calls?show=refused&q=0422"))
    done = await visitor.submit(page, "show=refused&q=0422", do="allow")
    assert done.location == site.path("calls?show=refused&q=0422")
    assert call in page.text


async def test_an_emergency_service_is_not_offered_to_be_blocked_and_cannot_be(
    site: Site,
) -> None:
    call = log_call(site.database, site.household, "110", NOON, action=Action.WARN)
    visitor = site.visitor()
    assert f"{call}/act" not in (await visitor.get(site.path("calls"))).text
    done = await visitor.follow(await visitor.post(site.path(f"calls/{call}/act"), do="block"))
    assert "110番" in done.words
    assert entry(site, 110) is None


@both
async def test_a_scam_is_reported_and_the_report_names_no_home(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON - timedelta(hours=1))
    visitor = site.visitor()
    said = await visitor.follow(await visitor.post(site.path(f"calls/{call}/report")))
    assert "知らせます" in said.words
    (path,) = ReportQueue(site.settings.reports).waiting()
    report = json.loads(path.read_bytes())
    assert report["number"] == "+81422990001"
    assert report["called"].startswith("2026-11-27T02:00:00")
    assert LINE not in path.read_text()
    with site.database.reading() as session:
        assert session.query(Deed).filter_by(what="report").one().who == "中村 manager"


@pytest.mark.parametrize("number", ["+2952570110", "+8014190110", "+81312345678", "+1202555"])
async def test_a_number_that_cannot_exist_is_reported_as_it_was_shown(
    site: Site, number: str
) -> None:
    call = log_call(site.database, site.household, number, NOON)
    visitor = site.visitor()
    said = await visitor.follow(await visitor.post(site.path(f"calls/{call}/report")))
    assert "知らせます" in said.words
    (path,) = ReportQueue(site.settings.reports).waiting()
    assert f"+{Report.from_bytes(path.read_bytes()).number}" == number


async def test_without_consent_nothing_is_reported(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    Consents(site.database).revoke(site.household, by=COMMAND_LINE, now=NOON)
    visitor = site.visitor()
    said = await visitor.follow(await visitor.post(site.path(f"calls/{call}/report")))
    assert "同意がないので、知らせることができません" in said.words
    assert ReportQueue(site.settings.reports).waiting() == []


@both
@pytest.mark.parametrize("who", [Role.VIEWER, "stranger", "operator"])
async def test_who_may_not_change_lists_changes_none(site: Site, who: str) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor(who)
    status = 403 if who == Role.VIEWER else 404
    for deed in ("act", "report"):
        answer = await visitor.post(site.path(f"calls/{call}/{deed}"), do="allow")
        assert answer.status == status
    assert entry(site) is None


@both
async def test_a_call_of_another_household_cannot_be_acted_on_from_ones_own(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    stranger = site.visitor("stranger")
    answer = await stranger.post(f"/h/{site.other}/calls/{call}/act", do="allow")
    assert answer.status == 404
    assert Lists(site.database).entries(site.other) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": "erase"},
        {"do": ["allow", "block"]},
        {"do": "allow", "sure": "maybe"},
        {"do": "allow", "number": "0422-99-0002"},
        {"do": "\x00"},
    ],
)
async def test_a_form_that_no_page_sends_does_nothing(site: Site, fields: dict[str, str]) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    answer = await site.visitor().post(site.path(f"calls/{call}/act"), fields)
    assert answer.status == 400
    assert Lists(site.database).entries(site.household) == ()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(token=st.text(max_size=120))
async def test_any_token_for_taking_back_is_answered(site: Site, token: str) -> None:
    try:
        token.encode()
    except UnicodeEncodeError:
        return
    answer = await site.visitor().post(site.path("numbers/undo"), undo=token)
    assert answer.status in {303, 400}
