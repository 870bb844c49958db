"""Whom to call when something seems odd."""

from pathlib import Path

import pytest

from callguard.database import Database
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.settings import Settings

from ..site import Site, running_site

pytestmark = pytest.mark.database("sqlite")


@pytest.mark.parametrize("who", Role)
async def test_everybody_of_the_household_finds_help(site: Site, who: Role) -> None:
    page = await site.visitor(who).get(site.path("help"))
    assert page.status == 200
    assert {"tel:110", "tel:%239110"} <= set(page.links)
    assert "平日の8時30分から17時15分まで" in page.words
    assert "通話料がかかります" in page.words


async def test_the_help_is_there_in_english(site: Site) -> None:
    People(site.database).set_language(site.people[Role.MEMBER], "en")
    page = await site.visitor(Role.MEMBER).get(site.path("help"))
    assert "On weekdays from 8:30 to 17:15" in page.words


async def test_without_a_number_of_the_prefecture_it_says_where_to_find_it(site: Site) -> None:
    page = await site.visitor().get(site.path("help"))
    assert "お住まいの都道府県の警察本部の相談電話へ" in page.words


async def test_the_prefectures_own_number_stands_beside_9110(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, police_consultation="0422-99-0110")
    async with running_site(database, settings) as site:
        page = await site.visitor().get(site.path("help"))
    assert "tel:0422990110" in page.links
    assert "0422-99-0110（地元の警察の相談電話）" in page.words


async def test_it_takes_no_form(site: Site) -> None:
    assert (await site.visitor().post(site.path("help"))).status == 405


@pytest.mark.parametrize("who", ["stranger", "operator"])
async def test_who_is_no_member_finds_nothing(site: Site, who: str) -> None:
    assert (await site.visitor(who).get(site.path("help"))).status == 404
