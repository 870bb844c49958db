"""Following: each trusted source's stream is read, verified, applied and kept on disk."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as redis
from joserfc.jwk import OKPKey

from .errors import BatchError, ReplayedBatch, StoreError
from .signing import verify
from .source_list import SourceList
from .store import ListStore
from .streams import FIELD, KEY_PREFIX, entry_id, stream_key

log = logging.getLogger(__name__)

BLOCK_MS = 5_000
"""How long one read waits for news before it asks again."""
ANSWER_SECONDS = 10.0
"""How long Redis may take to answer; then the connection counts as lost."""
STANDSTILL_SECONDS = 1.0
"""A stream that stands still is returned at once by every read: pause before the next."""
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
        """Follow until cancelled; a lost Redis is tried again, at growing, jittered intervals."""
        backoff = 0.1
        while True:
            try:
                await self._read()
                backoff = 0.1
            except (redis.RedisError, OSError) as error:
                if self.state.connected or backoff == 0.1:
                    log.warning("the feed cannot be reached: %s", error or "no answer")
                self.state.connected = False
                await asyncio.sleep(backoff * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
                backoff = min(backoff * 2, MAX_BACKOFF)

    async def _read(self) -> None:
        if not (self._lists and self.state.connected):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._client.ping()
            self.state.connected = True
        if not self._lists:
            await asyncio.sleep(BLOCK_MS / 1000)
            return
        positions: dict[str | bytes | memoryview, int | str | bytes | memoryview] = {
            stream_key(source): entry_id(one.sequence) for source, one in self._lists.items()
        }
        async with asyncio.timeout(BLOCK_MS / 1000 + ANSWER_SECONDS):
            answer: Any = await self._client.xread(positions, block=BLOCK_MS)
        self.state.connected = True
        news: dict[str, list[bytes]] = {}
        for key, entries in answer.items() if isinstance(answer, dict) else answer:
            source = key.decode().removeprefix(KEY_PREFIX)
            news[source] = [fields.get(FIELD, b"") for _, fields in _flat(entries)]
        for healed in self.state.faults.keys() - news.keys():
            del self.state.faults[healed]
        for source, tokens in news.items():
            self._receive(source, tokens)
        if self.state.faults:
            await asyncio.sleep(STANDSTILL_SECONDS)

    def _receive(self, source: str, tokens: list[bytes]) -> None:
        one = self._lists[source]
        fault = ""
        try:
            for token in tokens:
                try:
                    one = one.apply(verify(token, source, self._trusted[source]))
                except ReplayedBatch:
                    continue
        except BatchError as error:
            fault = str(error)
        if one is not self._lists[source]:
            try:
                self._store.save(one)
            except StoreError as error:
                fault = str(error)
            else:
                self._lists[source] = one
                log.info(
                    "source %s: batch %d applied, %d numbers",
                    source,
                    one.sequence,
                    len(one.numbers),
                )
                self._changed(one)
        self._report(source, fault)

    def _report(self, source: str, fault: str) -> None:
        if not fault:
            self.state.faults.pop(source, None)
            return
        if self.state.faults.get(source) != fault:
            log.error("%s; the list stays as it was", fault)
        self.state.faults[source] = fault


def _flat(entries: list[object]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    # RESP3 wraps the entries of one stream in one more list.
    while (
        entries
        and isinstance(entries[0], list)
        and entries[0]
        and isinstance(entries[0][0], list | tuple)
    ):
        entries = entries[0]
    return [(entry[0], entry[1]) for entry in entries]  # type: ignore[index]
