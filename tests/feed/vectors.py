"""What the sources of ``docs/feed-vectors`` say, honestly, and what a node makes of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import SourceList
from callguard.feed.batch import Batch, sign_batch
from callguard.feed.chain import apply_batch
from callguard.feed.heartbeat import Heartbeat, sign_heartbeat
from callguard.feed.snapshot import sign_snapshot
from callguard.feed.trusted_source import SourceKey, SourceTrust

from .police import encoded

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FIXED = 81422990000
"""0422-99-0000 and what follows: fictitious, as 050-9999-0000 and 1 202-555-0100 are."""
IP = 815099990000


def seed(kid: str) -> bytes:
    return hashlib.sha256(f"callguard test vectors, key {kid}: trust it nowhere".encode()).digest()


def jwk(kid: str) -> dict[str, str]:
    private = Ed25519PrivateKey.from_private_bytes(seed(kid))
    raw = {"x": private.public_key().public_bytes_raw(), "d": private.private_bytes_raw()}
    text = {name: encoded(value).decode() for name, value in raw.items()}
    return {"kty": "OKP", "crv": "Ed25519", **text, "kid": kid}


def key(kid: str) -> OKPKey:
    """Return a private key that everybody knows."""
    return OKPKey.import_key(dict(jwk(kid)))


def _trusted(kid: str, since: datetime, until: datetime) -> tuple[str, SourceKey]:
    public = {name: value for name, value in jwk(kid).items() if name != "d"}
    return kid, SourceKey(OKPKey.import_key(dict(public)), since, until)


TOKYO = SourceTrust(
    "tokyo",
    dict(
        [
            _trusted("tokyo-1", START - 30 * DAY, START + 30 * DAY),
            _trusted("tokyo-2", START - DAY, START + 365 * DAY),
        ]
    ),
)
OSAKA = SourceTrust(
    "osaka",
    dict([_trusted("osaka-1", START - 30 * DAY, START + 365 * DAY)]),
    categories=frozenset({Category.REFUND}),
)
SOURCES = {one.name: one for one in (TOKYO, OSAKA)}


def at(batch: int) -> datetime:
    """When batch *batch* is issued."""
    return START + batch * 10 * MINUTE


def fixed(first: int, last: int | None = None) -> range:
    return range(FIXED + first, FIXED + (first if last is None else last) + 1)


def terms(category: Category, **terms: Any) -> Terms:
    return Terms(category, START, **terms)


CHAINS: Mapping[str, Sequence[tuple[str, tuple[Operation, ...]]]] = {
    "tokyo": [
        (
            "tokyo-1",
            (Add((fixed(110), fixed(200, 299)), terms(Category.FAKE_POLICE, evidence="A-17")),),
        ),
        (
            "tokyo-1",
            (
                Add((fixed(300, 302),), terms(Category.REFUND, until=START + 180 * DAY)),
                Add(
                    (fixed(110), fixed(111)),
                    terms(Category.ROBOCALL, evidence='警視庁 "B"\\7\n\x1f', simulated=True),
                ),
            ),
        ),
        (
            "tokyo-1",
            (
                Remove((fixed(110), fixed(250, 259), fixed(999))),
                Add(
                    (fixed(400), fixed(401), fixed(402), range(12025550123, 12025550124)),
                    terms(Category.OTHER),
                ),
            ),
        ),
        ("tokyo-2", (Add((range(IP, IP + 10_000),), terms(Category.FORWARDER_STOCK)),)),
        (
            "tokyo-2",
            (
                Remove((fixed(300, 302), range(IP, IP + 9_000))),
                Add((fixed(210, 219),), terms(Category.PRECURSOR)),
            ),
        ),
    ],
    "osaka": [
        ("osaka-1", (Add((fixed(500),), terms(Category.REFUND)),)),
        ("osaka-1", (Remove((fixed(500),)),)),
    ],
}


@dataclass
class Told:
    """What one source says, honestly, and what a node makes of it."""

    name: str
    lists: list[NodeList] = field(default_factory=list)
    """After each batch; the first is empty."""
    batches: list[bytes] = field(default_factory=list)
    kids: list[str] = field(default_factory=list)
    heartbeat: bytes = b""
    manifest: bytes = b""
    chunks: list[bytes] = field(default_factory=list)

    @property
    def trust(self) -> SourceTrust:
        return SOURCES[self.name]

    def draft(self, sequence: int, steps: Iterable[Operation]) -> Batch:
        """Return batch *sequence* with other operations than it has, or the next one."""
        before = self.lists[sequence - 1].list
        issued_at = at(sequence)
        dated = tuple(
            replace(one, terms=replace(one.terms, listed_at=issued_at))
            if isinstance(one, Add)
            else one
            for one in steps
        )
        after = before.apply(dated, sequence, "")
        return Batch(
            self.name, sequence, before.head, issued_at, issued_at + DAY, dated, after.digest()
        )


def tell(name: str) -> Told:
    """Sign all that source *name* says."""
    told = Told(name, [NodeList(SourceList(name))])
    for sequence, (kid, steps) in enumerate(CHAINS[name], 1):
        token = sign_batch(told.draft(sequence, steps), key(kid))
        step = apply_batch(told.lists[-1], token, told.trust, at(sequence))
        told.batches.append(token)
        told.kids.append(kid)
        told.lists.append(step.kept)
    last = told.lists[-1].list
    said_at = at(last.sequence) + 5 * MINUTE
    until = said_at + 15 * MINUTE
    beat = Heartbeat(name, last.sequence, last.head, said_at, until, last.digest())
    told.heartbeat = sign_heartbeat(beat, key(told.kids[-1]))
    said_at += MINUTE
    told.manifest, told.chunks = sign_snapshot(last, said_at, said_at + DAY, key(told.kids[-1]))
    return told
