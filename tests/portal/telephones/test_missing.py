"""A family that is to be asked first, and has named no telephone, is asked for one at once."""

import pytest

from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.family_telephones import FamilyTelephones
from callguard.households.proposals import Proposals
from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, Doer

from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")

MISSING = "尋ねる電話がまだ登録されていません"


def chosen(site: Site, **choices: str) -> None:
    settings = HouseholdSettings(site.database)
    settings.change(site.household, choices, by=COMMAND_LINE, now=NOON)


def named(site: Site) -> None:
    """The family has named a telephone."""
    telephones = FamilyTelephones(site.database)
    telephones.add(site.household, "090-9999-0001", "由美", by=COMMAND_LINE, now=NOON)


async def test_whoever_chooses_it_comes_to_the_form_for_a_telephone(site: Site) -> None:
    chosen(site, unlisted="challenge")
    visitor = site.visitor()
    answer = await visitor.post(site.path("protection/challenge"), value="family")
    assert answer.location == site.path("telephones/add")
    page = await visitor.follow(answer)
    assert page.status == 200
    assert page.form("telephones/add")


async def test_the_profile_leads_there_too(site: Site) -> None:
    found = read_at_risk(rows("line,profile\n0422-99-1111,family\n"), reference="A-17")
    assert len(list(Proposals(site.database).propose(found, by=Doer("係"), now=NOON))) == 1
    visitor = site.visitor()
    page = await visitor.get(site.path("risk"))
    answer = await visitor.submit(page, "/accept", profile="family", agreed="on")
    assert answer.location == site.path("telephones/add")


async def test_who_may_not_add_one_comes_to_the_page_that_says_so(site: Site) -> None:
    found = read_at_risk(rows("line,profile\n0422-99-1111,family\n"), reference="A-17")
    assert len(list(Proposals(site.database).propose(found, by=Doer("係"), now=NOON))) == 1
    visitor = site.visitor(Role.SUBSCRIBER)
    page = await visitor.get(site.path("risk"))
    answer = await visitor.submit(page, "/accept", profile="family")
    assert answer.location == site.path("telephones")
    assert (await visitor.follow(answer)).status == 200


async def test_with_a_telephone_it_leads_back_to_the_protection(site: Site) -> None:
    chosen(site, unlisted="challenge")
    named(site)
    answer = await site.visitor().post(site.path("protection/challenge"), value="family")
    assert answer.location == site.path("protection")


async def test_the_first_page_asks_until_there_is_one(site: Site) -> None:
    chosen(site, unlisted="challenge", challenge="family")
    visitor = site.visitor()
    page = await visitor.get(site.path("today"))
    assert MISSING in page.words
    assert site.path("telephones") in page.links
    named(site)
    assert MISSING not in (await visitor.get(site.path("today"))).words


async def test_another_household_is_told_nothing(site: Site) -> None:
    chosen(site, unlisted="challenge", challenge="family")
    page = await site.visitor("stranger").get(f"/h/{site.other}/today")
    assert page.status == 200
    assert MISSING not in page.words
