"""Publishing: a source signs what it says, keeps it, and fills its part of Redis from that."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from joserfc.jwk import OKPKey

from ..blocklist.errors import BatchError, FeedError, ReplayedBatch
from ..blocklist.moments import cut, write_moment
from ..blocklist.node_list import NodeList
from ..blocklist.operation import Add, Operation
from ..blocklist.source_list import SourceList
from . import chain
from .batch import Batch, check_categories, sign_batch
from .connect import FAULTS, Client, explain
from .heartbeat import Heartbeat, sign_heartbeat
from .outbox import KEPT_BATCHES, Outbox
from .snapshot import read_manifest, sign_snapshot
from .statement import CLOCK_SKEW, digest
from .streams import (
    BATCH,
    HEARTBEAT,
    EntryId,
    batch_id,
    chunk_key,
    entries,
    heartbeat_id,
    read_id,
    snapshot_key,
    stream_key,
    write_id,
)
from .trusted_source import SourceKey, SourceTrust

SILENCE = timedelta(hours=24)
"""How long a batch stands alone before the source counts as stale; heartbeats say their own."""
SNAPSHOT_BATCHES = 100
"""After so many batches a new snapshot is due: a node that begins reads no more than these."""
OLD_CHUNKS_SECONDS = 600
"""How long a node that is reading the snapshot of before may still find its chunks."""


class Publisher:
    """One source's hand on its part of Redis.

    ``key`` is its private key, with a kid. ``rights`` are what the root says of the source, if it
    is known here: what every node would refuse is then not signed.
    """

    def __init__(
        self,
        client: Client,
        outbox: Outbox,
        key: OKPKey,
        rights: SourceTrust | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client: Any = client
        self._outbox = outbox
        self._source = outbox.source
        self._key = key
        self._rights = rights
        self._clock = clock
        public = {**key.as_dict(private=False), "kid": str(key.kid)}
        always = SourceKey(
            OKPKey.import_key(public),
            datetime.min.replace(tzinfo=UTC) + timedelta(days=1),
            datetime.max.replace(tzinfo=UTC),
        )
        self._trust = SourceTrust(self._source, {str(key.kid): always})

    def current(self) -> SourceList:
        """Return the source's list as it stands.

        Raises:
            StoreError: the outbox is damaged.
            FeedError: the outbox is new, and Redis, from which it takes the list over, is away.

        """
        with self._outbox.locked():
            return self._current()

    def publish(self, operations: Iterable[Operation], silence: timedelta = SILENCE) -> Batch:
        """Sign a batch, keep it, and append it to the stream; return it.

        All its listings are of the moment at which it is signed, whatever their terms say.

        Raises:
            BatchError: it goes beyond a limit or the source's rights, and is not signed.
            TrustError: the key does not hold for the nodes, and nothing is signed.
            StoreError: the outbox does not take it, and it is not signed.
            FeedError: it is signed and kept, and Redis does not take it now; whatever is published
                next takes it along.

        """
        with self._outbox.locked():
            one = self._current()
            issued_at = self._moment()
            steps = tuple(
                replace(step, terms=replace(step.terms, listed_at=issued_at))
                if isinstance(step, Add)
                else step
                for step in operations
            )
            self._check_rights(steps, issued_at)
            sequence = one.sequence + 1
            batch = Batch(
                self._source,
                sequence,
                one.head,
                issued_at,
                cut(issued_at + silence),
                steps,
                one.apply(steps, sequence, "").digest(),
            )
            token = sign_batch(batch, self._key)
            # What no node would take in must not become a link of the chain.
            after = chain.apply_batch(NodeList(one), token, self._trust, issued_at).kept.list
            self._outbox.keep(after, token)
            self._outbox.note_said(issued_at)
            try:
                self._fill(after)
            except FeedError as error:
                raise FeedError(
                    f"batch {sequence} of source {self._source} is signed and kept, and not "
                    f"yet published; whatever is published next takes it along. {error}"
                ) from error
        return replace(batch, digest=after.head)

    def heartbeat(self, silence: timedelta) -> Heartbeat:
        """Say that the source is there, and fill Redis with what it has lost.

        Raises:
            FeedError: nothing has been published yet, or Redis does not take it.

        """
        with self._outbox.locked():
            one = self._published()
            self._fill(one)
            issued_at = self._moment()
            heartbeat = Heartbeat(
                self._source,
                one.sequence,
                one.head,
                issued_at,
                cut(issued_at + silence),
                one.digest(),
            )
            token = sign_heartbeat(heartbeat, self._key)
            self._outbox.note_said(issued_at)
            self._do(
                "xadd",
                stream_key(self._source),
                {HEARTBEAT: token},
                id=heartbeat_id(one.sequence, issued_at),
            )
            return heartbeat

    def snapshot(self, silence: timedelta = SILENCE) -> int:
        """Publish the whole list, trim the stream to what is still needed; return its bytes.

        Raises:
            FeedError: nothing has been published yet, or Redis does not take it.

        """
        with self._outbox.locked():
            one = self._published()
            self._fill(one)
            return self._put_snapshot(one, silence)

    def _published(self) -> SourceList:
        one = self._current()
        if not one.sequence:
            raise FeedError(f"source {self._source} has published nothing yet")
        return one

    def _moment(self) -> datetime:
        """Return the time of what is said now: later than all that has been said.

        Nodes refuse what is dated before what they have heard.
        """
        now = cut(self._clock())
        said = self._outbox.said_at()
        if said is None or now > said:
            return now
        if said > now + CLOCK_SKEW:
            raise FeedError(
                f"source {self._source} has spoken at {write_moment(said)}, and the clock of this "
                f"machine says {write_moment(now)}; set it right"
            )
        return said + timedelta(milliseconds=1)

    def _check_rights(self, steps: Iterable[Operation], now: datetime) -> None:
        if self._rights is None:
            return
        self._rights.key(str(self._key.kid), now)
        check_categories(
            "nothing is published",
            self._rights,
            (step.terms for step in steps if isinstance(step, Add)),
        )

    def snapshot_due(self) -> bool:
        """Tell whether the snapshot in Redis is far behind, missing, or not signed with this key.

        Raises:
            FeedError: Redis cannot be reached.

        """
        one = self._outbox.load()
        manifest = self._do("get", snapshot_key(self._source))
        if manifest is None:
            return one.sequence >= SNAPSHOT_BATCHES
        try:
            sequence = read_manifest(manifest, self._trust, self._clock()).sequence
        except FeedError:
            return True  # nodes will not believe it for long: its key goes
        return one.sequence - sequence >= SNAPSHOT_BATCHES

    def _put_snapshot(self, one: SourceList, silence: timedelta) -> int:
        issued_at = self._moment()
        before = self._do("get", snapshot_key(self._source))
        self._outbox.note_said(issued_at)
        manifest, chunks = sign_snapshot(one, issued_at, cut(issued_at + silence), self._key)
        for position, chunk in enumerate(chunks):
            # The chunks come first: who sees the manifest finds them all.
            self._do("set", chunk_key(self._source, one.sequence, position), chunk)
        self._do("set", snapshot_key(self._source), manifest)
        self._let_go(before, one.sequence)
        oldest: EntryId = (max(one.sequence - KEPT_BATCHES, 0), 0)
        yesterday = int((issued_at - timedelta(days=1)).timestamp() * 1000)
        oldest = max(oldest, self._heartbeats_before(one.sequence, yesterday))
        self._do("xtrim", stream_key(self._source), minid=write_id(oldest), approximate=False)
        return len(manifest) + sum(len(chunk) for chunk in chunks)

    def _heartbeats_before(self, sequence: int, milliseconds: int) -> EntryId:
        """Return where to trim when a quiet source's heartbeats have piled up for a day."""
        first = entries(
            self._do(
                "xrange", stream_key(self._source), f"{sequence}-1", f"{sequence}-{milliseconds}",
                count=1,
            )
        )  # fmt: skip
        return (sequence, milliseconds) if first else (0, 0)

    def _let_go(self, manifest: bytes | None, sequence: int) -> None:
        if manifest is None:
            return
        try:
            old = read_manifest(manifest, self._trust, self._clock())
        except FeedError:
            return  # of another key, or no manifest: not ours to know its chunks
        if old.sequence != sequence:
            for position in range(len(old.chunks)):
                key = chunk_key(self._source, old.sequence, position)
                self._do("expire", key, OLD_CHUNKS_SECONDS)

    def _current(self) -> SourceList:
        """Return the list as last signed; a new outbox takes it over from the feed."""
        one = self._outbox.load()
        newest = self._outbox.batches()[-1:] or [0]
        if newest[0] == one.sequence + 1:
            # The power went between the batch and the list after it.
            token = self._outbox.batch(newest[0])
            try:
                one = chain.apply_batch(NodeList(one), token, self._trust, self._clock()).kept.list
            except BatchError:
                return one  # half a file: it has never been signed
            self._outbox.keep(one)
        return one if one.sequence else self._recover(one)

    def _recover(self, one: SourceList) -> SourceList:
        """Take over from Redis what this key has signed before, on another machine."""
        now = self._clock()
        kept = NodeList(one)
        manifest = self._do("get", snapshot_key(self._source))
        if manifest is not None:
            snapshot = read_manifest(manifest, self._trust, now)
            chunks = [
                self._do("get", chunk_key(self._source, snapshot.sequence, position)) or b""
                for position in range(len(snapshot.chunks))
            ]
            kept = chain.apply_snapshot(kept, snapshot, chunks, self._trust).kept
        for _, fields in entries(self._do("xrange", stream_key(self._source))):
            if BATCH in fields:
                try:
                    kept = chain.apply_batch(kept, fields[BATCH], self._trust, now).kept
                except ReplayedBatch:
                    continue
                self._outbox.keep(kept.list, fields[BATCH])
        if kept.list.sequence:
            self._outbox.keep(kept.list)
        return kept.list

    def _fill(self, one: SourceList) -> None:
        """Append to the stream what it lacks: all that Redis has lost, and what is new."""
        key = stream_key(self._source)
        last = entries(self._do("xrevrange", key, count=1))
        reached = last[0][0][0] if last else 0
        if reached > one.sequence:
            raise FeedError(
                f"the stream of source {self._source} goes on to entry {write_id(last[0][0])}, "
                f"and {one.sequence} is the last batch in the outbox {self._outbox.folder}: "
                "another outbox or a stranger has written to it. Once it is clear who, delete "
                f"{key} in Redis, and publish again"
            )
        if reached:
            self._check_same(reached)
        else:
            self._check_new(one)
        kept = [sequence for sequence in self._outbox.batches() if sequence > reached]
        missing = one.sequence > reached and kept[:1] != [reached + 1]
        if missing:
            self._put_snapshot(one, SILENCE)
        for sequence in kept:
            self._do("xadd", key, {BATCH: self._outbox.batch(sequence)}, id=batch_id(sequence))

    def _check_new(self, one: SourceList) -> None:
        """Check that a stream without entries takes the first: Redis remembers how far it went."""
        key = stream_key(self._source)
        try:
            last = read_id(self._client.xinfo_stream(key)["last-generated-id"])
        except redis.ResponseError:
            return  # there is no such key
        except FAULTS as error:
            raise explain(error) from error
        if one.sequence and last >= (min(self._outbox.batches(), default=one.sequence), 0):
            raise FeedError(
                f"the stream of source {self._source} was emptied, and Redis takes in nothing "
                f"before {write_id(last)} any more: delete {key} in Redis, and publish again"
            )

    def _check_same(self, sequence: int) -> None:
        """Compare the last batch that Redis has with the one that was signed."""
        key = stream_key(self._source)
        found = entries(self._do("xrange", key, batch_id(sequence), batch_id(sequence), count=1))
        if not found or sequence not in self._outbox.batches():
            return
        if digest(found[0][1].get(BATCH, b"")) != digest(self._outbox.batch(sequence)):
            raise FeedError(
                f"the stream of source {self._source} has another batch {sequence} than the outbox "
                f"{self._outbox.folder}: two have published in its name. Once it is clear which is "
                f"right, delete {key} in Redis, and publish again from that outbox"
            )

    def _do(self, command: str, *arguments: Any, **options: Any) -> Any:
        try:
            return getattr(self._client, command)(*arguments, **options)
        except FAULTS as error:
            raise explain(error) from error
