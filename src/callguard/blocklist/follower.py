"""Following: each trusted source's stream is read, verified, applied and kept on disk."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import redis.asyncio as redis
from joserfc.jwk import OKPKey

from .batch import verify
from .errors import BatchError, ReplayedBatch, StoreError
from .source_list import SourceList
from .store import ListStore
from .streams import FIELD, KEY_PREFIX, entry_id, stream_key

log = logging.getLogger(__name__)

BLOCK_MS = 5_000
"""How long one read waits for news before it asks again."""
MAX_BACKOFF = 30.0
"""Seconds; between attempts to reach Redis."""


@dataclass(slots=True)
class FeedState:
    """What is known of the feed, for the health page."""

    connected: bool = False
    faults: dict[str, str] = field(default_factory=dict)
    """By source: why its list stands still."""


class Follower:
    """Keeps the lists on disk equal to what the sources published.

    ``changed`` is called after each list that was written, with the new list.
    """

    def __init__(
        self,
        client: redis.Redis,
        trusted: Mapping[str, Mapping[str, OKPKey]],
        store: ListStore,
        changed: Callable[[SourceList], None],
    ) -> None:
        self._client = client
        self._trusted = trusted
        self._store = store
        self._changed = changed
        self._lists: dict[str, SourceList] = {}
        self.state = FeedState()

    @property
    def lists(self) -> Mapping[str, SourceList]:
        """The lists by source, as last written."""
        return self._lists

    def load(self) -> None:
        """Read the lists from disk; a damaged one begins anew from the stream."""
        for source in self._trusted:
            try:
                self._lists[source] = self._store.load(source)
            except StoreError as error:
                log.error("%s; it is read again from the feed", error)
                self._lists[source] = SourceList(source)

    async def run(self) -> None:
        """Follow until cancelled; a lost Redis is tried again, at growing and jittered intervals."""
        backoff = 0.1
        while True:
            try:
                await self._read()
                backoff = 0.1
            except (redis.RedisError, OSError) as error:
                if self.state.connected or backoff == 0.1:
                    log.warning("the feed cannot be reached: %s", error)
                self.state.connected = False
                await asyncio.sleep(backoff * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
                backoff = min(backoff * 2, MAX_BACKOFF)

    async def _read(self) -> None:
        if not self._lists:
            await self._client.ping()
            self.state.connected = True
            await asyncio.sleep(BLOCK_MS / 1000)
            return
        positions: dict[str | bytes | memoryview, int | str | bytes | memoryview] = {
            stream_key(source): entry_id(one.sequence) for source, one in self._lists.items()
        }
        answer = await self._client.xread(positions, block=BLOCK_MS)
        self.state.connected = True
        for key, entries in answer.items() if isinstance(answer, dict) else answer:
            source = key.decode().removeprefix(KEY_PREFIX)
            self._receive(source, [fields.get(FIELD, b"") for _, fields in _flat(entries)])
        if self.state.faults:
            # A stream that stands still is returned at once by every read.
            await asyncio.sleep(1)

    def _receive(self, source: str, tokens: list[bytes]) -> None:
        one = self._lists[source]
        try:
            for token in tokens:
                try:
                    one = one.apply(verify(token, source, self._trusted[source]))
                except ReplayedBatch:
                    continue
            self.state.faults.pop(source, None)
        except BatchError as error:
            self._report(source, str(error))
        if one is self._lists[source]:
            return
        try:
            self._store.save(one)
        except StoreError as error:
            self._report(source, str(error))
            return
        self._lists[source] = one
        log.info("source %s: batch %d applied, %d numbers", source, one.sequence, len(one.numbers))
        self._changed(one)

    def _report(self, source: str, fault: str) -> None:
        if self.state.faults.get(source) != fault:
            log.error("%s; the list stays as it was", fault)
        self.state.faults[source] = fault


def _flat(entries: list[object]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    # RESP3 wraps the entries of one stream in one more list.
    while entries and isinstance(entries[0], list) and entries[0] and isinstance(
        entries[0][0], list | tuple
    ):
        entries = entries[0]
    return [(entry[0], entry[1]) for entry in entries]  # type: ignore[index]
