"""Countries whose calls are treated like domestic ones."""

import pytest

from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role

from ..site import Page, Site, Visitor

pytestmark = pytest.mark.database("sqlite")
BOTH = pytest.mark.database("sqlite", "postgresql")


def countries(site: Site) -> set[str]:
    """The countries of the household now."""
    policy = HouseholdSettings(site.database).policy(site.household, now=site.clock.now)
    return set(policy.countries)


async def add(visitor: Visitor, site: Site, country: str) -> Page:
    """Type a country and send it."""
    page = await visitor.get(site.path("countries"))
    return await visitor.submit(page, "countries/add", country=country)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(("フィリピン", "PH"), ("フィリ", "PH"), ("philippines", "PH"), ("ph", "PH")),
        *(("+63", "PH"), ("６３", "PH"), ("アメリカ", "US"), ("  韓国 ", "KR")),
    ],
)
async def test_a_country_is_found_by_name_code_or_calling_code(
    site: Site, typed: str, code: str
) -> None:
    assert (await add(site.visitor(), site, typed)).status == 303
    assert countries(site) == {code}


async def test_of_several_that_are_meant_one_is_chosen(site: Site) -> None:
    visitor = site.visitor()
    page = await add(visitor, site, "コンゴ")
    assert page.status == 422
    assert countries(site) == set()
    forms = [one for one in page.forms if {"CG"} & {field.value for field in one.fields}]
    assert len(forms) == 1
    await visitor.post(forms[0].action, country="CG")
    assert countries(site) == {"CG"}


@BOTH
async def test_a_country_is_removed_and_that_undone(site: Site) -> None:
    visitor = site.visitor()
    await add(visitor, site, "フィリピン")
    await add(visitor, site, "台湾")
    page = await visitor.get(site.path("countries"))
    assert "台湾を外す" in page.words
    page = await visitor.follow(await visitor.post(site.path("countries/remove"), country="PH"))
    assert countries(site) == {"TW"}
    await visitor.submit(page, "countries/add")
    assert countries(site) == {"PH", "TW"}


@pytest.mark.parametrize(
    "typed", ["日本", "JP", "+81", "アトランティス", "+999", "x" * 61, "\0", ""]
)
async def test_what_is_no_country_abroad_is_told_beside_the_field(site: Site, typed: str) -> None:
    page = await site.visitor().post(site.path("countries/add"), country=typed)
    assert page.status == 422
    assert 'aria-invalid="true"' in page.text
    assert countries(site) == set()


async def test_removing_what_is_no_country_is_refused(site: Site) -> None:
    visitor = site.visitor()
    await add(visitor, site, "フィリピン")
    page = await visitor.post(site.path("countries/remove"), country="XX")
    assert page.status == 400
    assert countries(site) == {"PH"}


@pytest.mark.parametrize("who", [Role.VIEWER, Role.SUBSCRIBER])
async def test_who_only_looks_has_no_buttons(site: Site, who: Role) -> None:
    await add(site.visitor(), site, "フィリピン")
    visitor = site.visitor(who)
    page = await visitor.get(site.path("countries"))
    assert "フィリピン" in page.words
    assert not [one for one in page.forms if "countries" in one.action]
    answer = await visitor.post(site.path("countries/remove"), country="PH")
    assert answer.status == 403
    assert countries(site) == {"PH"}


async def test_another_household_finds_nothing(site: Site) -> None:
    visitor = site.visitor("stranger")
    assert (await visitor.get(site.path("countries"))).status == 404
    assert (await visitor.post(site.path("countries/add"), country="PH")).status == 404
    assert countries(site) == set()
