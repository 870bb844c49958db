"""A police source: it signs what it likes, honest or not."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import GENESIS, SourceList
from callguard.feed.batch import Batch, sign_batch
from callguard.feed.heartbeat import Heartbeat, sign_heartbeat
from callguard.feed.snapshot import sign_snapshot
from callguard.feed.statement import Kind, digest
from callguard.feed.trusted_source import SourceKey, SourceTrust

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SILENCE = timedelta(hours=1)
YEAR = timedelta(days=365)
EMPTY_SET = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The set digest of a list without numbers: the SHA-256 of nothing."""


def number(last: int) -> int:
    """Return a fictitious number, 0422-99-0000 and what follows."""
    return 81422990000 + last


def span(first: int, last: int | None = None) -> range:
    return range(number(first), number(first if last is None else last) + 1)


def add(*numbers: int | range, **terms: Any) -> Add:
    """List numbers as fake police, unless *terms* say otherwise."""
    given = {"category": Category.FAKE_POLICE, "listed_at": NOW, **terms}
    return Add(_spans(numbers), Terms(**given))


def remove(*numbers: int | range) -> Remove:
    return Remove(_spans(numbers))


def _spans(numbers: Iterable[int | range]) -> tuple[range, ...]:
    return tuple(one if isinstance(one, range) else span(one) for one in numbers)


def new_key(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid}, private=True)


def public(key: OKPKey) -> OKPKey:
    return OKPKey.import_key({**key.as_dict(private=False), "kid": str(key.kid)})


def source_key(
    key: OKPKey, since: datetime = NOW - YEAR, until: datetime = NOW + YEAR
) -> SourceKey:
    """What a root file says of a key."""
    return SourceKey(public(key), since, until)


class Source:
    """A source with its key, and where its list stands."""

    def __init__(self, name: str = "tokyo", kid: str = "2026-11") -> None:
        self.name = name
        self.key = new_key(kid)
        self.list = SourceList(name)

    def trust(self, **changes: Any) -> SourceTrust:
        """What a node's root says of the source: its key holds a year before ``NOW`` and after."""
        return SourceTrust(
            self.name, **{"keys": {str(self.key.kid): source_key(self.key)}, **changes}
        )

    def signs(self, *operations: Operation, at: datetime = NOW, **changes: Any) -> bytes:
        """Sign the next batch of the chain; *changes* to it are lies."""
        dated = tuple(
            replace(one, terms=replace(one.terms, listed_at=at)) if isinstance(one, Add) else one
            for one in operations
        )
        after = self.list.apply(dated, self.list.sequence + 1, "")
        honest = Batch(
            self.name, after.sequence, self.list.head, at, at + SILENCE, dated, after.digest()
        )
        token = sign_batch(replace(honest, **changes), self.key)
        self.list = replace(after, head=digest(token))
        return token

    def heartbeat(
        self, at: datetime = NOW, silence: timedelta = timedelta(minutes=5), **changes: Any
    ) -> bytes:
        """Sign where the list stands; *changes* to it are lies."""
        honest = Heartbeat(
            self.name, self.list.sequence, self.list.head, at, at + silence, self.list.digest()
        )
        return sign_heartbeat(replace(honest, **changes), self.key)

    def snapshot(self, at: datetime = NOW) -> tuple[bytes, list[bytes]]:
        """Sign the whole list; return manifest and chunks."""
        return sign_snapshot(self.list, at, at + SILENCE, self.key)

    def signs_content(self, kind: Kind = Kind.BATCH, **changes: Any) -> bytes:
        """Sign a first statement with *changes* to its JSON; ``None`` takes a member away."""
        content: dict[str, Any] = {
            "format": 1,
            "source": self.name,
            "sequence": 1,
            "issued": "2026-11-24T03:00:00.000Z",
            "expires": "2026-11-24T04:00:00.000Z",
            "set": EMPTY_SET,
            **_OF_KIND[kind],
            **changes,
        }
        shown = {name: value for name, value in content.items() if value is not None}
        return self.signs_bytes(json.dumps(shown), typ=kind.value)

    def signs_bytes(self, payload: bytes | str, **header: Any) -> bytes:
        """Sign anything, with the header of a batch but for *header*."""
        full = {"alg": "Ed25519", "kid": self.key.kid, "typ": Kind.BATCH.value, **header}
        registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
        return jws.serialize_compact(full, payload, self.key, registry=registry).encode()


_OF_KIND: dict[Kind, dict[str, Any]] = {
    Kind.BATCH: {"previous": GENESIS, "operations": []},
    Kind.HEARTBEAT: {"head": GENESIS},
    Kind.SNAPSHOT: {"head": GENESIS, "groups": [], "chunks": []},
}


def encoded(data: bytes) -> bytes:
    """Write *data* as a part of a JWS."""
    return urlsafe_b64encode(data).rstrip(b"=")
