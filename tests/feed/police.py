"""A police source: it signs what it likes, honest or not."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callguard.blocklist.batch import GENESIS, Add, Batch, Operation, Remove
from callguard.blocklist.signing import digest, sign
from joserfc import jws
from joserfc.jwk import OKPKey

from callguard.blocklist.listing import Category, Terms

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


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


def _spans(numbers: tuple[int | range, ...]) -> tuple[range, ...]:
    return tuple(one if isinstance(one, range) else span(one) for one in numbers)


class Source:
    """A source with its key, and where its chain of batches stands."""

    def __init__(self, name: str = "tokyo", kid: str = "2026-11") -> None:
        self.name = name
        self.key = OKPKey.generate_key("Ed25519", {"kid": kid}, private=True)
        self.sequence = 0
        self.head = GENESIS

    @property
    def keys(self) -> Mapping[str, OKPKey]:
        """What a node that trusts the source knows of its keys."""
        public = {**self.key.as_dict(private=False), "kid": str(self.key.kid)}
        return {str(self.key.kid): OKPKey.import_key(public)}

    def signs(self, *operations: Operation, at: datetime = NOW) -> bytes:
        """Sign the next batch of the chain."""
        batch = Batch(self.name, self.sequence + 1, self.head, at, operations)
        token = sign(batch, self.key)
        self.sequence, self.head = batch.sequence, digest(token)
        return token

    def signs_content(self, **changes: Any) -> bytes:
        """Sign a first batch with *changes* to its JSON; ``None`` takes a member away."""
        content: dict[str, Any] = {
            "format": 1,
            "source": self.name,
            "sequence": 1,
            "previous": GENESIS,
            "issued": NOW.isoformat(),
            "operations": [{"add": ["+81422990001"], "category": "fake-police"}],
            **changes,
        }
        return self.signs_bytes(
            json.dumps({name: value for name, value in content.items() if value is not None})
        )

    def signs_bytes(self, payload: bytes | str, **header: Any) -> bytes:
        """Sign anything, with a header that is right but for *header*."""
        full = {"alg": "Ed25519", "kid": self.key.kid, **header}
        return jws.serialize_compact(full, payload, self.key, algorithms=["Ed25519"]).encode()


def encoded(data: bytes) -> bytes:
    """Write *data* as a part of a JWS."""
    return urlsafe_b64encode(data).rstrip(b"=")
