"""Sends the reports that wait on this node to the feed, as long as it takes."""

import asyncio
import logging
import random
from typing import Any

from .connect import FAULTS, AsyncClient, explain
from .report_queue import ReportQueue
from .streams import REPORT, REPORTS_STREAM

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the queue is looked at."""
MAX_BACKOFF = 60.0
"""Seconds; between attempts while the feed is away."""
ANSWER_SECONDS = 10.0
MAX_STREAM = 100_000
"""About so many reports the stream holds; the oldest go first."""


class ReportSender:
    """Empties a queue into the stream of reports, in order.

    A report goes again if the feed's answer to it was lost: reviewers know it by its id.
    """

    def __init__(self, client: AsyncClient, queue: ReportQueue) -> None:
        self._client: Any = client
        self._queue = queue

    async def run(self) -> None:
        """Send until cancelled; a feed that does not answer is tried at growing intervals."""
        backoff = LOOK_SECONDS
        while True:
            try:
                await self.send_waiting()
            except (*FAULTS, OSError, TimeoutError) as error:
                if backoff == LOOK_SECONDS:
                    log.warning("reports wait: %s", _why(error))
                backoff = min(backoff * 2, MAX_BACKOFF)
            else:
                backoff = LOOK_SECONDS
            await asyncio.sleep(backoff * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    async def send_waiting(self) -> int:
        """Send what waits, and return how many reports that were.

        Raises:
            redis.RedisError, OSError, TimeoutError: what has not been sent waits on.

        """
        sent = 0
        for path in self._queue.waiting():
            data = self._queue.read(path)
            if data is None:
                continue
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._client.xadd(
                    REPORTS_STREAM, {REPORT: data}, maxlen=MAX_STREAM, approximate=True
                )
            self._queue.sent(path)
            sent += 1
        return sent


def _why(error: Exception) -> str:
    if isinstance(error, FAULTS) and "permission" in str(error):
        return str(explain(error))
    # Not its text: some errors repeat the address, which may hold a password.
    return f"the feed cannot be reached ({type(error).__name__})"
