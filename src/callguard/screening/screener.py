"""The screener: one pure function."""

from datetime import datetime

from .policy import Policy
from .rules import RULES, Blocklist, Call
from .verdict import Verdict

_DECISIONS = tuple(rule.decide for rule in RULES)


def screen(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict:
    """Decide what is done with *call*: the first rule that speaks wins, and the last always does.

    ``now`` is aware. Nothing here waits, reads a clock or touches a disk, so the same arguments
    give the same verdict in the daemon, in the fallback script and in ``callguard check``.
    """
    for decide in _DECISIONS:
        verdict = decide(call, policy, blocklist, now)
        if verdict is not None:
            return verdict
    raise AssertionError("the last rule always decides")
