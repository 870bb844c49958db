"""The list of calls: what happened, why, searched, filtered, paged and live."""

import asyncio
from datetime import timedelta

import pytest

from callguard.calllog.models import CallRecord
from callguard.numbers import Origin
from callguard.people.rights import Role
from callguard.screening import Action, Reason

from ..called import log_call
from ..site import NOON, Site

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")


@both
async def test_a_refused_call_says_who_when_what_and_why(site: Site) -> None:
    log_call(site.database, site.household, "+12025550123", NOON - MINUTE, reason=Reason.OVERSEAS)
    page = await site.visitor().get(site.path("calls"))
    assert page.status == 200
    for words in ("+1 202-555-0123", "今日 11:59", "お断りしました", "海外"):
        assert words in page.words


async def test_the_newest_call_comes_first(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON - 2 * MINUTE)
    log_call(site.database, site.household, "0422-99-0002", NOON - MINUTE)
    words = (await site.visitor().get(site.path("calls"))).words
    assert words.index("0422-99-0002") < words.index("0422-99-0001")


async def test_without_calls_the_page_says_so(site: Site) -> None:
    assert "まだありません" in (await site.visitor().get(site.path("calls"))).words


async def test_the_page_speaks_english(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON, action=Action.WARN)
    with site.database.transaction() as session:
        from callguard.people.models import Person

        session.query(Person).update({Person.language: "en"})
    page = await site.visitor().get(site.path("calls"))
    assert "Always let through" in page.words
    assert "通" not in page.words


@both
async def test_calls_are_filtered_by_what_was_done(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "0422-99-0002", NOON, action=Action.WARN)
    log_call(
        site.database,
        site.household,
        "0422-99-0003",
        NOON,
        action=Action.CONNECT,
        outcome="answered",
        seconds=60,
    )
    log_call(site.database, site.household, "0422-99-0004", NOON, reason=Reason.FRAUD_LIST)
    log_call(
        site.database,
        site.household,
        "0422-99-0005",
        NOON,
        action=Action.CHALLENGE,
        outcome="refused",
    )
    visitor = site.visitor()
    for show, shown in {
        "refused": {"0001", "0004"},
        "warned": {"0002"},
        "checked": {"0005"},
        "connected": {"0003"},
        "answered": {"0003"},
        "left": set(),
        "listed": {"0004"},
        "nonsense": {"0001", "0002", "0003", "0004", "0005"},
    }.items():
        words = (await visitor.get(site.path(f"calls?show={show}"))).words
        assert {
            end for end in ("0001", "0002", "0003", "0004", "0005") if f"99-{end}" in words
        } == shown


@both
async def test_calls_are_found_by_number(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "050-9999-0002", NOON)
    visitor = site.visitor()
    page = await visitor.get(site.path("calls"))
    found = await visitor.submit(page, "calls", q="050-9999")
    assert "050-9999-0002" in found.words
    assert "0422-99-0001" not in found.words


@both
async def test_older_calls_are_on_further_pages_each_once(site: Site) -> None:
    for n in range(65):
        log_call(site.database, site.household, f"0422-99-{n:04}", NOON - n * MINUTE)
    visitor = site.visitor()
    seen: list[int] = []
    path: str | None = site.path("calls")
    pages = 0
    while path:
        page = await visitor.get(path)
        seen += [n for n in range(65) if f"0422-99-{n:04}" in page.words]
        path = next((link for link in page.links if "before=" in link), None)
        pages += 1
        assert pages <= 3
    assert seen == list(range(65))


@both
@pytest.mark.parametrize("before", ["x", "1-", "9" * 30, "%00", "1-1-1"])
async def test_a_page_that_never_was_leads_to_the_newest(site: Site, before: str) -> None:
    page = await site.visitor().get(site.path(f"calls?before={before}"))
    assert page.status in {200, 303}


async def test_a_withheld_caller_can_be_put_on_no_list_and_the_page_says_what_helps(
    site: Site,
) -> None:
    log_call(site.database, site.household, None, NOON, reason=Reason.WITHHELD)
    page = await site.visitor().get(site.path("calls"))
    assert "186" in page.words
    assert not any("/act" in form.action for form in page.forms)


