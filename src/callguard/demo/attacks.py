"""A hostile feed: what somebody who may write to a source's part of Redis can try.

Some attacks need no key of the source's; others suppose that one was stolen, or that the source
itself is wrong. Every one must be refused by each node with one line, and change no list.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import OKPKey
from pyroaring import BitMap64

from ..blocklist.listing import Category, Terms
from ..blocklist.moments import cut, write_moment
from ..blocklist.operation import Add, Operation, Remove
from ..blocklist.roaring import canonical
from ..blocklist.source_list import Group, SourceList
from ..feed.batch import Batch, sign_batch
from ..feed.connect import Client
from ..feed.heartbeat import Heartbeat, sign_heartbeat
from ..feed.outbox import Outbox
from ..feed.publisher import Publisher
from ..feed.snapshot import sign_snapshot
from ..feed.statement import MAX_BYTES, Kind, sign
from ..feed.streams import BATCH, HEARTBEAT, chunk_key, snapshot_key, stream_key

VICTIMS = range(81_422_990_900, 81_422_990_910)
"""Whose calls would be refused, did an attack succeed. Fictitious numbers."""
LAST_PART = 2**64 - 1
"""The highest number of a stream entry id."""


class Mallory:
    """Somebody who writes where one source writes.

    Attributes:
        key: the source's own private key.
        expired: a private key of the source's that does not hold any more.
        outbox: the source's; at least two batches have been published from it.
        clock: the time (aware).

    """

    def __init__(
        self,
        client: Client,
        outbox: Outbox,
        key: OKPKey,
        expired: OKPKey,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.client: Any = client
        self.outbox = outbox
        self.source = outbox.source
        self.key = key
        self.expired = expired
        self.clock = clock

    @property
    def now_listed(self) -> SourceList:
        """The source's list, as its nodes have it."""
        return self.outbox.load()

    def adds(self, category: Category = Category.FAKE_POLICE) -> Add:
        """List the victims."""
        return Add((VICTIMS,), Terms(category, cut(self.clock())))

    def batch(
        self,
        *operations: Operation,
        key: OKPKey | None = None,
        then: SourceList | None = None,
        **changes: Any,
    ) -> bytes:
        """Sign the batch that comes next, or after *then*, with *changes* to its JSON."""
        one = then or self.now_listed
        now = cut(self.clock())
        steps = operations or (self.adds(),)
        after = one.apply(steps, one.sequence + 1, "")
        batch = Batch(
            self.source,
            after.sequence,
            one.head,
            now,
            now + timedelta(hours=1),
            steps,
            after.digest(),
        )
        token = sign_batch(batch, self.key)
        payload = token.split(b".")[1]
        content = json.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        return sign(Kind.BATCH, {**content, **changes}, key or self.key)

    def append(self, token: bytes, field: bytes = BATCH, entry: str = "") -> None:
        """Write an entry where the source's next batch still has its place behind it."""
        self.client.xadd(
            stream_key(self.source), {field: token}, id=entry or f"{self.now_listed.sequence}-*"
        )

    def snapshot(self) -> list[bytes]:
        """Put a snapshot in the place of the source's, two batches on; return its chunks."""
        one, now = self.now_listed, cut(self.clock())
        ahead = SourceList.of(
            self.source,
            one.sequence + 2,
            "ab" * 32,
            [*one.groups, Group.of(self.adds().terms, BitMap64(VICTIMS))],
        )
        manifest, chunks = sign_snapshot(ahead, now, now + timedelta(hours=1), self.key)
        self.put_chunks(chunks)
        self.client.set(snapshot_key(self.source), manifest)
        return chunks

    def put_chunks(self, chunks: list[bytes]) -> None:
        """Write the chunks of that snapshot."""
        for position, chunk in enumerate(chunks):
            self.client.set(chunk_key(self.source, self.now_listed.sequence + 2, position), chunk)

    def gap(self) -> None:
        """Have nodes look for a snapshot: they miss a batch."""
        ahead = SourceList(self.source, self.now_listed.sequence + 1, "cd" * 32)
        self.append(self.batch(then=ahead))


