"""A stronger protection is proposed to households at risk; only they put it into effect."""

from typing import Any

import pytest

from callguard.database import Database
from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.document import ACTIONS, settings_to_json
from callguard.households.errors import Fault, HouseholdError
from callguard.households.profiles import PROFILES, strengthened
from callguard.households.proposals import Decision, Effect, Proposals, Told
from callguard.notify.occasions import weakened
from callguard.screening import Action, Policy
from callguard.screening.policy import Challenge

from .conftest import DAUGHTER, NOW, Household, deeds


def propose(database: Database, table: str, *, dry_run: bool = False) -> list[Told]:
    found = read_at_risk(rows(table), reference="名簿3")
    return list(Proposals(database).propose(found, by=DAUGHTER, now=NOW, dry_run=dry_run))


TABLE = (
    "電話番号,profile\n0422-99-0000,allowlist-only\n0422-99-7777,\n110,\n"
    "0422-99-0000,name\n0422-99-0005,none\n"
)


def test_nothing_changes_until_the_household_agrees(home: Household) -> None:
    before = home.policy()
    (told,) = propose(home.database, "line\n0422-99-0000\n")
    assert told.effect is Effect.PROPOSED
    assert home.policy() == before
    proposals = Proposals(home.database)
    waiting = proposals.open(home.id)
    assert waiting is not None
    assert (waiting.profile, waiting.reference, waiting.decision) == ("name", "名簿3", None)
    changes = proposals.accept(home.id, decided_by="母", by=DAUGHTER, now=NOW)
    assert changes == {"unlisted": "challenge", "payphone": "challenge", "challenge": "name"}
    policy = home.policy()
    assert (policy.unlisted, policy.challenge) == (Action.CHALLENGE, Challenge.NAME)
    assert proposals.open(home.id) is None
    assert [what for _, what, _ in home.deeds()] == [
        *("propose-profile", "accept-profile", "change-settings")
    ]
    assert proposals.history(home.id)[0].decision is Decision.ACCEPTED


def test_each_wrong_row_is_told_and_a_dry_run_proposes_nothing(
    home: Household, other: Household
) -> None:
    for dry_run in (True, False):
        found = propose(home.database, TABLE, dry_run=dry_run)
        assert [(one.effect, [error.fault for error in one.errors]) for one in found] == [
            (Effect.PROPOSED, []),
            (Effect.REFUSED, [Fault.NO_HOUSEHOLD]),
            (Effect.REFUSED, [Fault.NOT_A_LINE]),
            (Effect.REFUSED, [Fault.LINE_TWICE]),
            (Effect.REFUSED, [Fault.NO_PROFILE]),
        ]
        assert (Proposals(home.database).open(home.id) is None) == dry_run
    assert Proposals(home.database).open(other.id) is None


def test_the_same_list_again_proposes_nothing_twice(home: Household) -> None:
    proposals = Proposals(home.database)
    table = "line,profile\n0422-99-0000,name\n"
    assert [one.effect for one in propose(home.database, table)] == [Effect.PROPOSED]
    assert [one.effect for one in propose(home.database, table)] == [Effect.PRESENT]
    proposals.decline(home.id, decided_by="母", by=DAUGHTER, now=NOW)
    assert [one.effect for one in propose(home.database, table)] == [Effect.PRESENT]
    other = "line,profile,reference\n0422-99-0000,challenge,名簿4\n"
    assert [one.effect for one in propose(home.database, other)] == [Effect.PROPOSED]
    third = "line,profile,reference\n0422-99-0000,allowlist-only,名簿5\n"
    assert [one.effect for one in propose(home.database, third)] == [Effect.PROPOSED]
    decisions = [one.decision for one in proposals.history(home.id)]
    assert decisions == [None, Decision.WITHDRAWN, Decision.DECLINED]


def test_declined_and_withdrawn_leave_everything_as_it_is(home: Household) -> None:
    before, proposals = home.policy(), Proposals(home.database)
    propose(home.database, "line\n0422-99-0000\n")
    proposals.decline(home.id, decided_by="母", evidence="葉書 1", by=DAUGHTER, now=NOW)
    with pytest.raises(HouseholdError) as caught:
        proposals.withdraw(home.id, by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.NO_PROPOSAL
    assert home.policy() == before
    assert deeds(home.database)[-1][2] == {
        "profile": "name",
        "decided_by": "母",
        "evidence": "葉書 1",
    }


def test_without_consent_to_screening_nothing_takes_effect(home: Household) -> None:
    propose(home.database, "line\n0422-99-0000\n")
    home.consents.revoke(home.id, by=DAUGHTER, now=NOW)
    with pytest.raises(HouseholdError) as caught:
        Proposals(home.database).accept(home.id, decided_by="母", by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.NO_CONSENT
    assert Proposals(home.database).open(home.id) is not None


def test_the_household_may_choose_another_profile(home: Household) -> None:
    propose(home.database, "line\n0422-99-0000\n")
    proposals = Proposals(home.database)
    with pytest.raises(HouseholdError):
        proposals.accept(home.id, "none", decided_by="母", by=DAUGHTER, now=NOW)
    proposals.accept(home.id, "allowlist-only", decided_by="母", by=DAUGHTER, now=NOW)
    assert home.policy().allowlist_only
    assert home.policy().unlisted is Action.WARN


@pytest.mark.parametrize("profile", PROFILES)
def test_no_profile_makes_anything_weaker(profile: str) -> None:
    for action in ("connect", "warn", "challenge", "reject"):
        choices: dict[str, Any] = dict.fromkeys(ACTIONS, Action(action))
        policy = Policy(consent=True, **choices)
        before, after = settings_to_json(policy), strengthened(profile, policy)
        assert weakened({name: [before[name], after[name]] for name in after}) == []


def test_a_household_whose_family_is_asked_keeps_that_under_a_profile_that_asks_for_less() -> None:
    policy = Policy(consent=True, unlisted=Action.CHALLENGE, challenge=Challenge.FAMILY)
    assert strengthened("challenge", policy) == {"payphone": "challenge"}
    assert strengthened("name", policy) == {"payphone": "challenge"}
    # One that has challenged nobody so far gets what is proposed.
    policy = Policy(consent=True, challenge=Challenge.FAMILY)
    assert strengthened("name", policy)["challenge"] == "name"
