"""A stronger protection that is proposed, by the API: in force once the subscriber has agreed."""

import pytest

from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.proposals import Proposals
from callguard.people.tokens import Scope
from callguard.trail import Doer

from ..site import NOON, Site
from .client import Program


@pytest.fixture
def proposed(site: Site) -> Site:
    """A household to which something is proposed."""
    risk = read_at_risk(rows("line\n0422-99-1111\n"))
    list(Proposals(site.database).propose(risk, by=Doer("operator"), now=NOON))
    return site


async def test_a_proposal_takes_effect_when_the_subscriber_has_agreed(proposed: Site) -> None:
    program = Program.of(proposed)
    (waiting,) = (await program.get("proposals")).content["proposals"]
    assert (waiting["profile"], waiting["decision"]) == ("name", None)
    assert waiting["settings"]["challenge"] == "name"
    alone = await program.ask("POST", "proposals/accept", {"agreed": False})
    assert (alone.status, alone.fields[0].split()[0]) == (422, "body.agreed")
    assert (await program.get("policy")).content["unlisted"] == "warn"

    done = await program.ask("POST", "proposals/accept", {"agreed": True, "profile": "family"})
    assert done.content == {"changed": ["challenge", "payphone", "unlisted"]}
    policy = (await program.get("policy")).content
    assert (policy["unlisted"], policy["challenge"]) == ("challenge", "family")
    (decided,) = (await program.get("proposals")).content["proposals"]
    assert (decided["profile"], decided["decision"]) == ("family", "accepted")
    assert decided["decided_by"] == "中村 manager (home automation)"
    again = await program.ask("POST", "proposals/accept", {"agreed": True})
    assert "nothing is proposed" in again.detail


async def test_a_proposal_that_is_declined_changes_nothing(proposed: Site) -> None:
    program = Program.of(proposed)
    before = (await program.get("policy")).content
    assert (await program.ask("POST", "proposals/decline")).status == 204
    assert (await program.get("policy")).content == before
    assert (await program.ask("POST", "proposals/decline")).status == 404
    reader = Program.of(proposed, scopes=[Scope.READ_POLICY])
    assert (await reader.ask("POST", "proposals/decline")).status == 403