@pytest.mark.parametrize("origin", [Origin.PAYPHONE, Origin.UNAVAILABLE])
async def test_a_caller_without_a_number_has_words_of_its_own(site: Site, origin: Origin) -> None:
    log_call(site.database, site.household, None, NOON, origin=origin, reason=Reason(origin.value))
    page = await site.visitor().get(site.path("calls"))
    assert "186" not in page.words
    assert not any("/act" in form.action for form in page.forms)


async def test_a_viewer_sees_the_calls_and_no_buttons(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    page = await site.visitor(Role.VIEWER).get(site.path("calls"))
    assert "0422-99-0001" in page.words
    assert not any("/act" in form.action for form in page.forms)


@both
async def test_a_member_of_another_household_learns_nothing(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    stranger = site.visitor("stranger")
    for page in ("calls", "calls/live", f"calls/{call}"):
        answer = await stranger.get(site.path(page), Accept="text/event-stream")
        assert answer.status == 404
        assert "0422-99-0001" not in answer.text
    own = await stranger.get(f"/h/{site.other}/calls/{call}")
    assert own.status == 404


@both
async def test_a_page_in_which_something_is_typed_that_is_no_text_is_shown_all_the_same(
    site: Site,
) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    for query in ("q=%00", "q=%ED%A0%80", "q=" + "a" * 3000, "show=%00", "q=%27%3B--"):
        assert (await site.visitor().get(site.path(f"calls?{query}"))).status == 200


async def test_script_in_a_callers_name_stays_text(site: Site) -> None:
    log_call(
        site.database,
        site.household,
        "0422-99-0001",
        NOON,
        reason=Reason.HOUSEHOLD_BLOCK,
        name="<script>alert(1)</script>",
    )
    page = await site.visitor().get(site.path("calls"))
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


@both
async def test_an_open_page_is_told_of_a_new_call(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("calls"))
    path = page.text.split('data-live="')[1].split('"')[0].replace("&amp;", "&")
    waiting = asyncio.create_task(visitor.get(path, Accept="text/event-stream"))
    log_call(site.database, site.household, "0422-99-0001", NOON)
    told = await waiting
    assert told.headers["Content-Type"] == "text/event-stream"
    assert "event: new" in told.text
    assert "0422" not in told.text


async def test_a_page_made_before_the_last_call_is_told_at_once(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    told = await site.visitor().get(site.path("calls/live?since=x"), Accept="text/event-stream")
    assert "event: new" in told.text


async def test_who_does_not_ask_for_events_gets_none(site: Site) -> None:
    assert (await site.visitor().get(site.path("calls/live?since=x"))).status in {400, 406}


@both
async def test_one_call_shows_its_evidence_and_the_calls_of_the_number(site: Site) -> None:
    first = log_call(site.database, site.household, "0422-99-0001", NOON - timedelta(days=1))
    second = log_call(
        site.database,
        site.household,
        "0422-99-0001",
        NOON,
        reason=Reason.FRAUD_LIST,
        source="example-police",
        category="refund",
        listed_at="2026-11-24T00:00:00+00:00",
    )
    page = await site.visitor().get(site.path(f"calls/{second}"))
    for words in ("0422-99-0001", "example-police", "お金が戻る", "昨日 12:00"):
        assert words in page.words
    assert site.path(f"calls/{first}") in page.links


@both
@pytest.mark.parametrize("name", ["f" * 16, "x", "0" * 200, "%00", "..%2f..", "'--"])
async def test_a_call_that_is_none_is_not_found(site: Site, name: str) -> None:
    assert (await site.visitor().get(site.path(f"calls/{name}"))).status == 404


async def test_a_number_that_was_withheld_and_disclosed_is_nowhere(site: Site) -> None:
    call = log_call(site.database, site.household, None, NOON, reason=Reason.WITHHELD)
    with site.database.transaction() as session:
        session.query(CallRecord).update({CallRecord.hidden: b"\x01" * 32})
    visitor = site.visitor()
    for page in ("calls", f"calls/{call}", "today"):
        text = (await visitor.get(site.path(page))).text
        assert "AQEB" not in text
        assert "0101" not in text
