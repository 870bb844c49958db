"""A snapshot: a source's whole list, for a node that has not followed it from the beginning.

A signed manifest names the groups of the list and the chunks in which their bitmaps come::

    {"format": 1, "source": "tokyo", "sequence": 12, "head": "<SHA-256 of batch 12>",
     "issued": "2026-11-24T03:10:00.000Z", "expires": "2026-11-24T04:10:00.000Z",
     "set": "<digest of the list>",
     "groups": [{"category": "fake-police", "listed": "2026-11-24T03:00:00.000Z",
                 "reference": "A-17", "count": 10001, "bytes": 57, "sha256": "<of the bitmap>"}],
     "chunks": ["<SHA-256 of the first MiB of all bitmaps, one after the other>"]}
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import OKPKey
from pyroaring import BitMap64

from ..blocklist.errors import BatchError
from ..blocklist.listing import Terms
from ..blocklist.moments import write_moment
from ..blocklist.source_list import MAX_GROUPS, Group, SourceList
from .batch import check_categories
from .statement import FORMAT, MALFORMED, Kind, one_line, read_digest, sign, verify
from .trusted_source import SourceTrust

CHUNK_BYTES = 1024 * 1024
MAX_CHUNKS = 1024
"""Of one snapshot: a gibibyte. A security limit."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot consists of."""

    source: str
    sequence: int
    head: str
    issued_at: datetime
    expires_at: datetime
    set_digest: str
    groups: tuple[tuple[Terms, int, int, str], ...]
    """Of each group: terms, how many numbers, bytes of the bitmap, and its SHA-256."""
    chunks: tuple[str, ...]
    """The SHA-256 of each chunk."""


def sign_snapshot(
    one: SourceList, issued_at: datetime, expires_at: datetime, key: OKPKey
) -> tuple[bytes, list[bytes]]:
    """Return the signed manifest of a source's list, and its chunks."""
    whole = b"".join(group.data for group in one.groups)
    chunks = [whole[start : start + CHUNK_BYTES] for start in range(0, len(whole), CHUNK_BYTES)]
    content: dict[str, Any] = {
        "format": FORMAT,
        "source": one.source,
        "sequence": one.sequence,
        "head": one.head,
        "issued": write_moment(issued_at),
        "expires": write_moment(expires_at),
        "set": one.digest(),
        "groups": [
            {
                **group.terms.to_json(),
                "count": len(group),
                "bytes": len(group.data),
                "sha256": group.digest,
            }
            for group in one.groups
        ],
        "chunks": [hashlib.sha256(chunk).hexdigest() for chunk in chunks],
    }
    return sign(Kind.SNAPSHOT, content, key), chunks


def read_manifest(token: bytes, trust: SourceTrust, now: datetime) -> Manifest:
    """Check a signed manifest and return it.

    Raises:
        BatchError: it is not the source's, not valid, or not within the source's rights.

    """
    statement = verify(token, Kind.SNAPSHOT, trust, now)
    where = f"source {trust.name}: snapshot {statement.sequence}"
    content = statement.content
    try:
        groups = tuple(
            (
                Terms.from_json(group),
                _size(group["count"]),
                _size(group["bytes"]),
                read_digest(group["sha256"]),
            )
            for group in content["groups"]
        )
        chunks = tuple(read_digest(chunk) for chunk in content["chunks"])
        head = read_digest(content["head"])
        total = sum(size for _, _, size, _ in groups)
        if len(groups) > MAX_GROUPS or total > MAX_CHUNKS * CHUNK_BYTES:
            raise ValueError(f"{len(groups)} groups, {total} bytes: too large")
        if len(chunks) != -(-total // CHUNK_BYTES):
            raise ValueError(f"{len(chunks)} chunks for {total} bytes")
    except MALFORMED as error:
        raise BatchError(f"{where}: signed, but not a snapshot: {one_line(error)}") from error
    check_categories(where, trust, (terms for terms, _, _, _ in groups))
    return Manifest(
        statement.source,
        statement.sequence,
        head,
        statement.issued_at,
        statement.expires_at,
        statement.set_digest,
        groups,
        chunks,
    )


def _size(value: object) -> int:
    if type(value) is not int or not 0 < value < 2**53:
        raise ValueError(f"{str(value)[:40]!r} is not a size")
    return value


def assemble(manifest: Manifest, chunks: Sequence[bytes]) -> SourceList:
    """Return the list whose *manifest* has been checked, from its *chunks*.

    No bitmap is read before its digest holds: Roaring's reader can accept damaged ones.

    Raises:
        BatchError: a chunk is missing or damaged, or the whole is not what the manifest says.

    """
    where = f"source {manifest.source}: snapshot {manifest.sequence}"
    if len(chunks) != len(manifest.chunks):
        raise BatchError(f"{where}: {len(chunks)} of {len(manifest.chunks)} chunks")
    for position, (chunk, digest) in enumerate(zip(chunks, manifest.chunks, strict=True)):
        if hashlib.sha256(chunk).hexdigest() != digest:
            raise BatchError(f"{where}: chunk {position} is damaged")
    whole = memoryview(b"".join(chunks))
    groups: list[Group] = []
    listed = BitMap64()
    start = 0
    for terms, count, size, digest in manifest.groups:
        data = bytes(whole[start : start + size])
        start += size
        if hashlib.sha256(data).hexdigest() != digest:
            raise BatchError(f"{where}: the bitmap of group {len(groups)} is damaged")
        try:
            numbers = BitMap64.deserialize(data)
        except ValueError as error:
            raise BatchError(f"{where}: group {len(groups)} is no bitmap") from error
        if len(numbers) != count or numbers.max() > 10**15 - 1:
            raise BatchError(f"{where}: group {len(groups)} is not {count} telephone numbers")
        groups.append(Group(terms, data, digest))
        if not terms.simulated:
            listed |= numbers
    one = SourceList(manifest.source, manifest.sequence, manifest.head, tuple(groups), listed)
    if one.digest() != manifest.set_digest:
        raise BatchError(f"{where}: the list is not the one that was signed")
    return one
