"""The one answer a channel gets: the verdict as channel variables.

| variable | value |
|---|---|
| CALLGUARD_ACTION | reject, warn, challenge or connect; its presence is the verdict |
| CALLGUARD_REASON | one of the documented reasons |
| CALLGUARD_SIP_CODE | reject only: the SIP answer after the announcement |
| CALLGUARD_PROMPT | reject, warn: the announcement for the caller |
| CALLGUARD_CHALLENGE | challenge only: digit, name or family, what the caller must do |
| CALLGUARD_FAMILY | challenge by the family only: whom to call, as id:number-id:number |
| CALLGUARD_ASK_ORDER | with CALLGUARD_FAMILY: in-turn or together |
| CALLGUARD_ASK_SECONDS | with CALLGUARD_FAMILY: how long each rings |
| CALLGUARD_UNANSWERED | challenge by the family only: name, warn or refuse, if nobody decides |
| CALLGUARD_WHISPER | warn only: the announcement for the subscriber who answers, or empty |
| CALLGUARD_RECORD | 1 if the call is recorded, else 0 |
| CALLGUARD_MESSAGE | reject only: how many seconds the caller may leave a message, or not set |
| CALLGUARD_CALL_ID | the call's name in callguard's log |
| CALLGUARD_CALLER | the caller's number in E.164, if a listing during the call may end it |
| CALLGUARD_SAY | reject only: a telephone number to read out after the announcement, 0422-99-0000 |
| CALLGUARD_CALLED | the called line in E.164, of a call that is not refused |
| CALLERID(num-pres) | prohib, if the caller withholds a number that the network tells |
"""

import random
from collections.abc import Mapping

from ..numbers import Kind, format_number
from ..numbers.dialled import to_dial
from ..screening import Action, Policy, Reason, Verdict
from ..screening.policy import Challenge
from ..values import value

SIP_CODES: Mapping[Reason, int] = {
    Reason.WITHHELD: 433,  # Anonymity Disallowed, RFC 5079
    Reason.FRAUD_LIST: 607,  # Unwanted, RFC 8197
    Reason.HOUSEHOLD_BLOCK: 607,
    Reason.SUSPENDED: 403,  # Forbidden, RFC 3261 section 21.4.4
    Reason.MOVED: 404,  # Not Found: as of a number that nobody has
}
"""The SIP answer to a refused call, where it is not ``DEFAULT_SIP_CODE``."""

DEFAULT_SIP_CODE = 603
"""Decline, RFC 3261 section 21.6.2. (608, RFC 8688, needs a redress contact in Call-Info, which
Asterisk cannot send with a refusal.)"""


def refusal_codes(chosen: Mapping[Reason, int] | None) -> Mapping[Reason, int]:
    """Return the SIP answer to a call refused for each reason; *chosen* are the node's own."""
    return {**dict.fromkeys(Reason, DEFAULT_SIP_CODE), **SIP_CODES, **(chosen or {})}


_REFUSALS: Mapping[Reason, str] = {
    Reason.MOVED: "refused-not-in-use",
    Reason.BURST: "refused-household",
    Reason.SUSPENDED: "refused-suspended",
    Reason.WITHHELD: "refused-withheld",
    Reason.PAYPHONE: "refused-payphone",
    Reason.UNAVAILABLE: "refused-unavailable",
    Reason.OVERSEAS: "refused-overseas",
    Reason.MALFORMED: "refused-malformed",
    Reason.FRAUD_LIST: "refused-fraud-list",
    Reason.HOUSEHOLD_BLOCK: "refused-household",
    Reason.ALLOWLIST_ONLY: "refused-allowlist-only",
    Reason.QUIET_HOURS: "refused-quiet-hours",
    # A household that refuses every unlisted caller takes calls from its allowlist only.
    Reason.UNLISTED: "refused-allowlist-only",
}

_WHISPERS: Mapping[Reason, str] = {
    Reason.PROTECTED_NUMBER: "whisper-protected",
    Reason.FRAUD_LIST: "whisper-listed",
    Reason.PAYPHONE: "whisper-payphone",
    Reason.WITHHELD: "whisper-unverified",
    Reason.UNAVAILABLE: "whisper-unverified",
    Reason.OVERSEAS: "whisper-unverified",
    Reason.MALFORMED: "whisper-unverified",
    Reason.UNLISTED: "whisper-unlisted",
}


# Named once: Python 3.11 takes as long to look up a member of an enumeration as to make an object.
_MOVED = Reason.MOVED
_REJECT = Action.REJECT
_CHALLENGE = Action.CHALLENGE
_EMERGENCY = Kind.EMERGENCY


@value
class Answer:
    """What a call's channel is told, and what is kept of it first."""

    text: str
    """The argument of MSet."""
    record: bytes | None
    """For the journal; None: of a call whose line has not agreed, nothing is kept."""


