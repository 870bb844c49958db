"""A household at risk sees what is proposed, and decides."""

import pytest

from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.consent import Consents
from callguard.households.proposals import Decision, Proposals
from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role
from callguard.screening import Policy
from callguard.screening.policy import Challenge
from callguard.trail import Doer

from ..site import NOON, Site

BY = Doer("係")


@pytest.fixture
def proposals(site: Site) -> Proposals:
    """The household stands on a list, and ``name`` is proposed."""
    proposals = Proposals(site.database)
    found = read_at_risk(rows("line\n0422-99-1111\n"), reference="県警の名簿3")
    list(proposals.propose(found, by=BY, now=NOON))
    return proposals


def policy(site: Site) -> Policy:
    return HouseholdSettings(site.database).policy(site.household, now=NOON)


async def test_a_manager_accepts_with_the_subscribers_word(
    site: Site, proposals: Proposals
) -> None:
    visitor = site.visitor(Role.MANAGER)
    today = await visitor.get(site.path("today"))
    assert "電話の守りを強める提案が届いています" in today.words
    page = await visitor.get(site.path("risk"))
    assert "名簿に、お宅の電話番号が載っている" in page.words
    assert "県警" not in page.text
    refused = await visitor.submit(page, "/accept")
    assert refused.status == 422
    assert policy(site).challenge is Challenge.DIGIT
    done = await visitor.submit(page, "/accept", agreed="on")
    assert done.location == site.path("protection")
    assert policy(site).challenge is Challenge.NAME
    (history,) = proposals.history(site.household)
    assert (history.decision, history.profile) == (Decision.ACCEPTED, "name")
    assert "提案が届いています" not in (await visitor.get(site.path("today"))).words
    again = await visitor.submit(page, "/accept", agreed="on")
    assert again.location == site.path("risk")


async def test_the_subscriber_chooses_another_profile(site: Site, proposals: Proposals) -> None:
    visitor = site.visitor(Role.SUBSCRIBER)
    page = await visitor.get(site.path("risk"))
    await visitor.submit(page, "/accept", profile="allowlist-only")
    assert policy(site).allowlist_only


async def test_declined_leaves_everything_as_it_is(site: Site, proposals: Proposals) -> None:
    before = policy(site)
    visitor = site.visitor(Role.MANAGER)
    page = await visitor.get(site.path("risk"))
    done = await visitor.submit(page, "/decline")
    assert done.location == site.path("today")
    assert policy(site) == before
    assert "提案はありません" in (await visitor.get(site.path("risk"))).words


async def test_without_consent_to_screening_that_comes_first(
    site: Site, proposals: Proposals
) -> None:
    Consents(site.database).revoke(site.household, by=BY, now=NOON)
    visitor = site.visitor(Role.MANAGER)
    page = await visitor.get(site.path("risk"))
    refused = await visitor.submit(page, "/accept", agreed="on")
    assert refused.status == 422
    assert "先に、電話の見守りへの同意が必要です" in refused.words
    assert proposals.open(site.household) is not None


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
async def test_others_see_it_and_do_not_decide(
    site: Site, proposals: Proposals, role: Role
) -> None:
    visitor = site.visitor(role)
    page = await visitor.get(site.path("risk"))
    assert "名前を言ってもらう" in page.words
    assert (await visitor.post(site.path("risk/accept"), profile="name")).status == 403
    assert (await visitor.post(site.path("risk/decline"))).status == 403
    assert proposals.open(site.household) is not None


async def test_another_household_has_nothing_of_it(site: Site, proposals: Proposals) -> None:
    visitor = site.visitor("stranger")
    assert (await visitor.get(site.path("risk"))).status == 404
