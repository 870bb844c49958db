"""A household lets the carrier's staff see its calls, for some days."""

from datetime import timedelta

import pytest

from callguard.people.grants import Grants
from callguard.people.rights import Role
from callguard.trail import Doer, What, record

from ..site import Site


def holds(site: Site) -> bool:
    return Grants(site.database).holds(site.household, now=site.clock.now)


async def test_at_first_they_cannot_see_the_calls(site: Site) -> None:
    page = await site.visitor().get(site.path("grants"))
    assert "いまは、見られません" in page.words
    assert not holds(site)


async def test_they_are_let_see_for_the_days_chosen(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get(site.path("grants"))
    page = await visitor.follow(await visitor.submit(page, "/grants", days="3"))
    assert "3日間、通話の記録を見られるようにしました" in page.words
    assert "11月30日（月） 12:00まで" in page.words
    assert holds(site)
    site.clock.pass_(timedelta(days=3))
    assert not holds(site)
    assert "いまは、見られません" in (await visitor.get(site.path("grants"))).words


async def test_it_is_ended_at_once(site: Site) -> None:
    visitor = site.visitor()
    await visitor.post(site.path("grants"), days="7")
    page = await visitor.get(site.path("grants"))
    page = await visitor.follow(await visitor.submit(page, "/grants/end"))
    assert "見られなくなりました" in page.words
    assert not holds(site)


async def test_the_household_sees_who_has_looked(site: Site) -> None:
    with site.database.transaction() as session:
        record(session, Doer("係の者"), What.LOOK, household_id=site.household, now=site.clock.now)
    page = await site.visitor().get(site.path("grants"))
    assert "今日 12:00 係の者" in page.words


async def test_it_asks_again_who_one_is(site: Site) -> None:
    visitor = site.visitor(proved=False)
    answer = await visitor.post(site.path("grants"), days="1")
    assert (answer.status, answer.location.partition("?")[0]) == (303, "/confirm")
    assert not holds(site)


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("days", ["", "0", "8", "-1", "1e9", "2.5", "二", "9" * 50, "1\0"])
async def test_days_that_cannot_be_are_told_beside_the_field(site: Site, days: str) -> None:
    page = await site.visitor().post(site.path("grants"), days=days)
    assert page.status == 422
    assert 'aria-invalid="true"' in page.text
    assert not holds(site)


async def test_a_field_that_the_page_does_not_know_is_refused(site: Site) -> None:
    assert (await site.visitor().post(site.path("grants"), days="1", until="2099")).status == 400
    assert (await site.visitor().post(site.path("grants/end"), grant="1")).status == 400
    assert not holds(site)


@pytest.mark.parametrize("who", [Role.MEMBER, Role.VIEWER, Role.SUBSCRIBER])
async def test_only_a_manager_decides_it(site: Site, who: Role) -> None:
    visitor = site.visitor(who)
    assert (await visitor.get(site.path("grants"))).status == 403
    assert (await visitor.post(site.path("grants"), days="1")).status == 403
    assert not holds(site)


@pytest.mark.parametrize("who", ["stranger", "operator"])
async def test_nobody_lets_themselves_see(site: Site, who: str) -> None:
    assert (await site.visitor(who).post(site.path("grants"), days="1")).status == 404
    assert not holds(site)


async def test_another_household_cannot_end_it(site: Site) -> None:
    await site.visitor().post(site.path("grants"), days="1")
    assert (await site.visitor("stranger").post(site.path("grants/end"))).status == 404
    assert holds(site)


async def test_the_end_takes_forms_only(site: Site) -> None:
    assert (await site.visitor().get(site.path("grants/end"))).status == 405
