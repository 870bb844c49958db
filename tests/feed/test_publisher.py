"""Publishing, to a real Redis: the stream takes one history, in its order."""

from typing import Any

import pytest
import redis
from callguard.blocklist.batch import GENESIS, Add
from callguard.blocklist.publisher import Publisher
from callguard.blocklist.signing import digest, verify
from callguard.blocklist.streams import FIELD, entry_id, stream_key

from callguard.blocklist import signing as module
from callguard.blocklist.errors import BatchError, FeedError
from callguard.blocklist.listing import Category, Terms

from .police import NOW, Source, add, remove

STREAM = stream_key("tokyo")


@pytest.fixture
def tokyo() -> Source:
    return Source()


@pytest.fixture
def publisher(client: redis.Redis, tokyo: Source) -> Publisher:
    return Publisher(client, "tokyo", tokyo.key)


def entries(client: redis.Redis) -> list[tuple[bytes, bytes]]:
    found: Any = client.xrange(STREAM)
    return [(name, fields[FIELD]) for name, fields in found]


def test_the_first_batch_begins_the_chain(
    publisher: Publisher, client: redis.Redis, tokyo: Source
) -> None:
    batch = publisher.publish([add(1)], NOW)
    ((name, token),) = entries(client)
    assert name == b"1-0"
    assert verify(token, "tokyo", tokyo.keys) == batch
    assert (batch.sequence, batch.previous, batch.digest) == (1, GENESIS, digest(token))
    assert batch.operations == (add(1),)


def test_each_batch_follows_on_the_last(publisher: Publisher, client: redis.Redis) -> None:
    batches = [publisher.publish([operation], NOW) for operation in (add(1), remove(1), add(2))]
    assert [batch.sequence for batch in batches] == [1, 2, 3]
    assert [batch.previous for batch in batches] == [
        GENESIS,
        batches[0].digest,
        batches[1].digest,
    ]
    assert [name for name, _ in entries(client)] == [b"1-0", b"2-0", b"3-0"]


def test_another_hand_of_the_source_goes_on_where_the_stream_stands(
    publisher: Publisher, client: redis.Redis, tokyo: Source
) -> None:
    first = publisher.publish([add(1)], NOW)
    second = Publisher(client, "tokyo", tokyo.key).publish([add(2)], NOW)
    assert (second.sequence, second.previous) == (2, first.digest)


def test_each_source_has_a_stream_of_its_own(publisher: Publisher, client: redis.Redis) -> None:
    publisher.publish([add(1)], NOW)
    osaka = Source("osaka")
    assert Publisher(client, "osaka", osaka.key).publish([add(2)], NOW).sequence == 1
    assert sorted(client.keys()) == [b"callguard:feed:osaka", b"callguard:feed:tokyo"]


def test_redis_itself_refuses_a_replay(publisher: Publisher, client: redis.Redis) -> None:
    publisher.publish([add(1)], NOW)
    publisher.publish([add(2)], NOW)
    for name, token in entries(client):
        with pytest.raises(redis.ResponseError, match="equal or smaller"):
            client.xadd(STREAM, {FIELD: token}, id=name.decode())
    assert len(entries(client)) == 2


def test_a_second_publisher_that_was_quicker_wins(
    publisher: Publisher, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish([add(1)], NOW)
    stood = publisher._last(STREAM)
    publisher.publish([add(2)], NOW)
    monkeypatch.setattr(publisher, "_last", lambda _: stood)
    with pytest.raises(
        FeedError, match=r"source tokyo: Redis refused the batch: .*equal or smaller"
    ):
        publisher.publish([add(3)], NOW)
    assert len(entries(client)) == 2


@pytest.mark.parametrize(
    "token", [b"garbage", b"", Source("osaka").signs(add(1)), Source().signs(add(1))]
)
def test_a_stream_that_somebody_else_wrote_to_is_left_alone(
    publisher: Publisher, client: redis.Redis, token: bytes
) -> None:
    publisher.publish([add(1)], NOW)
    client.xadd(STREAM, {FIELD: token}, id="2-0")
    with pytest.raises(BatchError, match="source tokyo: "):
        publisher.publish([add(2)], NOW)
    assert len(entries(client)) == 2


def test_a_stream_with_an_entry_of_another_kind_is_left_alone(
    publisher: Publisher, client: redis.Redis
) -> None:
    client.xadd(STREAM, {"weather": "fine"}, id="1-0")
    with pytest.raises(BatchError):
        publisher.publish([add(1)], NOW)


def test_a_key_that_is_no_stream_is_left_alone(publisher: Publisher, client: redis.Redis) -> None:
    client.set(STREAM, "text")
    with pytest.raises(FeedError, match="Redis refused the batch: WRONGTYPE"):
        publisher.publish([add(1)], NOW)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (add(1, evidence="x" * 201), "a reference of 201 characters; at most 200"),
        (add(range(81422990000, 81423000001)), "at most 10000 numbers"),
        (add(range(81422990000, 81422990000)), "in order"),
        (add(range(10**15, 10**15 + 1)), "is not a number in E.164 form"),
        (add(1, until=NOW.replace(tzinfo=None)), "has no time zone"),
    ],
    ids=["reference", "range", "empty range", "number", "moment"],
)
def test_what_no_node_would_take_in_is_not_published(
    publisher: Publisher, client: redis.Redis, operation: Add, why: str
) -> None:
    publisher.publish([add(1)], NOW)
    with pytest.raises(BatchError, match=why):
        publisher.publish([operation], NOW)
    assert publisher.publish([add(2)], NOW).sequence == 2
    assert len(entries(client)) == 2


def test_more_than_a_batch_holds_is_not_published(
    publisher: Publisher, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(BatchError, match="at most 1000 are accepted"):
        publisher.publish([add(*range(100))], NOW)
    assert entries(client) == []


def test_a_batch_of_a_hundred_thousand_numbers_is_published(
    publisher: Publisher, client: redis.Redis
) -> None:
    numbers = tuple(range(n, n + 1) for n in range(815_000_000_000, 815_000_200_000, 2))
    publisher.publish([Add(numbers, Terms(Category.OTHER, NOW))], NOW)
    assert publisher.publish([add(1)], NOW).sequence == 2
    assert len(entries(client)) == 2


def test_a_server_that_is_not_there(tokyo: Source, url: str) -> None:
    with redis.from_url(url + "-elsewhere") as nowhere:
        publisher = Publisher(nowhere, "tokyo", tokyo.key)
        with pytest.raises(FeedError, match="the feed cannot be reached"):
            publisher.publish([add(1)], NOW)


def test_a_source_may_append_to_its_own_stream_only(client: redis.Redis, url: str) -> None:
    client.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "SETUSER", "tokyo", "reset", "on", ">s3cret", f"~{STREAM}", "+xadd", "+xrevrange"
    )
    with redis.from_url(url, username="tokyo", password="s3cret") as own:
        assert Publisher(own, "tokyo", Source().key).publish([add(1)], NOW).sequence == 1
        with pytest.raises(FeedError, match=r"the feed cannot be reached|refused the batch"):
            Publisher(own, "osaka", Source("osaka").key).publish([add(1)], NOW)
    client.acl_deluser("tokyo")


def test_a_batch_dated_without_a_time_zone_is_not_published(
    publisher: Publisher, client: redis.Redis
) -> None:
    with pytest.raises(BatchError, match="no time zone"):
        publisher.publish([add(1)], NOW.replace(tzinfo=None))
    assert entries(client) == []


def test_the_names_in_redis() -> None:
    assert STREAM == "callguard:feed:tokyo"
    assert entry_id(12) == "12-0"
