"""Following: what the trusted sources publish is fetched, verified, applied and kept on disk."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis.asyncio as redis

from ..blocklist.errors import (
    BatchError,
    FeedError,
    MissingBatch,
    ReplayedBatch,
    TrustError,
)
from ..blocklist.node_list import NodeList
from ..blocklist.store import ListStore
from . import chain
from .audit import AuditTrail
from .connect import FAULTS
from .fetching import ANSWER_SECONDS, NotAStream, fetch, fetch_chunks, last_entry
from .keeper import Change, Keeper
from .place import FollowedSource, Place, in_its_place
from .snapshot import read_manifest
from .state import FeedState
from .streams import (
    BATCH,
    HEARTBEAT,
    ROOT,
    TRUST_STREAM,
    EntryId,
    entries_of,
    snapshot_key,
    stream_key,
    write_id,
)
from .trust_store import TrustStore
from .trusted_source import SourceTrust

log = logging.getLogger(__name__)

BLOCK_MS = 5_000
"""How long one read waits for news before the streams are looked at as a whole."""
RETRY_MS = 1_000
"""How long after a refusal a stream is read again from where its list stands."""
READ_ENTRIES = 64
"""Of one stream in one read; a batch has 16 MiB at most, and is seldom larger than a few KiB."""
TICK_SECONDS = 1.0
"""How often approvals, staleness and the root on disk are looked at."""
MIN_BACKOFF, MAX_BACKOFF = 0.1, 30.0
"""Seconds; between attempts to reach Redis."""


class Follower:
    """Keeps the lists on disk equal to what the sources published.

    ``changed`` is called after each list that was written. ``one_by_one``: the streams lie on
    different nodes of a cluster, and one read cannot ask for them all.
    """

    def __init__(
        self,
        client: "redis.Redis | redis.RedisCluster",
        trust: TrustStore,
        store: ListStore,
        changed: Callable[[Change], None],
        *,
        audit: AuditTrail,
        protected: frozenset[int] = frozenset(),
        one_by_one: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client: Any = client
        self._keeper = Keeper(trust, store, changed, audit=audit, protected=protected, clock=clock)
        self._one_by_one = one_by_one
        self._clock = clock
        self._roots = Place()
        self._trusted_anew = asyncio.Event()

    @property
    def state(self) -> FeedState:
        """How the feed stands on this node."""
        return self._keeper.state

    @property
    def lists(self) -> Mapping[str, NodeList]:
        """The lists by source, as last written."""
        return self._keeper.lists

    def load(self) -> None:
        """Read root and lists from disk; a damaged list begins anew from the feed."""
        self._keeper.load()

    async def run(self) -> None:
        """Follow until cancelled; a lost Redis is tried again, at growing, jittered intervals."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            group.create_task(self._keeper.unite())
            while True:
                self._trusted_anew.clear()
                followed = [*self._keeper.sources.values(), None]
                parts = [[one] for one in followed] if self._one_by_one else [followed]
                readers = [group.create_task(self._follow(part)) for part in parts]
                await self._trusted_anew.wait()
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)

    async def _follow(self, followed: Sequence[FollowedSource | None]) -> None:
        """Follow some sources; None stands for the roots."""
        backoff, look_at = 0.0, 0.0
        time = asyncio.get_running_loop().time
        while True:
            try:
                due = time() >= look_at
                for one in followed:
                    if due or (one or self._roots).faulty:
                        await self._look(one)
                if due:
                    look_at = time() + BLOCK_MS / 1000
                await self._read(followed)
                backoff = 0.0
            except (*FAULTS, OSError, TimeoutError) as error:
                if self.state.connected or not backoff:
                    # Not its text: some errors repeat the address, which may hold a password.
                    log.warning("the feed cannot be reached: %s", type(error).__name__)
                self.state.connected = False
                look_at = 0.0
                backoff = min(max(backoff * 2, MIN_BACKOFF), MAX_BACKOFF)
                await asyncio.sleep(backoff * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    async def _look(self, one: FollowedSource | None) -> None:
        if one is None:
            trust = self._keeper.trust
            version = trust.version if trust is not None else 0
            await self._look_at(self._roots, TRUST_STREAM, (version, 0))
            return
        reached = (one.kept.list.sequence, 0)
        again = await self._look_at(one, stream_key(one.trust.name), reached)
        if again or reached == (0, 0):
            await self._resync(one)

    async def _look_at(self, place: Place, key: str, reached: EntryId) -> bool:
        """Look at a stream as a whole: it may have been trimmed, emptied, or stand still.

        Return whether it is read again from what was *reached*, because of a fault.
        """
        try:
            last = await last_entry(self._client, key)
        except NotAStream as error:
            self._note_no_stream(place, error)
            return False
        if place.no_stream:
            place.no_stream, place.fault = False, ""
        self.state.connected = True
        if last is None or last < place.cursor:
            place.cursor = place.refused = reached
        now = asyncio.get_running_loop().time()
        again = place.faulty and now - place.looked_again >= _retry_ms() / 1000
        if again:
            # What was refused may have been mended: a stream filled anew, a clock set right.
            place.looked_again, place.cursor = now, reached
        return again

    def _note_no_stream(self, place: Place, error: NotAStream) -> None:
        """Say once that one key is no stream; the other sources are followed all the same."""
        self.state.connected = True
        if place.no_stream:
            return
        place.no_stream = True
        place.fault = str(error)
        name = place.trust.name if isinstance(place, FollowedSource) else ""
        self._keeper.alarm(name, f"{place.fault}; the list stays as it was")
        if isinstance(place, FollowedSource):
            self._keeper.describe(place)

    async def _read(self, followed: Sequence[FollowedSource | None]) -> None:
        by_key = {
            stream_key(one.trust.name): one
            for one in followed
            if one is not None and not one.no_stream
        }
        positions = {key: write_id(one.cursor) for key, one in by_key.items()}
        if None in followed and not self._roots.no_stream:
            positions[TRUST_STREAM] = write_id(self._roots.cursor)
        block = _retry_ms() if any((one or self._roots).faulty for one in followed) else BLOCK_MS
        if not positions:
            await asyncio.sleep(block / 1000)
            return
        async with asyncio.timeout(block / 1000 + ANSWER_SECONDS):
            answer = await self._client.xread(positions, count=READ_ENTRIES, block=block)
        self.state.connected = True
        for key, found in entries_of(answer):
            if key == TRUST_STREAM:
                self._take_roots(found)
            else:
                await self._receive(by_key[key], found)

    async def _receive(
        self, one: FollowedSource, found: Sequence[tuple[EntryId, Mapping[bytes, bytes]]]
    ) -> None:
        kept, fault, waiting, resynced = one.kept, one.fault, deque(found), False
        alarms: list[str] = []
        taken: list[bytes] = []
        while waiting:
            position, fields = waiting.popleft()
            one.cursor = max(one.cursor, position)
            try:
                step = self._apply(kept, one.trust, position, fields)
            except ReplayedBatch as error:
                if not in_its_place(kept, position, fields):
                    fault = self._refuse(one, position, error)
            except MissingBatch as error:
                if resynced:
                    fault = self._refuse(one, position, error)
                    continue
                resynced = True
                one.fault = str(error)
                self._keeper.keep(one, kept, alarms=alarms, taken=taken)
                await self._resync(one)
                kept, fault, alarms, taken = one.kept, one.fault, [], []
                waiting.appendleft((position, fields))
            except (BatchError, TrustError) as error:
                fault = self._refuse(one, position, error)
            else:
                kept, fault = step.kept, ""
                taken += [fields[BATCH]] if BATCH in fields else []
                if step.alarm:
                    alarms.append(step.alarm)
        self._keeper.keep(one, kept, fault, alarms, taken)

    def _refuse(self, one: FollowedSource, position: EntryId, error: FeedError) -> str:
        """Say once that an entry was refused; return what it was refused for."""
        line = f"{error} (entry {write_id(position)})"
        if position > one.refused:
            one.refused = position
            self._keeper.alarm(one.trust.name, f"{line}; the list stays as it was")
        return line

    def _apply(
        self, kept: NodeList, trust: SourceTrust, position: EntryId, fields: Mapping[bytes, bytes]
    ) -> chain.Step:
        if BATCH in fields:
            return chain.apply_batch(kept, fields[BATCH], trust, self._clock())
        if HEARTBEAT in fields:
            return chain.apply_heartbeat(kept, fields[HEARTBEAT], trust, self._clock())
        raise BatchError(
            f"source {trust.name}: entry {write_id(position)} is neither batch nor heartbeat"
        )

    async def _resync(self, one: FollowedSource) -> None:
        """Take in the source's snapshot, if there is one that is newer."""
        name = one.trust.name
        try:
            token = await fetch(self._client, snapshot_key(name))
            if token is None:
                return
            manifest = read_manifest(token, one.trust, self._clock())
            if manifest.sequence <= one.kept.list.sequence:
                return
            one.resyncing = True
            self._keeper.describe(one)
            chunks = await fetch_chunks(self._client, name, manifest)
            step = chain.apply_snapshot(one.kept, manifest, chunks, one.trust)
        except (BatchError, TrustError) as error:
            if str(error) != one.refused_snapshot:
                self._keeper.alarm(name, f"{error}; the list stays as it was")
            one.fault = one.refused_snapshot = str(error)
        else:
            one.refused_snapshot = ""
            one.cursor = (manifest.sequence, 0)
            self._keeper.keep(one, step.kept, "", [step.alarm] if step.alarm else [], [token])
        finally:
            one.resyncing = False
            self._keeper.describe(one)

    def _take_roots(self, found: Sequence[tuple[EntryId, Mapping[bytes, bytes]]]) -> None:
        for position, fields in found:
            self._roots.cursor = max(self._roots.cursor, position)
            trust = self._keeper.trust
            if trust is None or position[0] <= trust.version:
                continue  # the first root is installed by hand: it is what all trust begins with
            try:
                self._keeper.install_root(fields.get(ROOT, b""))
            except TrustError as error:
                self._roots.fault = str(error)
                if position > self._roots.refused:
                    self._roots.refused = position
                    self._keeper.alarm("", f"{error}; who is trusted stays as it was")
            else:
                self._roots.fault = ""
                self._trust_anew()

    def _trust_anew(self) -> None:
        self.load()
        if self._keeper.trust is not None:
            log.info("root version %d is in force", self._keeper.trust.version)
        self._trusted_anew.set()

    async def _tick(self) -> None:
        while True:
            self._keeper.tend()
            await asyncio.sleep(TICK_SECONDS)
            if self._keeper.root_changed:
                self._trust_anew()


def _retry_ms() -> int:
    return min(RETRY_MS, BLOCK_MS)
