"""The post office: takes deliveries from the queue, has each sent, and notes what became of it.

Each delivery is on its own: one that hangs holds up no other, and of one channel there is one at a
time. The database is asked in threads; while it is away, everything waits.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ParamSpec, TypeVar

from ..database import Database, DatabaseError
from .channels import Kind
from .desk import Desk
from .faults import Failure, Fault
from .letters import Later, Letter, Letters
from .models import Channel
from .queue import Claimed, Queue, Result
from .senders import Abandoned, Sender

AT_ONCE = 64
"""Deliveries at the same time."""
AWAY_SECONDS = 2.0
"""How often a database is asked again that does not answer."""

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


class Post:
    """Sends what is due, by the *senders* of each kind of channel."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        letters: Letters,
        senders: Mapping[str, Sender],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._desk = Desk(database)
        self._letters = letters
        self._senders = senders
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    async def round(self) -> bool:
        """Hand out the news, and begin with what is due; tell whether there is more of either.

        Raises:
            DatabaseError: the database does not answer; nothing is lost.

        """
        more = await asyncio.to_thread(self._desk.hand_out, now=self._clock()) > 0
        if (room := AT_ONCE - len(self._under_way)) > 0:
            claimed = await asyncio.to_thread(self._queue.claim, room, now=self._clock())
            for delivery in claimed:
                task = asyncio.create_task(self._deliver(delivery))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            more = more or bool(claimed)
        return more

    async def rest(self, stopping: "asyncio.Task[bool]", seconds: float) -> None:
        """Wait until a delivery has ended, or *stopping*, or for so long."""
        await asyncio.wait(
            {stopping, *self._under_way}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )

    async def finish(self, seconds: float) -> None:
        """Let the deliveries that are under way end, for so long; leave the others."""
        under_way = set(self._under_way)
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _deliver(self, delivery: Claimed) -> None:
        try:
            await self._send(delivery)
        except Abandoned:
            log.warning("delivery %d was taken over by another sender", delivery.id)
        except Exception:
            log.exception("delivery %d failed for a fault of callguard's own", delivery.id)
            failure = Failure(Fault.OWN)
            await self._noted(self._queue.failed, delivery, failure, now=self._clock())

    async def _send(self, delivery: Claimed) -> None:
        letter = await self._noted(self._letters.write, delivery, now=self._clock())
        match letter:
            case None:
                await self._noted(self._queue.done, delivery, Result.WITHDRAWN, now=self._clock())
            case Later():
                await self._noted(self._queue.postpone, delivery, letter.until)
            case Letter():
                failure = await self._senders[letter.kind].send(letter, self._commit(delivery))
                await self._note(delivery, letter, failure)

    def _commit(self, delivery: Claimed) -> Callable[[], "asyncio.Future[None]"]:
        async def commit() -> None:
            if not await self._noted(self._queue.sending, delivery, now=self._clock()):
                raise Abandoned

        return lambda: asyncio.ensure_future(commit())

    async def _note(self, delivery: Claimed, letter: Letter, failure: Failure | None) -> None:
        if failure is None:
            await self._noted(self._queue.done, delivery, Result.SENT, now=self._clock())
            return
        log.warning("delivery %d by %s: %s", delivery.id, letter.kind, failure)
        if failure.fault is Fault.GONE and letter.kind == Kind.PUSH:
            await self._noted(self._remove, delivery.channel_id)
        else:
            await self._noted(self._queue.failed, delivery, failure, now=self._clock())

    def _remove(self, channel_id: int) -> None:
        with self._database.transaction() as session:
            channel = session.get(Channel, channel_id)
            if channel is not None:
                session.delete(channel)

    async def _noted(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the database until it answers: what has happened must be written down."""
        while True:
            try:
                return await asyncio.to_thread(do, *args, **kwargs)
            except DatabaseError:
                await asyncio.sleep(AWAY_SECONDS)
