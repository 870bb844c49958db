"""What a stranger or a source gone wrong would put into a stream: each must change nothing.

The worst is taken for granted: whoever forges writes to the stream as Redis's administrator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from joserfc.jwk import OKPKey

from ..blocklist.listing import Category, Terms
from ..blocklist.moments import cut
from ..blocklist.operation import Add, Operation
from ..blocklist.source_list import SourceList
from ..feed.batch import Batch, sign_batch

VICTIM = 81422999111
"""0422-99-9111, which no source lists."""


@dataclass(frozen=True, slots=True)
class Target:
    """A source's list as last published, and its key: what an honest next batch is made from."""

    list: SourceList
    key: OKPKey

    def batch(self, *, category: Category = Category.FAKE_POLICE, numbers: int = 1) -> Batch:
        """Return an honest next batch."""
        now = cut(datetime.now(UTC))
        spans = (range(VICTIM, VICTIM + numbers),)
        steps: tuple[Operation, ...] = (Add(spans, Terms(category, now)),)
        after = self.list.apply(steps, self.list.sequence + 1, "")
        return Batch(
            self.list.source,
            after.sequence,
            self.list.head,
            now,
            now + timedelta(days=1),
            steps,
            after.digest(),
        )


def _stranger(name: str | None) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": name} if name else None, private=True)


def _wrong_key(target: Target) -> bytes:
    return sign_batch(target.batch(), _stranger(str(target.key.kid)))


def _unknown_key(target: Target) -> bytes:
    return sign_batch(target.batch(), _stranger("stranger"))


def _tampered(target: Target) -> bytes:
    header, payload, signature = sign_batch(target.batch(), target.key).split(b".")
    middle = len(payload) // 2
    swapped = b"A" if payload[middle : middle + 1] != b"A" else b"B"
    return b".".join([header, payload[:middle] + swapped + payload[middle + 1 :], signature])


def _truncated(target: Target) -> bytes:
    return sign_batch(target.batch(), target.key)[:-40]


def _foreign(target: Target) -> bytes:
    return sign_batch(replace(target.batch(), source="somebody-else"), target.key)


def _gap(target: Target) -> bytes:
    batch = target.batch()
    return sign_batch(replace(batch, sequence=batch.sequence + 4), target.key)


def _fork(target: Target) -> bytes:
    return sign_batch(replace(target.batch(), previous="ab" * 32), target.key)


def _wrong_set(target: Target) -> bytes:
    return sign_batch(replace(target.batch(), set_digest="cd" * 32), target.key)


def _future(target: Target) -> bytes:
    batch = target.batch()
    return sign_batch(replace(batch, issued_at=batch.issued_at + timedelta(hours=1)), target.key)


def _category(target: Target) -> bytes:
    return sign_batch(target.batch(category=Category.ROBOCALL), target.key)


def _range(target: Target) -> bytes:
    return sign_batch(target.batch(numbers=20_000), target.key)


FORGERIES: Mapping[str, Callable[[Target], bytes]] = {
    "another key under the source's key id": _wrong_key,
    "an unknown key": _unknown_key,
    "one character changed": _tampered,
    "cut short": _truncated,
    "another source's name": _foreign,
    "three batches left out": _gap,
    "a second history": _fork,
    "another set than it says": _wrong_set,
    "an hour ahead of time": _future,
    "a category without the right": _category,
    "a range of 20,000": _range,
}
