"""A source's hand on its part of Redis; against a real server."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from callguard.blocklist.errors import BatchError, FeedError, ReplayedBatch, StoreError, TrustError
from callguard.blocklist.listing import Category
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.feed import publisher as module
from callguard.feed.chain import apply_batch, apply_heartbeat, apply_snapshot
from callguard.feed.connect import connect
from callguard.feed.outbox import Outbox
from callguard.feed.publisher import OLD_CHUNKS_SECONDS, Publisher
from callguard.feed.snapshot import read_manifest
from callguard.feed.streams import BATCH, HEARTBEAT, entries

from .police import NOW, YEAR, Source, add, number, remove, source_key, span

STREAM = "callguard:feed:tokyo"
MANIFEST = "callguard:snapshot:tokyo"


class Police:
    """A source with a clock that can be set, an outbox and a hand."""

    def __init__(self, folder: Path, client: Any) -> None:
        self.source = Source()
        self.client = client
        self.now = NOW
        self.outbox = Outbox(folder / "outbox", "tokyo")
        self.hand = self.another(self.outbox)

    def another(self, outbox: Outbox, **options: Any) -> Publisher:
        return Publisher(self.client, outbox, self.source.key, clock=lambda: self.now, **options)

    def lists(self, *lasts: int) -> None:
        self.now += timedelta(seconds=1)
        self.hand.publish([add(*lasts)])

    def node(self, kept: NodeList | None = None) -> NodeList:
        """What a node has after reading snapshot and stream as they are."""
        kept = kept or NodeList(SourceList("tokyo"))
        trust = self.source.trust()
        found = self.stream()
        if not kept.list.sequence and self.client.exists(MANIFEST):
            manifest = read_manifest(self.client.get(MANIFEST), trust, self.now)
            chunks = [
                self.client.get(f"{MANIFEST}:{manifest.sequence}:{n}")
                for n in range(len(manifest.chunks))
            ]
            kept = apply_snapshot(kept, manifest, chunks, trust).kept
        for (sequence, _), fields in found:
            if BATCH in fields and sequence > kept.list.sequence:
                kept = apply_batch(kept, fields[BATCH], trust, self.now).kept
            elif HEARTBEAT in fields:
                with suppress(ReplayedBatch):
                    kept = apply_heartbeat(kept, fields[HEARTBEAT], trust, self.now).kept
        return kept

    def stream(self) -> Any:
        return entries(self.client.xrange(STREAM))


@pytest.fixture
def police(client: redis.Redis, tmp_path: Path) -> Police:
    return Police(tmp_path, client)


def has(police: Police, *lasts: int) -> bool:
    return set(police.node().enforced()) == {number(last) for last in lasts}


def test_each_batch_follows_on_the_last(police: Police) -> None:
    police.lists(1)
    police.lists(2)
    police.now += timedelta(seconds=1)
    batch = police.hand.publish([remove(1)])
    assert [entry for entry, _ in police.stream()] == [(1, 0), (2, 0), (3, 0)]
    assert has(police, 2)
    assert police.node().list == police.outbox.load()
    assert batch.digest == police.outbox.load().head


def test_listings_are_of_the_moment_of_signing(police: Police) -> None:
    police.hand.publish([add(1, listed_at=NOW - YEAR)])
    assert [group.terms.listed_at for group in police.node().list.groups] == [NOW]


def test_nothing_is_dated_before_what_was_said(police: Police) -> None:
    police.lists(1)
    police.hand.heartbeat(timedelta(minutes=5))
    police.now -= timedelta(minutes=2)  # the clock is set back
    police.hand.publish([add(2)])
    police.hand.heartbeat(timedelta(minutes=5))
    police.now += timedelta(minutes=2)
    assert has(police, 1, 2)


def test_a_clock_far_behind_is_told(police: Police) -> None:
    police.lists(1)
    police.now -= timedelta(hours=1)
    with pytest.raises(FeedError, match=r"the clock of this machine says .*; set it right"):
        police.hand.publish([add(2)])
    assert police.outbox.load().sequence == 1


class TestRights:
    def test_a_category_without_right_is_not_signed(self, police: Police) -> None:
        rights = police.source.trust(categories=frozenset({Category.REFUND}))
        hand = police.another(police.outbox, rights=rights)
        with pytest.raises(BatchError, match="nothing is published: lists fake-police, for which"):
            hand.publish([add(1)])
        assert police.outbox.load().sequence == 0
        hand.publish([add(1, category=Category.REFUND)])
        assert has(police, 1)

    def test_a_key_that_does_not_hold_signs_nothing(self, police: Police) -> None:
        key = source_key(police.source.key, until=NOW)
        hand = police.another(
            police.outbox, rights=police.source.trust(keys={str(police.source.key.kid): key})
        )
        with pytest.raises(TrustError, match="key 2026-11 held until"):
            hand.publish([add(1)])
        assert police.outbox.load().sequence == 0


def test_what_is_beyond_a_limit_is_not_signed(
    police: Police, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callguard.feed.statement.MAX_BYTES", 1_000)
    with pytest.raises(BatchError, match="at most 1000 are accepted"):
        police.hand.publish([add(*range(100))])
    monkeypatch.undo()
    with pytest.raises(BatchError, match="at most 10000 numbers"):
        police.hand.publish([add(span(0, 10_000))])
    assert police.outbox.load().sequence == 0
    assert police.stream() == []


class TestHeartbeat:
    def test_keeps_a_source_fresh(self, police: Police) -> None:
        police.lists(1)
        police.now += timedelta(hours=30)
        police.hand.heartbeat(timedelta(minutes=5))
        assert police.node().fresh_until == police.now + timedelta(minutes=5)

    def test_of_a_source_that_has_said_nothing(self, police: Police) -> None:
        with pytest.raises(FeedError, match="source tokyo has published nothing yet"):
            police.hand.heartbeat(timedelta(minutes=5))
        with pytest.raises(FeedError, match="source tokyo has published nothing yet"):
            police.hand.snapshot()


class TestWhatRedisLost:
    def test_is_published_again_after_a_failover(self, police: Police, client: redis.Redis) -> None:
        police.lists(1)
        before = client.dump(STREAM)
        police.lists(2)
        police.lists(3)
        assert isinstance(before, bytes)
        client.restore(STREAM, 0, before, replace=True)  # the new master had not heard of them
        police.hand.heartbeat(timedelta(minutes=5))
        assert has(police, 1, 2, 3)

    def test_is_published_again_to_an_empty_server(
        self, police: Police, client: redis.Redis
    ) -> None:
        for last in range(5):
            police.lists(last)
        kept = police.node()
        client.flushall()
        police.hand.heartbeat(timedelta(minutes=5))
        assert has(police, *range(5))
        assert police.node(kept).list == kept.list

    def test_comes_as_a_snapshot_if_its_batches_are_gone(
        self, police: Police, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("callguard.feed.outbox.KEPT_BATCHES", 2)
        for last in range(5):
            police.lists(last)
        client.flushall()
        police.hand.heartbeat(timedelta(minutes=5))
        assert has(police, *range(5))

    def test_waits_in_the_outbox_while_redis_is_away(self, police: Police, tmp_path: Path) -> None:
        police.lists(1)
        away = Publisher(
            connect(f"unix://{tmp_path}/none"),
            police.outbox,
            police.source.key,
            clock=lambda: NOW + timedelta(seconds=5),
        )
        with pytest.raises(FeedError, match="batch 2 of source tokyo is signed and kept, and not"):
            away.publish([add(2)])
        police.now = NOW + timedelta(seconds=9)
        police.lists(3)
        assert has(police, 1, 2, 3)


class TestCrash:
    def test_between_a_batch_and_the_list_after_it(
        self, police: Police, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        police.lists(1)

        def power_cut(_: object) -> None:
            raise StoreError("the power is gone")

        monkeypatch.setattr("callguard.blocklist.store.ListStore.save", lambda *_: power_cut(_))
        with pytest.raises(StoreError):
            police.lists(2)
        monkeypatch.undo()
        police.lists(3)
        assert has(police, 1, 2, 3)
        assert police.outbox.load().sequence == 3

    def test_in_the_middle_of_a_batch(self, police: Police) -> None:
        police.lists(1)
        (police.outbox.folder / "2.batch").write_bytes(b"half a ba")
        police.lists(3)
        assert has(police, 1, 3)


class TestAnotherOutbox:
    def test_takes_the_list_over_from_the_feed(self, police: Police, tmp_path: Path) -> None:
        police.lists(1, 2)
        police.hand.snapshot()
        police.lists(3)
        other = police.another(Outbox(tmp_path / "other", "tokyo"))
        police.now += timedelta(seconds=1)
        other.publish([remove(1)])
        assert has(police, 2, 3)

    def test_that_goes_its_own_way_is_told(self, police: Police, tmp_path: Path) -> None:
        police.lists(1)
        other = Outbox(tmp_path / "other", "tokyo")
        police.another(other).current()
        police.lists(2)
        police.now += timedelta(seconds=1)
        with pytest.raises(FeedError, match="has another batch 2 than the outbox"):
            police.another(other).publish([add(9)])

    def test_that_is_behind_is_told(self, police: Police, tmp_path: Path) -> None:
        police.lists(1)
        other = Outbox(tmp_path / "other", "tokyo")
        police.another(other).current()
        police.lists(2)
        with pytest.raises(FeedError, match="another outbox or a stranger has written to it"):
            police.another(other).heartbeat(timedelta(minutes=5))


def test_a_strangers_entry_that_goes_before_is_told(police: Police, client: redis.Redis) -> None:
    police.lists(1)
    client.xadd(STREAM, {"batch": b"junk"}, id="99999-0")
    with pytest.raises(FeedError, match="goes on to entry 99999-0, and 2 is the last batch"):
        police.lists(2)
    client.delete(STREAM)
    police.lists(3)
    assert has(police, 1, 2, 3)


def test_a_stream_that_was_emptied_and_not_deleted_is_told(
    police: Police, client: redis.Redis
) -> None:
    police.lists(1)
    client.xtrim(STREAM, maxlen=0)
    with pytest.raises(FeedError, match="takes in nothing before 1-0 any more: delete callguard"):
        police.lists(2)
    client.delete(STREAM)
    police.lists(3)
    assert has(police, 1, 2, 3)


class TestSnapshot:
    def test_stands_for_all_that_was_before(
        self, police: Police, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "KEPT_BATCHES", 2)
        for last in range(5):
            police.lists(last)
        police.hand.snapshot()
        assert [entry for entry, _ in police.stream()] == [(3, 0), (4, 0), (5, 0)]
        assert has(police, *range(5))

    def test_leaves_the_one_before_readable_for_a_while(
        self, police: Police, client: redis.Redis
    ) -> None:
        police.lists(1)
        police.hand.snapshot()
        police.lists(2)
        police.hand.snapshot()
        assert 0 < int(str(client.ttl(f"{MANIFEST}:1:0"))) <= OLD_CHUNKS_SECONDS
        assert client.ttl(f"{MANIFEST}:2:0") == -1

    def test_is_due_after_many_batches(
        self, police: Police, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "SNAPSHOT_BATCHES", 2)
        assert not police.hand.snapshot_due()
        police.lists(1)
        assert not police.hand.snapshot_due()
        police.lists(2)
        assert police.hand.snapshot_due()
        police.hand.snapshot()
        assert not police.hand.snapshot_due()

    def test_clears_away_the_heartbeats_of_a_quiet_source(self, police: Police) -> None:
        police.lists(1)
        for _ in range(4):
            police.now += timedelta(hours=20)
            police.hand.heartbeat(timedelta(hours=1))
        police.hand.snapshot()
        assert len(police.stream()) == 2
        assert has(police, 1)

    def test_with_a_new_key_lets_nodes_forget_the_old_one(
        self, police: Police, tmp_path: Path
    ) -> None:
        police.lists(1)
        new = Source(kid="2027-01")
        hand = Publisher(police.client, police.outbox, new.key, clock=lambda: police.now)
        police.now += timedelta(seconds=1)
        police.hand.snapshot()
        hand.publish([add(2)])
        assert hand.snapshot_due()
        hand.snapshot()
        police.source = new
        assert has(police, 1, 2)


def test_a_source_may_append_to_its_own_stream_only(
    police: Police, client: redis.Redis, url: str
) -> None:
    client.execute_command(  # type: ignore[no-untyped-call]
        *("ACL", "SETUSER", "osaka", "on", ">secret", "resetchannels", "-@all", "+@read", "+xadd"),
        *("~callguard:feed:osaka",),
    )
    osaka = Publisher(
        connect(url.replace("unix://", "unix://osaka:secret@")), police.outbox, police.source.key
    )
    with pytest.raises(FeedError, match="access rules refuse this"):
        osaka.publish([add(1)])


def test_a_hundred_thousand_numbers_go_into_one_batch(police: Police) -> None:
    police.hand.publish([add(*range(0, 200_000, 2))])
    assert len(police.node(None).list.listed) == 100_000


@pytest.mark.parametrize("clock", [lambda: datetime(2026, 11, 24)])  # noqa: DTZ001
def test_a_time_without_a_zone_signs_nothing(police: Police, clock: Callable[[], datetime]) -> None:
    police.lists(1)
    naive = Publisher(police.client, police.outbox, police.source.key, clock=clock)
    with pytest.raises(TypeError):
        naive.publish([add(2)])
    assert police.outbox.load().sequence == 1


def test_the_outbox_is_not_changed_by_what_is_refused(police: Police) -> None:
    police.lists(1)
    before = replace(police.outbox.load())
    with pytest.raises(BatchError):
        police.hand.publish([add(2, evidence="x" * 201)])
    assert police.outbox.load() == before
