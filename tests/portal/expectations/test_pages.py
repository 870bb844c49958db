"""We expect a call: for some hours unknown callers ring without the warning."""

from datetime import timedelta

import pytest

from callguard.households.expectations import Expectations, Expected
from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role

from ..site import Site

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")

HOUR = timedelta(hours=1)


def running(site: Site) -> tuple[Expected, ...]:
    """What is expected now."""
    return Expectations(site.database).running(site.household, now=site.clock.now)


@BOTH
async def test_two_hours_and_japan_are_what_one_button_gives(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("expectations"))
    page = await visitor.follow(await visitor.submit(page, "/expectations"))
    assert "日本国内からの電話を待っています（今日 14:00まで）" in page.words
    assert running(site) == (Expected("JP", site.clock.now + 2 * HOUR),)


async def test_the_next_call_knows_of_it(site: Site) -> None:
    await site.visitor().post(site.path("expectations"))
    policy = HouseholdSettings(site.database).policy(site.household, now=site.clock.now)
    assert policy.expected == {"JP": site.clock.now + 2 * HOUR}


async def test_one_country_for_a_day(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("expectations"))
    page = await visitor.follow(
        await visitor.submit(page, "/expectations", country="PH", minutes="1440")
    )
    assert "フィリピンからの電話を待っています" in page.words
    assert running(site) == (Expected("PH", site.clock.now + 24 * HOUR),)


@BOTH
async def test_it_ends_early_and_by_itself(site: Site) -> None:
    visitor = site.visitor()
    await visitor.follow(await visitor.post(site.path("expectations"), minutes="30"))
    page = await visitor.get(site.path("expectations"))
    page = await visitor.follow(await visitor.submit(page, "/expectations/stop"))
    assert "日本国内からの電話を待つのをやめました" in page.words
    assert running(site) == ()
    await visitor.follow(await visitor.post(site.path("expectations"), minutes="30"))
    site.clock.pass_(HOUR)
    page = await visitor.get(site.path("expectations"))
    assert "日本国内からの電話を待っています" not in page.words
    assert running(site) == ()


async def test_one_tap_by_mistake_is_undone(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await visitor.post(site.path("expectations")))
    said = next(one for one in page.forms if one.action.endswith("/stop"))
    await visitor.post(said.action, country="JP")
    assert running(site) == ()


async def test_what_is_over_cannot_be_stopped_and_that_is_said(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.follow(await visitor.post(site.path("expectations/stop"), country="US"))
    assert "アメリカからの電話は、もう待っていません" in page.words


async def test_it_leads_back_to_where_one_was(site: Site) -> None:
    visitor = site.visitor()
    answer = await visitor.post(site.path("expectations"), back=site.path("more"))
    assert answer.location == site.path("more")
    answer = await visitor.post(site.path("expectations"), back="//evil.invalid/")
    assert answer.location == site.path("expectations")


@pytest.mark.parametrize(
    "fields",
    [
        *({"minutes": "0"}, {"minutes": "1441"}, {"minutes": "-30"}, {"minutes": "1e9"}),
        *({"country": "XX"}, {"country": "jp"}, {"country": "JP\0"}, {"minutes": "120;"}),
    ],
)
async def test_what_cannot_be_expected_is_told(site: Site, fields: dict[str, str]) -> None:
    page = await site.visitor().post(site.path("expectations"), fields)
    assert page.status == 422
    assert running(site) == ()


async def test_a_form_that_no_page_sends_is_refused(site: Site) -> None:
    visitor = site.visitor()
    assert (await visitor.post(site.path("expectations"), until="2099")).status == 400
    assert (await visitor.post(site.path("expectations/stop"), country="XX")).status == 400
    assert (await visitor.post(site.path("expectations/stop"))).status == 400
    assert running(site) == ()


async def test_a_subscriber_may_wait_for_a_call(site: Site) -> None:
    await site.visitor(Role.SUBSCRIBER).post(site.path("expectations"))
    assert len(running(site)) == 1


async def test_a_viewer_sees_what_is_expected_and_begins_nothing(site: Site) -> None:
    await site.visitor().post(site.path("expectations"))
    visitor = site.visitor(Role.VIEWER)
    page = await visitor.get(site.path("expectations"))
    assert "日本国内からの電話を待っています" in page.words
    assert not [one for one in page.forms if "expectations" in one.action]
    assert (await visitor.post(site.path("expectations"), country="US")).status == 403
    assert (await visitor.post(site.path("expectations/stop"), country="JP")).status == 403
    assert len(running(site)) == 1


@BOTH
async def test_another_household_neither_sees_nor_ends_it(site: Site) -> None:
    await site.visitor().post(site.path("expectations"))
    stranger = site.visitor("stranger")
    assert (await stranger.get(site.path("expectations"))).status == 404
    assert (await stranger.post(site.path("expectations/stop"), country="JP")).status == 404
    assert (await stranger.post(site.path("expectations"), country="US")).status == 404
    assert len(running(site)) == 1
    own = await stranger.get(f"/h/{site.other}/expectations")
    assert "日本国内からの電話を待っています" not in own.words


async def test_stopping_takes_forms_only(site: Site) -> None:
    assert (await site.visitor().get(site.path("expectations/stop"))).status == 405
