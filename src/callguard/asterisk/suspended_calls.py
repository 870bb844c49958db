"""Ends calls on their way out of an exchange whose line is suspended while they ring or talk.

``asterisk-config/carrier/outbound.conf`` tells of each call that it lets out; help is reached
without asking anybody, and so without telling. Never on the path of a verdict: without AMI the call
goes on.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..remembering import remember
from ..screening import Reason
from ..screening.outbound import Suspensions
from .ami import AMIError, AMIEvent
from .answer import refusal_codes
from .live_calls import MAX_CALLS

log = logging.getLogger(__name__)

CONTEXT = "callguard-suspended"
"""In ``asterisk-config/carrier/outbound.conf``."""

_NUMBER = re.compile(r"\+[0-9]{7,15}")


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """A call on its way out that goes on."""

    call_id: str
    channel: str
    """The channel of the line that calls."""
    number: int = field(repr=False)
    """The line's, E.164 digits, also where it withheld it from whom it calls."""


class SuspendedCalls:
    """Follows calls on their way out, and ends those of lines that are suspended now.

    ``action`` sends an AMI action and may raise ``AMIError``; ``now`` gives the time (aware);
    ``sip_codes`` are the node's own SIP answers.
    """

    def __init__(
        self,
        suspensions: Suspensions,
        action: Callable[..., Awaitable[Any]],
        now: Callable[[], datetime],
        sip_codes: Mapping[Reason, int] | None = None,
    ) -> None:
        self._suspensions = suspensions
        self._action = action
        self._now = now
        self._sip_code = refusal_codes(sip_codes)[Reason.SUSPENDED]
        self._calls: dict[str, OutgoingCall] = {}
        self._due: asyncio.Queue[OutgoingCall] = asyncio.Queue()

    def receive(self, event: AMIEvent) -> None:
        """Take one AMI event: a call is let out, or has ended."""
        headers = event.headers
        unique = headers.get("Uniqueid", "")
        if event.name == "Hangup":
            self._calls.pop(unique, None)
        elif event.name == "UserEvent" and headers.get("UserEvent") == "CallguardOutbound":
            number, channel = headers.get("Caller", ""), headers.get("Channel", "")
            if not channel or not _NUMBER.fullmatch(number):
                return
            call = OutgoingCall(headers.get("CallID", ""), channel, int(number[1:]))
            remember(self._calls, unique, call, MAX_CALLS)
            # A worker may have answered it by the list of a moment ago.
            self._end_if_suspended(unique)

    def changed(self) -> None:
        """Look at every call again: a list has changed.

        Not only at those that are newly on it: a line that was listed for fraud before is suspended
        by one more listing of the same number.
        """
        for unique in tuple(self._calls):
            self._end_if_suspended(unique)

    async def run(self) -> None:
        """Carry out what has been decided, until cancelled."""
        while True:
            call = await self._due.get()
            try:
                await self._action(
                    "Redirect",
                    Channel=call.channel,
                    Context=CONTEXT,
                    Exten=str(self._sip_code),
                    Priority="1",
                )
            except AMIError as error:
                log.warning("call %s could not be ended: %s", call.call_id, error)
            else:
                log.info("call %s ended: its line has just been suspended", call.call_id)

    def _end_if_suspended(self, unique: str) -> None:
        number, now = self._calls[unique].number, self._now()
        if self._suspensions.protects(number) or not self._suspensions.suspended(number, now):
            return
        self._due.put_nowait(self._calls.pop(unique))
