"""A follower that is killed at any moment resumes from a whole list, and catches up."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import redis

from callguard.blocklist.operation import Remove
from callguard.blocklist.store import ListStore
from callguard.blocklist.union import Union
from callguard.feed.streams import stream_key
from callguard.feed.trust_store import TrustStore

from .node import NUMBERS, Clock, Police, trusting
from .operator import new_key
from .servers import until

pytestmark = pytest.mark.slow

KILLS = 200
SEED = 20261124
LIFE = 0.04
"""Seconds; a follower is killed within this time, after it has caught up or while it starts."""
ROOT = Path(__file__).parents[2]


class Flow:
    """A source that lists and removes at random; sometimes only its snapshot leads further."""

    def __init__(self, tokyo: Police, client: redis.Redis, chance: Random) -> None:
        self.tokyo = tokyo
        self.client = client
        self.chance = chance
        self.digests = {0: tokyo.outbox.load().digest()}
        """The set digest after each batch."""

    @property
    def sequence(self) -> int:
        return max(self.digests)

    def publish(self) -> None:
        lasts = self.chance.sample(range(len(NUMBERS)), self.chance.randint(1, 5))
        listing = self.chance.random() < 0.6
        numbers = tuple(NUMBERS[last : last + 1] for last in lasts)
        self.tokyo.clock.later(seconds=1)
        batch = self.tokyo.publisher.publish(
            [self.tokyo.add(*lasts) if listing else Remove(numbers)]
        )
        self.digests[batch.sequence] = batch.set_digest
        if self.chance.random() < 0.05:
            self.tokyo.publisher.snapshot()
            self.client.xtrim(stream_key("tokyo"), maxlen=2, approximate=False)


class Nursery:
    """Starts followers; see lone_follower."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.asked, self.told = process.stdin, process.stdout

    def start(self) -> int:
        """Start a follower; return its process id."""
        self.asked.write("\n")
        self.asked.flush()
        return int(self.told.readline())

    def ended(self) -> int:
        """Wait for the follower's end; return its exit code."""
        return int(self.told.readline())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node"


@pytest.fixture
def nursery(folder: Path, url: str) -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.feed.lone_follower", str(folder), url]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Nursery(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with the follower, if a test has failed


def test_a_killed_follower_resumes_and_catches_up(
    tmp_path: Path, folder: Path, client: redis.Redis, nursery: Nursery
) -> None:
    clock, chance = Clock(), Random(SEED)
    tokyo = Police(tmp_path, clock, client)
    TrustStore(folder / "trust").install(trusting(new_key(), tokyo.trust()), clock())
    store, flow = ListStore(folder / "lists"), Flow(tokyo, client, chance)
    flow.publish()
    written = 0
    for _ in range(KILLS):
        follower = nursery.start()
        if chance.random() < 0.75:
            until(lambda: store.load("tokyo").list.sequence == flow.sequence)
            kept = store.load("tokyo").list
            assert kept.digest() == flow.digests[flow.sequence] == tokyo.outbox.load().digest()
        kill = threading.Timer(chance.uniform(0, LIFE), os.kill, (follower, signal.SIGKILL))
        kill.start()
        while kill.is_alive():
            flow.publish()
        assert nursery.ended() == -signal.SIGKILL
        # Whole, at one of its source's batches, and none is lost.
        kept = store.load("tokyo").list
        assert kept.digest() == flow.digests[kept.sequence]
        assert kept.sequence >= written
        written = kept.sequence
        if store.union.exists():
            Union.open(store.union)
    follower = nursery.start()
    until(lambda: store.load("tokyo").list.digest() == tokyo.outbox.load().digest())
    os.kill(follower, signal.SIGTERM)
    assert nursery.ended() == -signal.SIGTERM
