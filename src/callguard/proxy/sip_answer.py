"""The SIP answer by which a proxy refuses a call, and where it sends the others."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..asterisk.answer import refusal_codes
from ..screening import Action, Reason

REJECTED = 608
"""RFC 8688: an intermediary's analysis rejected the call. It tells the caller whom to ask for
redress, and so is given only where there is somebody to ask."""

UNWANTED = 607
"""RFC 8197; in place of 608 where there is nobody to ask."""

PHRASES: Mapping[int, str] = {
    403: "Forbidden",  # RFC 3261 section 21.4.4
    433: "Anonymity Disallowed",  # RFC 5079
    480: "Temporarily Unavailable",  # RFC 3261 section 21.4.18
    486: "Busy Here",  # RFC 3261 section 21.4.24
    600: "Busy Everywhere",  # RFC 3261 section 21.6.1
    603: "Decline",  # RFC 3261 section 21.6.2
    607: "Unwanted",  # RFC 8197
    608: "Rejected",  # RFC 8688
}
_OTHER_PHRASE = "Refused"

_REASON = 'Q.850;cause=21;text="call rejected"'
"""RFC 3326, as a node's refusal has it. It does not say why: a fraudster would learn which list he
is on."""


class Route(StrEnum):
    """What the proxy does with the call."""

    REFUSE = "refuse"
    """Answer it with the SIP answer that comes along."""
    NODE = "node"
    """Hand it to a node: the caller is to hear something first."""
    ONWARD = "onward"
    """Let it go on to the called line; by a node as well, if the proxy is set so."""


ROUTES: Mapping[Action, Route] = {
    Action.REJECT: Route.REFUSE,
    Action.WARN: Route.NODE,
    Action.CHALLENGE: Route.NODE,
    Action.CONNECT: Route.ONWARD,
}


class SIPAnswers:
    """The answers of one node's settings."""

    def __init__(self, chosen: Mapping[Reason, int] | None, redress_url: str) -> None:
        """Take the operator's choice of codes, and the URL of the redress contact or nothing."""
        self._redress_url = redress_url
        self._codes = refusal_codes({Reason.FRAUD_LIST: REJECTED, **(chosen or {})})

    def of(self, reason: Reason, call_id: str) -> dict[str, Any]:
        """Return code, phrase and headers of the answer that refuses a call for *reason*."""
        code = self._codes[reason]
        if code == REJECTED and not self._redress_url:
            code = UNWANTED
        headers = {"Reason": _REASON, "P-Callguard-Call": call_id}
        if code == REJECTED:
            headers["Call-Info"] = f"<{self._redress_url}>;purpose=jwscard"
        return {"code": code, "phrase": PHRASES.get(code, _OTHER_PHRASE), "headers": headers}
