"""The family sees and changes what is done with which calls."""

from datetime import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.households.consent import Consents
from callguard.households.settings import HouseholdSettings
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.portal.protection.shown import SETTINGS
from callguard.screening import Action, Policy, QuietHours
from callguard.trail import COMMAND_LINE, Trail, What

from ..site import Page, Site, Visitor

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")


def policy(site: Site, household: int | None = None) -> Policy:
    """The household's policy now."""
    home = site.household if household is None else household
    return HouseholdSettings(site.database).policy(home, now=site.clock.now)


async def choose(visitor: Visitor, site: Site, name: str, **fields: str) -> Page:
    """Open the page of a setting, choose, and send it."""
    page = await visitor.get(site.path(f"protection/{name}"))
    assert page.status == 200
    return await visitor.submit(page, f"protection/{name}", **fields)


@BOTH
async def test_every_setting_is_shown_with_what_it_is(site: Site) -> None:
    page = await site.visitor().get(site.path("protection"))
    assert page.status == 200
    assert "守りは働いています" in page.words
    assert "公衆電話からの電話 注意の案内を流してからつなぐ" in page.words
    others = SETTINGS - {"countries"}
    assert {site.path(f"protection/{name}") for name in others} <= set(page.links)
    assert site.path("countries") in page.links


async def test_without_consent_it_says_that_nothing_is_screened(site: Site) -> None:
    Consents(site.database).revoke(site.household, by=COMMAND_LINE, now=site.clock.now)
    page = await site.visitor().get(site.path("protection"))
    assert "守りが止まっています" in page.words
    assert site.path("consent") in page.links


@pytest.mark.parametrize("name", sorted(SETTINGS - {"countries"}))
async def test_each_setting_has_a_page_in_both_languages(site: Site, name: str) -> None:
    visitor = site.visitor()
    japanese = await visitor.get(site.path(f"protection/{name}"))
    People(site.database).set_language(site.people[Role.MANAGER], "en")
    english = await visitor.get(site.path(f"protection/{name}"))
    assert (japanese.status, english.status) == (200, 200)
    assert "Back to the protection" in english.words


@BOTH
async def test_a_kind_of_call_is_refused_from_the_next_call_on(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await choose(visitor, site, "payphone", value="reject"))
    assert policy(site).payphone is Action.REJECT
    assert "「公衆電話からの電話」を「断る」にしました。次の電話から働きます。" in page.words


async def test_a_change_is_undone_by_one_button(site: Site) -> None:
    visitor = site.visitor()
    await choose(visitor, site, "overseas", value="warn")
    page = await visitor.get(site.path("protection"))
    await visitor.submit(page, "protection/overseas")
    assert policy(site).overseas is Action.REJECT


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("withheld", "connect", "詐欺によく使われます"),
        ("fraud_list", "warn", "詐欺によく使われます"),
        ("unlisted", "connect", "詐欺によく使われます"),
        ("unlisted", "reject", "すべて断ります"),
        ("allowlist_only", "on", "すべて断ります"),
        ("dial_listed", "confirm", "ご自宅からかけられるようになります"),
        ("fraud_list", "challenge", "詐欺によく使われます"),
        ("cut_listed_calls", "off", "電話は切れません"),
        ("record", "on", "電話のご本人が承知していること"),
        ("callback_minutes", "0", "断ってしまうことがあります"),
    ],
)
async def test_what_is_dangerous_asks_first(site: Site, name: str, value: str, words: str) -> None:
    visitor, before = site.visitor(), policy(site)
    asks = await choose(visitor, site, name, value=value)
    assert asks.status == 200
    assert "本当によろしいですか" in asks.words
    assert words in asks.words
    assert policy(site) == before
    await visitor.follow(await visitor.submit(asks, f"protection/{name}"))
    assert policy(site) != before


async def test_what_makes_it_safer_does_not_ask(site: Site) -> None:
    visitor = site.visitor()
    for name, value in (
        *(("payphone", "reject"), ("unlisted", "challenge"), ("challenge", "name")),
        *(("dial_overseas", "refuse"), ("dial_premium", "go"), ("whisper", "off")),
    ):
        assert (await choose(visitor, site, name, value=value)).status == 303
    assert not policy(site).whisper


@BOTH
async def test_quiet_hours_are_set_and_unset(site: Site) -> None:
    visitor = site.visitor()
    fields = {"value": "on", "begin": "21:30", "end": "6:45"}
    assert (await choose(visitor, site, "quiet_hours", **fields)).status == 303
    assert policy(site).quiet_hours == QuietHours(time(21, 30), time(6, 45))
    page = await visitor.get(site.path("protection"))
    assert "おやすみの時間 21:30〜06:45" in page.words
    await choose(visitor, site, "quiet_hours", value="off")
    assert policy(site).quiet_hours is None
    page = await visitor.get(site.path("protection"))
    await visitor.submit(page, "protection/quiet_hours")
    assert policy(site).quiet_hours == QuietHours(time(21, 30), time(6, 45))


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        *(("", "7:00"), ("22:00", ""), ("24:00", "7:00"), ("22:60", "7:00"), ("22", "7:00")),
        *(("22:00", "22:00"), ("２２:00", "7:00"), ("-1:00", "7:00"), ("22:0", "7:00")),
        *(("22:00:00", "7:00"), ("ab:cd", "7:00"), ("22:00", "7:00\0"), (":", ":")),
    ],
)
async def test_hours_that_cannot_be_are_told_beside_the_field(
    site: Site, begin: str, end: str
) -> None:
    page = await site.visitor().post(
        site.path("protection/quiet_hours"), value="on", begin=begin, end=end
    )
    assert page.status == 422
    assert 'aria-invalid="true"' in page.text
    assert policy(site).quiet_hours is None


