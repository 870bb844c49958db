"""A node that follows sources through a real server, and the sources' own hands on it."""

import asyncio
import contextlib
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from joserfc.jwk import OKPKey

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.live import LiveIndex
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.store import ListStore
from callguard.feed import follower as following
from callguard.feed import keeper as keeping
from callguard.feed.audit import AuditTrail
from callguard.feed.connect import Client
from callguard.feed.follower import Follower
from callguard.feed.keeper import Change
from callguard.feed.outbox import Outbox
from callguard.feed.publisher import Publisher
from callguard.feed.trust_store import TrustStore
from callguard.feed.trusted_source import SourceKey, SourceTrust

from .operator import NOW, new_key, root

NUMBERS = range(81_422_990_000, 81_422_990_020)
"""Fictitious: 0422-99-0000 and what follows."""


class Clock:
    """The time of everybody; it stands still but for what a test adds."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **much: float) -> None:
        self.now += timedelta(**much)


class Police:
    """A source: its keys, its outbox, and its publisher on a server."""

    def __init__(self, folder: Path, clock: Clock, client: Client, name: str = "tokyo") -> None:
        self.name = name
        self.clock = clock
        self.key, self.expired = new_key(), new_key()
        self.outbox = Outbox(folder / f"{name}.outbox", name)
        self.publisher = Publisher(client, self.outbox, self.key, clock=clock)

    def trust(self, **terms: Any) -> SourceTrust:
        """What a root says of the source: it may not list robocalls."""
        past = SourceKey(_public(self.expired), NOW - timedelta(days=9), NOW - timedelta(days=1))
        ours = SourceKey(_public(self.key), NOW - timedelta(days=1), NOW + timedelta(days=365))
        keys = {str(self.expired.kid): past, str(self.key.kid): ours}
        rights = {"categories": frozenset({Category.FAKE_POLICE, Category.REFUND}), **terms}
        return SourceTrust(self.name, keys, **rights)

    def publishes(self, *operations: Operation, **silence: timedelta) -> None:
        """Publish a batch, a second after what it said last."""
        self.clock.later(seconds=1)
        self.publisher.publish(operations, **silence)

    def beats(self, silence: timedelta = timedelta(minutes=5)) -> None:
        self.clock.later(seconds=1)
        self.publisher.heartbeat(silence)

    def lists(self, *lasts: int, **silence: timedelta) -> None:
        self.publishes(self.add(*lasts), **silence)

    def removes(self, *lasts: int) -> None:
        self.publishes(Remove(_spans(lasts)))

    def add(self, *lasts: int, **terms: Any) -> Add:
        return Add(_spans(lasts), Terms(Category.FAKE_POLICE, self.clock() + STEP, **terms))


STEP = timedelta(seconds=1)


def _public(key: OKPKey) -> OKPKey:
    return OKPKey.import_key({**key.as_dict(private=False), "kid": str(key.kid)})


def _spans(lasts: Sequence[int]) -> tuple[range, ...]:
    return tuple(NUMBERS[last : last + 1] for last in lasts)


class Node:
    """A follower with its folders. It looks again soon, after a fault and after Redis was away."""

    def __init__(
        self,
        folder: Path,
        reader: redis.asyncio.Redis | redis.asyncio.RedisCluster,
        clock: Clock,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.trust = TrustStore(folder / "trust")
        self.store = ListStore(folder / "lists")
        self.audit = AuditTrail(folder / "audit")
        self.changes: list[Change] = []
        self.follower = Follower(
            reader,
            self.trust,
            self.store,
            self.changes.append,
            audit=self.audit,
            clock=clock,
            **options,
        )
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.follower.load()
        self._running = asyncio.create_task(self.follower.run())

    async def stop(self) -> None:
        if self._running is not None:
            assert not self._running.done(), self._running
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    def enforced(self) -> set[int]:
        """Whose calls a worker would refuse now, by the last digits of their numbers."""
        index = LiveIndex(self.store)
        return {last for last in range(20) if index.find(NUMBERS[last], self.clock()) is not None}

    def told(self) -> list[tuple[str, set[int]]]:
        """What workers were told: each list that was written, and whom to cut off from now on."""
        return [
            (one.source, {number - NUMBERS[0] for number in one.enforced})
            for one in self.changes
            if one.source
        ]

    def on_disk(self) -> Mapping[str, bytes]:
        """The bytes of each list file."""
        return {path.stem: path.read_bytes() for path in self.store.folder.glob("*.list")}

    def fault(self, source: str = "tokyo") -> str:
        return self.follower.state.sources[source].fault

    def sequence(self, source: str = "tokyo") -> int:
        return self.follower.state.sources[source].sequence

    async def looks_again(self, times: int = 1) -> None:
        """Wait until it has read the stream of tokyo again, because of a fault."""
        one = self.follower._keeper.sources["tokyo"]
        for _ in range(times):
            looked = one.looked_again
            await eventually(lambda looked=looked: one.looked_again > looked)  # type: ignore[misc]

    async def enforces(self, *lasts: int) -> None:
        await eventually(lambda: self.enforced() == set(lasts))


Boot = Callable[..., Node]
"""Starts a node that trusts the given sources."""


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, which no event tells of."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have followers look again soon."""
    monkeypatch.setattr(following, "BLOCK_MS", 100)
    monkeypatch.setattr(following, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(keeping, "UNION_SECONDS", 0.01)
    monkeypatch.setattr(following, "MAX_BACKOFF", 0.1)


def trusting(key: OKPKey, *sources: SourceTrust, version: int = 1) -> bytes:
    """A root that trusts these sources."""
    return root(key, version=version, sources=sources)


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """A disk that takes no file of more than 16 bytes, of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
