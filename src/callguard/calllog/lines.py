"""Lines about calls, written a few times a second: each by itself costs as much as its verdict.

This is the node's log, for its operator. It loses at most the last tenth of a second when a worker,
or ``services``, is killed.
"""

import asyncio
import logging

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1


class CallLines:
    """Gathers lines and writes them together."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, line: str) -> None:
        """Take a call's name and what became of it; written within ``FLUSH_SECONDS``.

        Needs a running loop.
        """
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Write what there is."""
        if self._lines:
            log.info("call %s", "; call ".join(self._lines))
            self._lines.clear()