async def test_minutes_after_an_emergency_call(site: Site) -> None:
    visitor = site.visitor()
    await choose(visitor, site, "callback_minutes", value="120")
    assert policy(site).callback_minutes == 120
    for wrong in ("", "-5", "1441", "1e3", "60.5", "x"):
        page = await visitor.post(site.path("protection/callback_minutes"), value=wrong)
        assert page.status == 422
    assert policy(site).callback_minutes == 120


async def test_a_setting_of_the_command_line_stays_among_the_choices(site: Site) -> None:
    HouseholdSettings(site.database).change(
        site.household, {"callback_minutes": "45"}, by=COMMAND_LINE, now=site.clock.now
    )
    page = await site.visitor().get(site.path("protection/callback_minutes"))
    assert "45分 いまの設定" in page.words


@BOTH
async def test_who_changed_it_last_is_told(site: Site) -> None:
    visitor = site.visitor(Role.MEMBER)
    await choose(visitor, site, "payphone", value="reject")
    page = await visitor.get(site.path("protection/payphone"))
    words = "最後に変えた人：中村 member（今日 12:00。その前は「注意の案内を流してからつなぐ」）"
    assert words in page.words
    assert words not in (await visitor.get(site.path("protection/overseas"))).words
    overview = await visitor.get(site.path("protection"))
    assert "最後に変えた人：中村 member（今日 12:00）" in overview.words


async def test_what_callers_hear_can_be_read_and_heard(site: Site) -> None:
    page = await site.visitor().get(site.path("protection/withheld"))
    assert "番号の前に186を付けて、おかけ直しください" in page.words
    for name in ("refused-withheld", "warning", "whisper-unverified"):
        assert f'src="/announcements/{name}.wav"' in page.text


async def test_a_household_that_records_hears_the_announcement_of_it(site: Site) -> None:
    visitor = site.visitor()
    HouseholdSettings(site.database).change(
        site.household, {"record": "on"}, by=COMMAND_LINE, now=site.clock.now
    )
    page = await visitor.get(site.path("protection/unlisted"))
    assert 'src="/announcements/warning-recorded.wav"' in page.text
    assert 'src="/announcements/warning.wav"' not in page.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("payphone", "refuse"),
            ("dial_listed", "reject"),
            ("challenge", ""),
            ("payphone", "REJECT"),
            ("payphone", ""),
        ),
        *(("whisper", "true"), ("whisper", ""), ("record", "<b>"), ("overseas", "reject\0")),
    ],
)
async def test_a_choice_that_there_is_not_changes_nothing(
    site: Site, name: str, value: str
) -> None:
    before = policy(site)
    page = await site.visitor().post(site.path(f"protection/{name}"), value=value)
    assert page.status == 422
    assert policy(site) == before


FIELDS = st.dictionaries(
    st.sampled_from(["value", "begin", "end", "sure", "country", "csrf2"]),
    st.sampled_from(["on", "off", "reject", "22:00"]) | st.text(max_size=20),
    max_size=4,
)


@given(fields=FIELDS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_a_stranger_sends_the_answer_is_in_order(
    site: Site, fields: dict[str, str]
) -> None:
    visitor = site.visitor()
    for name in ("protection/payphone", "protection/quiet_hours", "countries/add"):
        page = await visitor.post(site.path(name), fields)
        assert page.status in {200, 303, 400, 422}
    assert policy(site).consent
    await visitor.close()


@pytest.mark.parametrize("name", ["consent", "countries", "no_such", "allow", "..%2f..", "%00"])
async def test_what_is_no_setting_is_no_page(site: Site, name: str) -> None:
    visitor = site.visitor()
    for page in (
        await visitor.get(site.path(f"protection/{name}")),
        await visitor.post(site.path(f"protection/{name}"), value="on"),
    ):
        assert page.status == 404


@BOTH
async def test_a_viewer_looks_and_changes_nothing(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    page = await visitor.get(site.path("protection/payphone"))
    assert "見ることだけできます" in page.words
    assert "この設定にする" not in page.words
    before = policy(site)
    answer = await visitor.post(site.path("protection/payphone"), value="connect", sure="on")
    assert answer.status == 403
    answer = await visitor.post(site.path("countries/add"), country="PH")
    assert answer.status == 403
    assert policy(site) == before


@BOTH
async def test_a_member_of_another_household_finds_and_changes_nothing(site: Site) -> None:
    visitor, before = site.visitor("stranger"), policy(site)
    assert (await visitor.get(site.path("protection"))).status == 404
    assert (await visitor.get(site.path("protection/payphone"))).status == 404
    answer = await visitor.post(site.path("protection/payphone"), value="reject")
    assert answer.status == 404
    assert policy(site) == before


async def test_each_household_has_its_own(site: Site) -> None:
    before = policy(site, site.other)
    await choose(site.visitor(), site, "payphone", value="reject")
    assert policy(site, site.other) == before


async def test_a_change_is_written_into_the_trail(site: Site) -> None:
    await choose(site.visitor(), site, "payphone", value="reject")
    (line,) = Trail(site.database).page(site.household, what=(What.CHANGE_SETTINGS,)).lines
    assert (line.who, line.address) == ("中村 manager", "127.0.0.1")
    assert line.detail == {"changes": {"payphone": ["warn", "reject"]}}


async def test_the_same_again_is_no_change(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await choose(visitor, site, "payphone", value="warn"))
    assert "にしました" not in page.words
    assert not Trail(site.database).page(site.household, what=(What.CHANGE_SETTINGS,)).lines
