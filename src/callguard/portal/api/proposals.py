"""What is proposed to a household at risk: seen, accepted, declined."""

from typing import Any

from ...households.profiles import PROFILES
from ...households.proposals import Proposals, Proposed
from ...people.rights import Right
from ...people.tokens import Scope
from .operation import Answer, Inquiry, Operation, Reply
from .problem import FieldError, Kind, Problem
from .shapes import ref
from .values import HOUSEHOLD


def _all(inquiry: Inquiry) -> Reply:
    found = Proposals(inquiry.database).history(inquiry.household_id)
    return Reply({"proposals": [_json(one) for one in found]})


def _accept(inquiry: Inquiry) -> Reply:
    if not inquiry.body["agreed"]:
        why = "the subscriber must have agreed: nothing takes effect without that"
        raise Problem(Kind.IMPOSSIBLE, why, [FieldError("body.agreed", why)])
    changes = Proposals(inquiry.database).accept(
        inquiry.household_id,
        inquiry.body.get("profile"),
        decided_by=inquiry.by.who,
        by=inquiry.by,
        now=inquiry.now,
    )
    return Reply({"changed": sorted(changes)})


def _decline(inquiry: Inquiry) -> Reply:
    Proposals(inquiry.database).decline(
        inquiry.household_id, decided_by=inquiry.by.who, by=inquiry.by, now=inquiry.now
    )
    return Reply(status=204)


def _json(one: Proposed) -> dict[str, Any]:
    return {
        "profile": one.profile,
        "settings": dict(PROFILES[one.profile]),
        "made_at": one.made_at.isoformat(),
        "decision": None if one.decision is None else one.decision.value,
        "decided_at": None if one.decided_at is None else one.decided_at.isoformat(),
        "decided_by": one.decided_by,
    }


_ALL = "/api/v1/households/{household}/proposals"

OPERATIONS = (
    Operation(
        name="listProposals",
        method="GET",
        path=_ALL,
        summary="Stronger protection that was proposed to the household, newest first",
        description="To a household whose number stands on a list that fraudsters traded. At most "
        "one waits for its decision; nothing takes effect before that.",
        right=Right.SEE_CONSENT,
        scope=Scope.READ_POLICY,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "What was proposed, and decided.", ref("Proposals")),),
        handle=_all,
    ),
    Operation(
        name="acceptProposal",
        method="POST",
        path=_ALL + "/accept",
        summary="Put what is proposed into effect, or another profile",
        description="No setting becomes weaker.",
        right=Right.GIVE_CONSENT,
        scope=Scope.WRITE_PROPOSALS,
        parameters=(HOUSEHOLD,),
        body=ref("ProposalToAccept"),
        answers=(Answer(200, "It is in force at the next call.", ref("ProposalAccepted")),),
        can_fail=True,
        handle=_accept,
    ),
    Operation(
        name="declineProposal",
        method="POST",
        path=_ALL + "/decline",
        summary="Leave everything as it is",
        right=Right.GIVE_CONSENT,
        scope=Scope.WRITE_PROPOSALS,
        parameters=(HOUSEHOLD,),
        answers=(Answer(204, "Nothing changes."),),
        handle=_decline,
    ),
)
