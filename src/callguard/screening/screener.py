"""The screener: one pure function."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from ..numbers import Origin
from .policy import Policy
from .rules import RULES, Blocklist, Call, Judge
from .verdict import Action, Reason, Verdict

Judges = Mapping[bool, Mapping[Origin, tuple[Judge, ...]]]
"""The rules to ask, in their order: by whether a call has an occasion, and by its origin."""


def screen(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict:
    """Decide what is done with *call*: the first rule that speaks wins, and the last always does.

    ``now`` is aware. Nothing here waits, reads a clock or touches a disk, so the same arguments
    give the same verdict in the daemon, in the fallback script and in ``callguard check``.
    """
    judges = policy.judges or _find_judges(policy)
    occasion = call.emergency_dialled_at is not None or call.burst is not None
    for judge in judges[occasion][call.caller.origin]:
        verdict = judge(call, policy, blocklist, now)
        if verdict is not None:
            return _note_trial(verdict, blocklist, now) if blocklist.has_trials else verdict
    raise AssertionError("the last rule always decides")


def _find_judges(policy: Policy) -> Judges:
    """Find out which rules can speak under *policy*, and keep that with it: most never can."""
    judges = _judges(tuple(rule.suits(policy) for rule in RULES))
    object.__setattr__(policy, "judges", judges)
    return judges


@cache
def _judges(suit: tuple[bool, ...]) -> Judges:
    """Return what to ask where those of the rules suit the policy; households choose alike."""
    rules = [rule for rule, suits in zip(RULES, suit, strict=True) if suits]
    return {
        occasion: {
            origin: tuple(one.judge for one in rules if one.concerns(origin, occasion=occasion))
            for origin in Origin
        }
        for occasion in (False, True)
    }


def _note_trial(verdict: Verdict, blocklist: Blocklist, now: datetime) -> Verdict:
    """Add to the evidence that a listing on trial would have refused the call."""
    number = verdict.caller.number
    if verdict.action is _REJECT or verdict.reason is Reason.NO_CONSENT or number is None:
        return verdict
    listing = blocklist.on_trial(number, now)
    if listing is None:
        return verdict
    return replace(verdict, evidence={**verdict.evidence, "on_trial": listing.to_json()})


_REJECT = Action.REJECT
