"""The household sees who did what."""

from datetime import timedelta

import pytest

from callguard.people.members import People
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, Doer, What, record

from ..site import Site

DAUGHTER = Doer("花子", None, "192.0.2.7")


def note(site: Site, by: Doer, what: What, household: int | None = None, **detail: object) -> None:
    """Write a line into the trail."""
    with site.database.transaction() as session:
        home = site.household if household is None else household
        record(session, by, what, household_id=home, now=site.clock.now, **detail)


async def test_it_tells_who_did_what_when_and_from_where(site: Site) -> None:
    note(site, DAUGHTER, What.ALLOW, number=81422990001, name="やまだ医院")
    page = await site.visitor().get(site.path("trail"))
    assert "花子：「通す番号」に登録しました（やまだ医院、 0422-99-0001 ）" in page.words
    assert "今日 12:00" in page.words
    assert "接続元 192.0.2.7" in page.words


async def test_the_command_line_is_told_as_a_person_would(site: Site) -> None:
    note(site, COMMAND_LINE, What.GIVE_CONSENT)
    People(site.database).set_language(site.people[Role.MANAGER], "en")
    page = await site.visitor().get(site.path("trail"))
    assert "whoever runs the device recorded the consent" in page.words


async def test_long_trails_are_paged(site: Site) -> None:
    for number in range(81422990000, 81422990060):
        note(site, DAUGHTER, What.BLOCK, number=number)
    visitor = site.visitor()
    newest = await visitor.get(site.path("trail"))
    assert "0422-99-0059" in newest.words
    assert "0422-99-0001" not in newest.words
    (older,) = [link for link in newest.links if "before=" in link]
    page = await visitor.get(older)
    assert "0422-99-0001" in page.words
    assert "0422-99-0059" not in page.words
    assert site.path("trail") in page.links


async def test_another_households_trail_is_not_shown(site: Site) -> None:
    note(site, DAUGHTER, What.ALLOW, household=site.other, number=81422990002)
    page = await site.visitor().get(site.path("trail"))
    assert "0422-99-0002" not in page.words


async def test_what_somebody_called_a_number_cannot_become_part_of_the_page(site: Site) -> None:
    note(site, Doer("<b>花子"), What.ALLOW, name="<script>alert(1)</script>")
    page = await site.visitor().get(site.path("trail"))
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


async def test_a_moment_of_long_ago_is_told_with_its_day(site: Site) -> None:
    note(site, DAUGHTER, What.EXPORT_NUMBERS)
    site.clock.pass_(timedelta(days=3))
    page = await site.visitor().get(site.path("trail"))
    assert "11月27日" in page.words


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("before", ["x", "-1", "1e3", "%D9%A3", "9" * 19, "1%00", "1;drop"])
async def test_a_place_that_cannot_be_is_no_page(site: Site, before: str) -> None:
    assert (await site.visitor().get(site.path(f"trail?before={before}"))).status == 404


async def test_a_viewer_does_not_see_it(site: Site) -> None:
    note(site, DAUGHTER, What.ALLOW, name="やまだ医院")
    page = await site.visitor(Role.VIEWER).get(site.path("trail"))
    assert page.status == 403
    assert "やまだ" not in page.text


@pytest.mark.parametrize("who", ["stranger", "operator"])
async def test_who_is_no_member_finds_nothing(site: Site, who: str) -> None:
    assert (await site.visitor(who).get(site.path("trail"))).status == 404


async def test_it_takes_no_form(site: Site) -> None:
    assert (await site.visitor().post(site.path("trail"))).status == 405
