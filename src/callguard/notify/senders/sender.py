"""What every way of sending does."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ..faults import Failure
from ..letters import Letter

Commit = Callable[[], Awaitable[None]]
"""Called just before the step that cannot be undone; raises ``Abandoned`` if it is not to be."""


class Abandoned(Exception):
    """Somebody else has taken the message over: it is not to be sent from here."""


class Sender(Protocol):
    """One way of sending."""

    async def send(self, letter: Letter, commit: Commit) -> Failure | None:
        """Send *letter*, calling *commit* before it can arrive; return what went wrong, or None.

        Raises:
            Abandoned: *commit* said so; nothing was sent.

        """