def new_call_id() -> str:
    """Return a new name for a call in the log: 16 hexadecimal digits, telling nothing."""
    return f"{random.getrandbits(64):016x}"


def answer(
    verdict: Verdict, policy: Policy, sip_codes: Mapping[Reason, int] = SIP_CODES
) -> dict[str, str]:
    """Return the channel variables for *verdict*, but for the call's name."""
    action = verdict.action
    reason = verdict.reason
    variables = {
        "CALLGUARD_ACTION": action.value,
        "CALLGUARD_REASON": reason.value,
    }
    if action is Action.REJECT:
        variables["CALLGUARD_SIP_CODE"] = str(sip_codes.get(reason, DEFAULT_SIP_CODE))
        variables["CALLGUARD_PROMPT"] = _REFUSALS.get(reason, "refused-household")
        if "message" in verdict.evidence:
            variables["CALLGUARD_PROMPT"] = "leave-message"
            variables["CALLGUARD_MESSAGE"] = str(policy.message_seconds)
    elif action is not Action.CONNECT:
        record = policy.record and policy.recorded
        if action is Action.CHALLENGE:
            # Not recorded: nothing says so to the caller.
            variables["CALLGUARD_CHALLENGE"] = policy.challenge.value
        else:
            variables["CALLGUARD_PROMPT"] = "warning-recorded" if record else "warning"
            variables["CALLGUARD_RECORD"] = "1" if record else "0"
        if policy.whisper:
            variables["CALLGUARD_WHISPER"] = _WHISPERS.get(reason, "whisper-unlisted")
    return variables


def parties(verdict: Verdict, line: int | None) -> str:
    """Return what is of this call alone, to follow on other arguments of MSet; or nothing.

    That is the new number of a line that has moved, or who calls whom.

    They are for ending the call if the number is listed meanwhile, so only a call that goes on has
    them; one to a line that has not agreed, or that an emergency service may be making, has not.
    Nor has a caller who withheld the number, even where the network disclosed it.
    """
    caller = verdict.caller
    if verdict.reason is _MOVED and "told" in verdict.evidence:
        # After what is set for every caller: of two values of a variable MSet leaves the last.
        new = format_number(int(verdict.evidence["told"]))
        return f",CALLGUARD_PROMPT=refused-moved,CALLGUARD_SAY={new}"
    if verdict.action is _REJECT or verdict.reason in _UNFOLLOWED:
        return ""
    if caller.number is None or caller.kind is _EMERGENCY:
        return f",CALLGUARD_CALLED=+{line}"
    return f",CALLGUARD_CALLER=+{caller.number},CALLGUARD_CALLED=+{line}"


def hiding(verdict: Verdict) -> str:
    """Return what keeps the number off every display, of a caller who withholds it; or nothing.

    Asterisk forbids it by itself only where a network asserts the number and Privacy is there; but
    a caller withholds it by the name in From, or by Privacy alone, too. To follow on other
    arguments of MSet.
    """
    return "" if verdict.caller.disclosed is None else ",CALLERID(num-pres)=prohib"


_UNFOLLOWED = frozenset({Reason.NO_CONSENT, Reason.EMERGENCY_CALLBACK})


def asked_family(verdict: Verdict, policy: Policy) -> str:
    """Return who is asked about a challenged caller, to follow on other arguments of MSet.

    It goes with the verdict, so that no second question is waited for.
    """
    if verdict.action is not _CHALLENGE or policy.challenge is not Challenge.FAMILY:
        return ""
    return f",CALLGUARD_UNANSWERED={policy.ask_unanswered}{family_telephones(policy)}"


def family_telephones(policy: Policy) -> str:
    """Return the family's telephones and how they are called, to follow on other arguments.

    Nothing is returned of a household that has named none.
    """
    if not policy.family:
        return ""
    telephones = "-".join([f"{one.id}:{to_dial(one.number)}" for one in policy.family])
    return (
        f",CALLGUARD_FAMILY={telephones}"
        f",CALLGUARD_ASK_ORDER={policy.ask_order},CALLGUARD_ASK_SECONDS={policy.ask_seconds}"
    )


def mset(variables: Mapping[str, str]) -> str:
    """Return the argument of MSet for *variables*, whose values are plain words of our own.

    Raises:
        ValueError: a value holds anything but letters, digits and ``.:_/+-``: MSet has no escape
            that can be relied on for the rest.

    """
    pairs = []
    for name, word in variables.items():
        if word.translate(_PLAIN):
            raise ValueError(f"{name} cannot be sent to Asterisk: {word!r}")
        pairs.append(f"{name}={word}")
    return ",".join(pairs)


_PLAIN = dict.fromkeys(
    map(ord, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_/+-")
)
