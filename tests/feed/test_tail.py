"""Listening to a real feed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from callguard.blocklist.errors import FeedError
from callguard.feed import tail as module
from callguard.feed.connect import connect
from callguard.feed.tail import Heard, tail

from .node import Clock, Police

Listen = Callable[..., Iterator[Heard]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokyo(tmp_path: Path, clock: Clock, client: redis.Redis) -> Police:
    return Police(tmp_path, clock, client)


@pytest.fixture
def osaka(tmp_path: Path, clock: Clock, client: redis.Redis) -> Police:
    return Police(tmp_path, clock, client, "osaka")


@pytest.fixture
def listen(client: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Listen:
    monkeypatch.setattr(module, "BLOCK_MS", 50)

    def listen(*police: Police, one_by_one: bool = False) -> Iterator[Heard]:
        sources = {one.name: one.trust() for one in police}
        return tail(client, sources, clock, one_by_one=one_by_one)

    return listen


def test_the_last_of_before_is_told_and_then_all_that_comes(listen: Listen, tokyo: Police) -> None:
    tokyo.lists(1)
    tokyo.lists(2, 3)
    heard = listen(tokyo)
    assert "batch 2" in str(next(heard).reading)
    tokyo.removes(1)
    tokyo.beats()
    one, two = next(heard), next(heard)
    assert "batch 3" in str(one.reading)
    assert (one.source, one.entry, one.fault) == ("tokyo", "3-0", "")
    assert "heartbeat after batch 3" in str(two.reading)


@pytest.mark.parametrize("one_by_one", [False, True], ids=["together", "one by one"])
def test_all_sources_are_heard(
    listen: Listen, tokyo: Police, osaka: Police, one_by_one: bool
) -> None:
    heard = listen(tokyo, osaka, one_by_one=one_by_one)
    tokyo.lists(1)
    assert next(heard).source == "tokyo"
    osaka.lists(2)
    assert next(heard).source == "osaka"


def test_what_is_not_to_be_believed_is_told(
    listen: Listen, tokyo: Police, client: redis.Redis
) -> None:
    tokyo.lists(1)
    heard = listen(tokyo)
    next(heard)
    client.xadd("callguard:feed:tokyo", {"batch": b"forged"}, id="2-0")
    client.xadd("callguard:feed:tokyo", {"weather": b"fine"}, id="3-0")
    for entry in ("2-0", "3-0"):
        one = next(heard)
        assert (one.entry, one.reading) == (entry, None)
        assert one.fault.startswith("not a signed statement")


def test_a_feed_that_is_filled_anew_is_heard_from_its_beginning(
    listen: Listen, tokyo: Police, client: redis.Redis
) -> None:
    tokyo.lists(1)
    tokyo.beats()
    heard = listen(tokyo)
    assert "heartbeat" in str(next(heard).reading)
    client.flushall()
    tokyo.publisher.snapshot()  # fills the stream again, without the heartbeat
    assert next(heard).entry == "1-0"


def test_a_feed_that_is_away_is_told(tokyo: Police, clock: Clock) -> None:
    with (
        connect("redis://127.0.0.1:1") as away,
        pytest.raises(FeedError, match="the feed cannot be reached"),
    ):
        next(tail(away, {"tokyo": tokyo.trust()}, clock))