def _stranger(name: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": name}, private=True)


def wrong_key(mallory: Mallory) -> None:
    """Sign with another key, and say that it is the source's."""
    mallory.append(mallory.batch(key=_stranger(str(mallory.key.kid))))


def expired_key(mallory: Mallory) -> None:
    """Sign with a key that the source has given up."""
    mallory.append(mallory.batch(key=mallory.expired))


def unknown_source(mallory: Mallory) -> None:
    """Speak as a source that no root names."""
    mallory.append(mallory.batch(key=_stranger("mallory-1"), source="mallory"))


def foreign_removal(mallory: Mallory) -> None:
    """Take a number off the source's list, as another source."""
    first = next(iter(mallory.now_listed.listed))
    operation = Remove((range(first, first + 1),))
    mallory.append(mallory.batch(operation, key=_stranger("kyoto-1"), source="kyoto"))


def other_name(mallory: Mallory) -> None:
    """Name another source in a statement that the source has signed."""
    mallory.append(mallory.batch(source="kyoto"))


def replay(mallory: Mallory) -> None:
    """Append the source's first batch once more."""
    mallory.append(mallory.outbox.batch(mallory.outbox.batches()[0]))


def rollback(mallory: Mallory) -> None:
    """Sign another batch before the last one, which takes everything off the list."""
    before = SourceList(mallory.source, mallory.now_listed.sequence - 2)
    numbers = mallory.now_listed.listed
    spans = tuple(range(number, number + 1) for number in numbers)
    mallory.append(mallory.batch(Remove(spans), then=before))


def gap(mallory: Mallory) -> None:
    """Leave a batch out."""
    mallory.gap()


def fork(mallory: Mallory) -> None:
    """Sign another batch in the place of the last one."""
    before = SourceList(mallory.source, mallory.now_listed.sequence - 1)
    mallory.append(mallory.batch(then=before))


def fork_before(mallory: Mallory) -> None:
    """Sign a next batch that follows on another history."""
    mallory.append(mallory.batch(previous="ef" * 32))


def forked_heartbeat(mallory: Mallory) -> None:
    """Have a heartbeat name another last batch."""
    _beat(mallory, mallory.now_listed.sequence)


def heartbeat_ahead(mallory: Mallory) -> None:
    """Have a heartbeat name a batch that never came."""
    _beat(mallory, mallory.now_listed.sequence + 3)


def _beat(mallory: Mallory, sequence: int) -> None:
    now = cut(mallory.clock())
    heartbeat = Heartbeat(
        mallory.source, sequence, "ef" * 32, now + timedelta(seconds=1), now + timedelta(days=1),
        mallory.now_listed.digest(),
    )  # fmt: skip
    mallory.append(sign_heartbeat(heartbeat, mallory.key), HEARTBEAT)


def oversized_batch(mallory: Mallory) -> None:
    """Sign more bytes than a node reads."""
    mallory.append(mallory.batch(padding="x" * (MAX_BYTES * 3 // 4)))


def oversized_range(mallory: Mallory) -> None:
    """List a range of more than 10,000 numbers."""
    add = {"add": ["+81422990000..+81423000000"], "category": "fake-police"}
    mallory.append(mallory.batch(operations=[add]))


def foreign_category(mallory: Mallory) -> None:
    """List robocalls, for which the source has no right."""
    mallory.append(mallory.batch(mallory.adds(Category.ROBOCALL)))


def clock_ahead(mallory: Mallory) -> None:
    """Date a batch a day ahead."""
    ahead = write_moment(mallory.clock() + timedelta(days=1))
    until = write_moment(mallory.clock() + timedelta(days=2))
    mallory.append(mallory.batch(issued=ahead, expires=until))


def clock_behind(mallory: Mallory) -> None:
    """Date a batch before the source's last one."""
    mallory.append(mallory.batch(issued=write_moment(mallory.clock() - timedelta(hours=6))))


def wrong_set(mallory: Mallory) -> None:
    """Sign a batch that does not make the list that it names."""
    mallory.append(mallory.batch(set="ab" * 32))


def truncated(mallory: Mallory) -> None:
    """Cut a statement short."""
    mallory.append(mallory.batch()[:-20])


def corrupted(mallory: Mallory) -> None:
    """Change one byte of what was signed."""
    token = bytearray(mallory.batch())
    token[len(token) // 2] ^= 1
    mallory.append(bytes(token))


def junk(mallory: Mallory) -> None:
    """Append what is no statement at all."""
    mallory.append(b"fine", b"weather")


def junk_high_part(mallory: Mallory) -> None:
    """Take the last place before the next batch, so that no heartbeat has one."""
    mallory.append(b"junk", entry=f"{mallory.now_listed.sequence}-{LAST_PART}")


def snapshot_lacks_chunk(mallory: Mallory) -> None:
    """Take a chunk away from a snapshot."""
    mallory.snapshot()
    mallory.client.delete(chunk_key(mallory.source, mallory.now_listed.sequence + 2, 0))
    mallory.gap()


def snapshot_truncated(mallory: Mallory) -> None:
    """Cut a chunk of a snapshot short."""
    mallory.put_chunks([chunk[:-8] for chunk in mallory.snapshot()])
    mallory.gap()


def snapshot_corrupted(mallory: Mallory) -> None:
    """Change one byte of a chunk."""
    mallory.put_chunks([bytes([chunk[0] ^ 1]) + chunk[1:] for chunk in mallory.snapshot()])
    mallory.gap()


def snapshot_shortened(mallory: Mallory) -> None:
    """Put sound bitmaps, which lack numbers, in the place of those that were signed."""
    mallory.snapshot()
    mallory.put_chunks([canonical(BitMap64(VICTIMS[:1]))])
    mallory.gap()


def mass_listing(mallory: Mallory) -> None:
    """List 10,000 numbers at once and more: the source's own mistake, rightly published."""
    terms = Terms(Category.FAKE_POLICE, cut(mallory.clock()))
    numbers = range(VICTIMS.start, VICTIMS.start + 10_000)
    more = range(numbers.stop, numbers.stop + 1_000)
    Publisher(mallory.client, mallory.outbox, mallory.key, clock=mallory.clock).publish(
        [Add((numbers, more), terms)]
    )


Attack = Callable[[Mallory], None]

ATTACKS: tuple[tuple[str, Attack], ...] = (
    ("wrong key", wrong_key),
    ("expired key", expired_key),
    ("unknown source", unknown_source),
    ("another source's name", other_name),
    ("foreign removal", foreign_removal),
    ("replay", replay),
    ("rollback", rollback),
    ("gap", gap),
    ("fork", fork),
    ("fork before the last batch", fork_before),
    ("heartbeat of another history", forked_heartbeat),
    ("heartbeat of a batch that never came", heartbeat_ahead),
    ("oversized batch", oversized_batch),
    ("oversized range", oversized_range),
    ("category outside its rights", foreign_category),
    ("clock ahead", clock_ahead),
    ("clock behind", clock_behind),
    ("list that does not result", wrong_set),
    ("truncated batch", truncated),
    ("corrupted batch", corrupted),
    ("junk", junk),
    ("junk before the next batch", junk_high_part),
    ("snapshot without a chunk", snapshot_lacks_chunk),
    ("truncated snapshot", snapshot_truncated),
    ("corrupted snapshot", snapshot_corrupted),
    ("well-formed truncated snapshot", snapshot_shortened),
    ("mass listing", mass_listing),
)
"""Each attack's name, and what it does. Silence is one too: see a source's heartbeats stop."""
