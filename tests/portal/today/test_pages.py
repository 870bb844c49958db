"""The first page: how the protection is, what it did, what needs attention."""

import json
from datetime import timedelta

import pytest

from callguard.households.expectations import Expectations
from callguard.households.models import Consent, Household
from callguard.notify.models import Channel
from callguard.people.rights import Role
from callguard.screening import Action, Reason
from callguard.trail import COMMAND_LINE

from ..called import log_call
from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")


@both
async def test_the_page_counts_the_calls_of_today_and_of_seven_days(site: Site) -> None:
    hour = timedelta(hours=1)
    for at in (NOON, NOON - hour, NOON - 13 * hour, NOON - timedelta(days=9)):
        log_call(site.database, site.household, "0422-99-0001", at)
    log_call(
        site.database,
        site.household,
        "0422-99-0002",
        NOON,
        action=Action.WARN,
        outcome="answered",
        seconds=5,
    )
    words = (await site.visitor().get(site.path("today"))).words
    assert "断りました 2 " in words
    assert "断りました 3 " in words
    assert words.count("注意を伝えました 1") == 2
    assert words.count("出ました 1") == 2


async def test_the_last_calls_lead_to_their_pages(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    page = await site.visitor().get(site.path("today"))
    assert site.path(f"calls/{call}") in page.links


async def test_a_household_without_calls_reads_what_will_come(site: Site) -> None:
    words = (await site.visitor().get(site.path("today"))).words
    assert "まだ電話の記録はありません" in words
    assert "守りは働いています" in words


async def test_without_consent_the_page_says_that_nothing_is_screened(site: Site) -> None:
    with site.database.transaction() as session:
        session.query(Consent).update({Consent.revoked_at: NOON})
    page = await site.visitor().get(site.path("today"))
    assert "守りは止まっています" in page.words
    assert site.path("consent") in page.links


async def test_a_refusal_switched_off_is_told_with_the_way_to_it(site: Site) -> None:
    with site.database.transaction() as session:
        session.query(Household).update({Household.settings: {"overseas": "connect"}})
    page = await site.visitor().get(site.path("today"))
    assert "海外からの電話" in page.words
    assert site.path("protection") in page.links


async def test_a_listed_number_that_called_is_told_with_the_way_to_it(site: Site) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON, reason=Reason.FRAUD_LIST)
    page = await site.visitor().get(site.path("today"))
    assert "1件ありました" in page.words
    assert site.path("calls?show=listed") in page.links


async def test_a_feed_that_has_gone_silent_is_told(site: Site) -> None:
    site.settings.lists.mkdir(parents=True)
    state = {"sources": {"example-police": {"state": "stale"}}}
    (site.settings.lists / "state.json").write_text(json.dumps(state))
    assert "しばらく届いていません" in (await site.visitor().get(site.path("today"))).words


@pytest.mark.parametrize(
    ("hour", "greeting"), [(7, "おはようございます"), (12, "こんにちは"), (21, "こんばんは")]
)
async def test_the_greeting_fits_the_hour(site: Site, hour: int, greeting: str) -> None:
    site.clock.now = NOON + timedelta(hours=hour - 12)
    assert greeting in (await site.visitor().get(site.path("today"))).words


async def test_a_viewer_is_offered_nothing_that_a_viewer_may_not_do(site: Site) -> None:
    page = await site.visitor(Role.VIEWER).get(site.path("today"))
    assert page.status == 200
    assert site.path("expectations") not in page.links


@both
async def test_a_member_of_another_household_learns_nothing(site: Site) -> None:
    answer = await site.visitor("stranger").get(site.path("today"))
    assert answer.status == 404
    assert "中村" not in answer.text


async def test_the_page_takes_no_form(site: Site) -> None:
    assert (await site.visitor().post(site.path("today"))).status == 405


async def test_a_call_that_is_expected_is_told_with_the_way_to_stop(site: Site) -> None:
    expectations = Expectations(site.database)
    expectations.expect(site.household, by=COMMAND_LINE, now=NOON)
    expectations.expect(site.household, country="US", by=COMMAND_LINE, now=NOON)
    page = await site.visitor().get(site.path("today"))
    assert "今日 14:00まで、知らない番号の電話を" in page.words
    assert "アメリカからの電話を" in page.words
    assert site.path("expectations") in page.links


async def test_ones_own_channel_that_does_not_work_is_told_and_nobody_elses(site: Site) -> None:
    for role in (Role.MANAGER, Role.MEMBER):
        with site.database.transaction() as session:
            session.add(
                Channel(
                    person_id=site.people[role],
                    kind="mail",
                    name=f"{role}のメール",
                    address=f"{role}@example.org",
                    created_at=NOON,
                    confirmed_at=NOON,
                    failed_at=NOON,
                    fault="address 550",
                )
            )
    page = await site.visitor(Role.MANAGER).get(site.path("today"))
    assert "managerのメール" in page.words
    assert "memberのメール" not in page.words
    assert site.path("notices") in page.links
