"""Cuts off a caller whose number is listed while he is on the line.

The two ends of an answered call are redirected in one action, each to its own extension of the
dialplan's ``callguard-listed``: the caller is hung up on, the subscriber hears why. A call that
nobody has answered yet is refused there as the police list refuses it. Never on the path of a
verdict: without AMI, or without a policy that can be read, the call goes on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from ..households.reader import PolicyUnavailable
from ..screening import Action, Call, Policy, Reason, screen
from ..screening.rules import Blocklist
from .ami import AMIError, AMIEvent
from .answer import refusal_codes
from .live_calls import LiveCall, LiveCalls, Numbers

log = logging.getLogger(__name__)

CONTEXT = "callguard-listed"
"""In ``asterisk-config/common/screening.conf``."""


class Policies(Protocol):
    """Where the policy of a line is read."""

    def policy(self, line: int | None) -> Policy:
        """Return the policy of *line*; may raise ``PolicyUnavailable``."""


class Cutting(Protocol):
    """Is told by its name of a call that is being cut off, or that it could not be."""

    def __call__(self, call_id: str, *, done: bool) -> None:
        """Take it."""


def _tell_nobody(call_id: str, *, done: bool) -> None:
    del call_id, done


class LiveCutter:
    """Follows calls in progress and ends those that the police list now refuses.

    ``action`` sends an AMI action and may raise ``AMIError``; ``now`` gives the time (aware);
    ``sip_codes`` are the node's own SIP answers; ``cutting`` is told before a call is cut off.
    """

    def __init__(
        self,
        policies: Policies,
        blocklist: Blocklist,
        action: Callable[..., Awaitable[Any]],
        now: Callable[[], datetime],
        sip_codes: Mapping[Reason, int] | None = None,
        cutting: Cutting = _tell_nobody,
    ) -> None:
        self._cutting = cutting
        self._calls = LiveCalls()
        self._policies = policies
        self._blocklist = blocklist
        self._action = action
        self._now = now
        self._sip_code = refusal_codes(sip_codes)[Reason.FRAUD_LIST]
        self._due: asyncio.Queue[LiveCall] = asyncio.Queue()

    def receive(self, event: AMIEvent) -> None:
        """Take one AMI event."""
        begun = self._calls.receive(event.name, event.headers)
        if begun is not None:
            # A worker may have answered it by the list of a moment ago.
            self._cut_if_refused(begun)

    def listed(self, numbers: Numbers) -> None:
        """Cut off the callers among *numbers* (E.164 digits), which the list now has in force."""
        for call in self._calls.listed(numbers):
            self._cut_if_refused(call)

    async def run(self) -> None:
        """Carry out what has been decided, until cancelled."""
        while True:
            await self._cut(await self._due.get())

    def _cut_if_refused(self, call: LiveCall) -> None:
        try:
            policy = self._policies.policy(call.line)
        except PolicyUnavailable as error:
            log.error("call %s goes on although its number may be listed: %s", call.call_id, error)
            return
        if not policy.cut_listed_calls:
            return
        verdict = screen(Call(call.caller), policy, self._blocklist, self._now())
        if verdict.action is Action.REJECT and verdict.reason is Reason.FRAUD_LIST:
            self._calls.forget(call)
            self._due.put_nowait(call)

    async def _cut(self, call: LiveCall) -> None:
        self._cutting(call.call_id, done=True)  # its Hangup may come before the response
        try:
            if call.subscriber:
                await self._action(
                    "Redirect",
                    Channel=call.channel,
                    Context=CONTEXT,
                    Exten="caller",
                    Priority="1",
                    ExtraChannel=call.subscriber,
                    ExtraContext=CONTEXT,
                    ExtraExten="subscriber",
                    ExtraPriority="1",
                )
            else:
                await self._action(
                    "Redirect",
                    Channel=call.channel,
                    Context=CONTEXT,
                    Exten=str(self._sip_code),
                    Priority="1",
                )
        except AMIError as error:
            self._cutting(call.call_id, done=False)
            log.warning("call %s could not be cut off: %s", call.call_id, error)
        else:
            log.info("call %s cut off: its number has just been listed", call.call_id)
