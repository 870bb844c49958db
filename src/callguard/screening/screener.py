"""The screener: one pure function."""

from dataclasses import replace
from datetime import datetime

from ..numbers import Origin
from .policy import Policy
from .rules import RULES, Blocklist, Call
from .verdict import Action, Reason, Verdict

_JUDGES = {
    origin: tuple(rule.judge for rule in RULES if rule.concerns(origin)) for origin in Origin
}


def screen(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict:
    """Decide what is done with *call*: the first rule that speaks wins, and the last always does.

    ``now`` is aware. Nothing here waits, reads a clock or touches a disk, so the same arguments
    give the same verdict in the daemon, in the fallback script and in ``callguard check``.
    """
    for judge in _JUDGES[call.caller.origin]:
        verdict = judge(call, policy, blocklist, now)
        if verdict is not None:
            return _note_trial(verdict, blocklist, now)
    raise AssertionError("the last rule always decides")


def _note_trial(verdict: Verdict, blocklist: Blocklist, now: datetime) -> Verdict:
    """Add to the evidence that a listing on trial would have refused the call."""
    number = verdict.caller.number
    if verdict.action is Action.REJECT or verdict.reason is Reason.NO_CONSENT or number is None:
        return verdict
    listing = blocklist.on_trial(number, now)
    if listing is None:
        return verdict
    return replace(verdict, evidence={**verdict.evidence, "on_trial": listing.to_json()})
