"""What a node refuses, and for what: the statements in ``docs/feed-vectors/refused.json``."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyroaring import BitMap64

from callguard.blocklist.listing import Category
from callguard.blocklist.moments import write_moment
from callguard.blocklist.operation import Add
from callguard.blocklist.source_list import Group, SourceList
from callguard.feed.batch import sign_batch
from callguard.feed.snapshot import sign_snapshot
from callguard.feed.statement import digest

from .police import encoded
from .vectors import DAY, FIXED, MINUTE, START, Told, at, fixed, key, seed, terms

SIGNATURE = 86
"""Characters of a signature in base64url."""


def sealed(payload: bytes, kid: str, secret: str = "", **header: Any) -> bytes:
    """Sign anything with the key *kid*, or with another one (*secret*) in its name."""
    members = {"alg": "Ed25519", "kid": kid, "typ": "callguard-batch+jws", **header}
    first = encoded(json.dumps(members, separators=(",", ":")).encode()) + b"." + encoded(payload)
    signature = Ed25519PrivateKey.from_private_bytes(seed(secret or kid)).sign(first)
    return first + b"." + encoded(signature)


def payload_of(token: bytes) -> dict[str, Any]:
    """Return the content of a statement."""
    text = token.split(b".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    return content


def refusals(tokyo: Told, osaka: Told) -> list[dict[str, Any]]:
    """Return all refusals, as they are written down."""
    return _Refusals(tokyo, osaka).collect()


class _Refusals:
    """Statements with one fault each; *tokyo*'s unless said otherwise."""

    def __init__(self, tokyo: Told, osaka: Told) -> None:
        self.tokyo = tokyo
        self.osaka = osaka
        self.entries: list[dict[str, Any]] = []

    def refuse(
        self,
        code: str,
        why: str,
        token: bytes,
        *,
        kind: str = "batch",
        source: str = "tokyo",
        after: int = 0,
        taken: Sequence[str] = (),
        now: datetime | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> None:
        """Note a statement that a node refuses which has taken in *after* batches, and *taken*."""
        entry = {
            "refused": code,
            "why": why,
            "kind": kind,
            "source": source,
            "taken": [f"{source}/{one}.batch" for one in range(1, after + 1)] + list(taken),
            "now": write_moment(now or at(after + 1)),
            "statement": token.decode(),
        }
        if chunks is not None:
            entry["chunks"] = [base64.b64encode(one).decode() for one in chunks]
        self.entries.append(entry)

    def altered(self, token: bytes, kid: str = "tokyo-1", **changes: Any) -> bytes:
        """Sign the content of *token* with *changes*; ``None`` takes a member away."""
        typ = json.loads(base64.urlsafe_b64decode(token.split(b".")[0] + b"=="))["typ"]
        content = {**payload_of(token), **changes}
        shown = {name: value for name, value in content.items() if value is not None}
        return sealed(json.dumps(shown, separators=(",", ":")).encode(), kid, typ=typ)

    def collect(self) -> list[dict[str, Any]]:
        """Return all of them, in the order of a node's checks."""
        self._statements()
        self._contents()
        self._operations()
        self._chains()
        self._heartbeats()
        self._snapshots()
        return self.entries

    def _statements(self) -> None:
        first = self.tokyo.batches[0]
        content = first.split(b".")[1]
        payload = base64.urlsafe_b64decode(content + b"=" * (-len(content) % 4))
        spare = first[:-1] + bytes([first[-1] + 1])
        refuse = self.refuse
        refuse("form", "an unused bit of the signature's last character is set", spare)
        refuse("form", "base64url with padding", first + b"==")
        refuse("form", "four parts", first + b".")
        refuse("form", "a header with crit", sealed(payload, "tokyo-1", crit=["exp"], exp=1))
        refuse("form", "a header with an unknown member", sealed(payload, "tokyo-1", more=1))
        refuse("form", "no JWS", b"tokyo lists a number")
        typ = "callguard-heartbeat+jws"
        refuse("typ", "a batch that says it is a heartbeat", sealed(payload, "tokyo-1", typ=typ))
        refuse("typ", "a heartbeat for a batch", self.tokyo.heartbeat, after=5)
        refuse("key", "a key that the source does not have", sealed(payload, "tokyo-9"))
        refuse("key", "another source's key", sealed(payload, "osaka-1"))
        refuse("key", "a key that has ended", first, now=START + 30 * DAY)
        refuse("key", "a key that does not hold yet", first, now=START - 31 * DAY)
        refuse("signature", "a stranger's key in its name", sealed(payload, "tokyo-1", "tokyo-9"))
        middle = len(first) // 2
        swapped = b"A" if first[middle : middle + 1] != b"A" else b"B"
        changed = first[:middle] + swapped + first[middle + 1 :]
        refuse("signature", "one character of the content changed", changed)
        old_name = sealed(payload, "tokyo-1", alg="EdDSA")
        refuse("signature", "the old name of the algorithm", old_name)
        unsigned = sealed(payload, "tokyo-1", alg="none")[:-SIGNATURE]
        refuse("signature", "no signature", unsigned)

    def _contents(self) -> None:
        first = self.tokyo.batches[0]
        faults: dict[str, dict[str, Any]] = {
            "another format": {"format": 2},
            "no format": {"format": None},
            "sequence 0": {"sequence": 0},
            "a sequence that is a text": {"sequence": "1"},
            "a sequence of 2^53": {"sequence": 2**53},
            "no source": {"source": None},
            "a time in another form": {"issued": "2026-11-24T03:10:00Z"},
            "a time that there is not": {"issued": "2026-11-31T03:10:00.000Z"},
            "it expires when it is issued": {"expires": write_moment(at(1))},
            "a digest in capitals": {"set": "AB" * 32},
            "a digest of another length": {"previous": "0" * 63},
            "no operations": {"operations": None},
        }
        for why, changes in faults.items():
            self.refuse("content", why, self.altered(first, **changes))
        self.refuse("content", "no JSON", sealed(b"no JSON", "tokyo-1"))
        self.refuse("content", "an array", sealed(b"[]", "tokyo-1"))
        self.refuse("source", "another source's name", self.altered(first, source="osaka"))
        ahead = write_moment(at(1) + 5 * MINUTE + timedelta(milliseconds=1))
        self.refuse("future", "more than 5 minutes ahead", self.altered(first, issued=ahead))
        early = write_moment(START - 30 * DAY - 6 * MINUTE)
        self.refuse("key-time", "before its key held", self.altered(first, issued=early))
        late = START + 30 * DAY
        self.refuse(
            "key-time",
            "when its key has ended",
            self.altered(first, issued=write_moment(late), expires=write_moment(late + DAY)),
            now=late - MINUTE,
        )

    def _operations(self) -> None:
        first = self.tokyo.batches[0]
        on = {"category": "other"}
        for why, operation in {
            "a span of 10,001": {"add": ["+81422990000..+81423000000"], **on},
            "a span that ends before it begins": {"add": ["+81422990002..+81422990001"], **on},
            "a span without an end": {"remove": ["+81422990002.."]},
            "a number of 16 digits": {"add": ["+1234567890123456"], **on},
            "a number without a plus": {"add": ["81422990001"], **on},
            "a number with hyphens": {"add": ["+81-422-99-0001"], **on},
            "a number in other digits": {"add": ["+８１４２２９９０００１"], **on},
            "numbers that are none": {"add": [81422990001], **on},
            "no category": {"add": ["+81422990001"]},
            "an unknown category": {"add": ["+81422990001"], "category": "weather"},
            "neither add nor remove": dict(on),
            "a reference of 201": {"add": ["+81422990001"], "reference": "x" * 201, **on},
            "a reference that is a number": {"add": ["+81422990001"], "reference": 17, **on},
            "half a character in a reference": {
                "add": ["+81422990001"], "reference": "\ud800", **on,
            },
            "an end that is a day": {"add": ["+81422990001"], "until": "2027-05-24", **on},
        }.items():  # fmt: skip
            self.refuse("content", why, self.altered(first, operations=[operation]))
        steps = (Add((fixed(1),), terms(Category.ROBOCALL)),)
        foreign = sign_batch(self.osaka.draft(1, steps), key("osaka-1"))
        self.refuse("category", "the source has no right to list robocall", foreign, source="osaka")

    def _chains(self) -> None:
        told, refuse = self.tokyo, self.refuse
        steps = (Add((fixed(1),), terms(Category.OTHER)),)
        other_second = sign_batch(told.draft(2, steps), key("tokyo-1"))
        refuse("fork", "another batch 2 than the one taken in", other_second, after=2)
        third = told.draft(3, steps)
        elsewhere = sign_batch(replace(third, previous=digest(other_second)), key("tokyo-1"))
        refuse("fork", "it follows on another batch 2", elsewhere, after=2)
        refuse("replay", "batch 2 again", told.batches[1], after=2)
        refuse("replay", "batch 1 after batch 2", told.batches[0], after=2)
        refuse("missing", "batch 3 after batch 1", told.batches[2], after=1, now=at(3))
        refuse("missing", "batch 2 at first", told.batches[1], now=at(2))
        back = replace(told.draft(3, ()), issued_at=at(2) - MINUTE)
        refuse("date", "dated before batch 2", sign_batch(back, key("tokyo-1")), after=2)
        lie = sign_batch(replace(third, set_digest="ab" * 32), key("tokyo-1"))
        refuse("set", "the batch makes another list", lie, after=2)

    def _heartbeats(self) -> None:
        told = self.tokyo
        beat, said_at = told.heartbeat, at(5) + 5 * MINUTE

        def refuse(code: str, why: str, token: bytes, after: int = 5, *taken: str) -> None:
            self.refuse(code, why, token, kind="heartbeat", after=after, taken=taken, now=said_at)

        refuse("replay", "the same heartbeat again", beat, 5, "tokyo/heartbeat")
        as_old = self.altered(beat, "tokyo-2", issued=write_moment(at(5)))
        refuse("replay", "as old as the batch", as_old)
        before = told.lists[4].list
        old = self.altered(beat, "tokyo-2", sequence=4, head=before.head, set=before.digest())
        refuse("replay", "a heartbeat after an earlier batch", old)
        refuse("missing", "batch 5 has not come", beat, 4)
        fork = self.altered(beat, "tokyo-2", head="ab" * 32)
        refuse("fork", "another batch 5 than the one taken in", fork)
        refuse("content", "no head", self.altered(beat, "tokyo-2", head=None))
        refuse("typ", "a batch for a heartbeat", told.batches[4])

    def _snapshots(self) -> None:
        told = self.tokyo
        manifest, [chunk] = told.manifest, told.chunks
        groups = payload_of(manifest)["groups"]
        said_at = at(5) + 6 * MINUTE

        def refuse(
            code: str, why: str, token: bytes, chunks: Sequence[bytes] = (chunk,), after: int = 0
        ) -> None:
            self.refuse(code, why, token, kind="snapshot", chunks=chunks, after=after, now=said_at)

        def altered(**changes: Any) -> bytes:
            return self.altered(manifest, "tokyo-2", **changes)

        refuse("replay", "the node has batch 5", manifest, after=5)
        fork = altered(head="ab" * 32)
        refuse("fork", "another batch 5 than the one taken in", fork, after=5)
        refuse("content", "more chunks than bytes", altered(chunks=["ab" * 32] * 2))
        refuse("content", "a group of no numbers", altered(groups=[{**groups[0], "count": 0}]))
        refuse("chunk", "one bit changed", manifest, [bytes([chunk[0] ^ 1]) + chunk[1:]])
        refuse("chunk", "cut short", manifest, [chunk[:-1]])
        more = {**groups[0], "count": groups[0]["count"] + 1}
        refuse("chunk", "a number less than it says", altered(groups=[more, *groups[1:]]))
        wrong = {**groups[0], "sha256": "ab" * 32}
        refuse("chunk", "another bitmap than it says", altered(groups=[wrong, *groups[1:]]))
        shorter = chunk[: -groups[-1]["bytes"]]
        left_out = altered(groups=groups[:-1], chunks=[hashlib.sha256(shorter).hexdigest()])
        refuse("set", "a group is left out", left_out, [shorter])
        group = Group.of(terms(Category.ROBOCALL), BitMap64([FIXED]))
        one = SourceList.of("osaka", 1, digest(self.osaka.batches[0]), [group])
        foreign, chunks = sign_snapshot(one, said_at, said_at + DAY, key("osaka-1"))
        self.refuse(
            "category",
            "the source has no right to list robocall",
            foreign,
            kind="snapshot",
            source="osaka",
            chunks=chunks,
            now=said_at,
        )
