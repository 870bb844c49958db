"""Who talks with an unknown caller, and since when, told from AMI events; pure.

It stands on her channel in Asterisk, as ``call/epoch/line`` (callguard-whisper in
``asterisk-config/common/screening.conf``): so a callguard that was started again asks Asterisk, and
goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..numbers.dialled import read_dialled
from ..remembering import remember
from .alone import alone_call_id
from .line_event import is_call_id

VARIABLE = "CALLGUARD_TALKING"
"""The variable of her channel that says it."""

MAX_TALKS = 10_000
"""Conversations followed at once; beyond, the oldest are forgotten (their ends were missed)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with an unknown caller."""

    call_id: str
    """The call's name in the log."""
    since: datetime
    line: int = field(repr=False)
    """The called line, E.164 digits."""


class Talks:
    """Follows conversations through the events ``CallguardAnswered``, ``Status`` and ``Hangup``."""

    def __init__(self) -> None:
        self._talks: dict[str, Talk] = {}
        """By her channel's own name, its ``Uniqueid``."""

    def __len__(self) -> int:
        """Return how many are in progress of which nothing has been told."""
        return len(self._talks)

    def receive(self, name: str, headers: Mapping[str, str]) -> None:
        """Take one AMI event."""
        unique = headers.get("Uniqueid", "")
        talk: Talk | None = None
        if name == "UserEvent" and headers.get("UserEvent") == "CallguardAnswered":
            talk = read_talk(headers.get("Talking", ""))
        elif name == "Status":
            variable, _, value = headers.get("Variable", "").partition("=")
            talk = read_talk(value) if variable == VARIABLE else None
        elif name == "Hangup":
            self._talks.pop(unique, None)
        if talk is not None:
            remember(self._talks, unique, talk, MAX_TALKS)

    def long(self, longest: Callable[[Talk], timedelta | None], now: datetime) -> list[Talk]:
        """Return the conversations that are longer at *now* than *longest* says of each.

        ``longest`` says None of one that nobody is to be told of.
        """
        found = []
        for talk in self._talks.values():
            most = longest(talk)
            if most is not None and now - talk.since >= most:
                found.append(talk)
        return found

    def forget(self, talk: Talk) -> None:
        """Follow a conversation no longer: it has been told of."""
        self._talks = {key: one for key, one in self._talks.items() if one != talk}


def read_talk(text: str) -> Talk | None:
    """Read what her channel says, or None of anything else."""
    call, _, rest = text.partition("/")
    epoch, _, shown = rest.partition("/")
    line = read_dialled(shown).number
    if not (call and line and epoch.isascii() and epoch.isdigit() and len(epoch) <= 11):
        return None
    # Of a call that the dialplan screened alone, what Asterisk calls the channel is all it has.
    call_id = call if is_call_id(call) else alone_call_id(call)
    return Talk(call_id, datetime.fromtimestamp(int(epoch), UTC), line)
