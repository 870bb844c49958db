"""A batch: what a source changes in its list, in one step; its signed form.

::

    {"format": 1, "source": "tokyo", "sequence": 12, "previous": "<SHA-256 of batch 11>",
     "issued": "2026-11-24T03:00:00.000Z", "expires": "2026-11-24T04:00:00.000Z",
     "operations": [
       {"add": ["+815012345678", "+815012340000..+815012349999"], "category": "fake-police",
        "reference": "A-17", "until": "2027-05-24T03:00:00.000Z"},
       {"remove": ["+81312345678"]}],
     "set": "<digest of the list after this batch>"}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import OKPKey

from ..blocklist.errors import BatchError
from ..blocklist.listing import Terms
from ..blocklist.moments import write_moment
from ..blocklist.operation import Add, Operation, Remove
from ..numbers.typed import MAX_RANGE
from .statement import FORMAT, MALFORMED, Kind, digest, one_line, read_digest, sign, verify
from .trusted_source import SourceTrust


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its source meant it."""

    source: str
    sequence: int
    previous: str
    """The digest of the batch before; 64 zeros for the first."""
    issued_at: datetime
    expires_at: datetime
    operations: tuple[Operation, ...]
    set_digest: str
    """Of the source's list, after this batch."""
    digest: str = ""
    """The SHA-256 of its signed form."""


def sign_batch(batch: Batch, key: OKPKey) -> bytes:
    """Return *batch* in its signed form. ``key`` is the source's private key, with a kid."""
    content = {
        "format": FORMAT,
        "source": batch.source,
        "sequence": batch.sequence,
        "previous": batch.previous,
        "issued": write_moment(batch.issued_at),
        "expires": write_moment(batch.expires_at),
        "operations": [_to_json(operation) for operation in batch.operations],
        "set": batch.set_digest,
    }
    return sign(Kind.BATCH, content, key)


def read_batch(token: bytes, trust: SourceTrust, now: datetime) -> Batch:
    """Check a signed batch and return it.

    Raises:
        BatchError: it is not the source's, not valid, or not within the source's rights.

    """
    statement = verify(token, Kind.BATCH, trust, now)
    where = f"source {trust.name}: batch {statement.sequence}"
    try:
        batch = Batch(
            statement.source,
            statement.sequence,
            read_digest(statement.content["previous"]),
            statement.issued_at,
            statement.expires_at,
            tuple(
                read_operation(entry, statement.issued_at)
                for entry in statement.content["operations"]
            ),
            statement.set_digest,
            digest(token),
        )
    except MALFORMED as error:
        raise BatchError(f"{where}: signed, but not a batch: {one_line(error)}") from error
    check_categories(where, trust, (one.terms for one in batch.operations if isinstance(one, Add)))
    return batch


def check_categories(where: str, trust: SourceTrust, listed: Iterable[Terms]) -> None:
    """Check that the source may list numbers on such terms.

    Raises:
        BatchError: a category is outside its rights.

    """
    for terms in listed:
        if terms.category not in trust.categories:
            raise BatchError(
                f"{where}: lists {terms.category.value}, for which the source has no right"
            )


def _to_json(operation: Operation) -> dict[str, Any]:
    if isinstance(operation, Remove):
        return {"remove": _spans(operation.numbers)}
    terms = operation.terms.to_json()
    del terms["listed"]  # it is the batch's own time
    return {"add": _spans(operation.numbers), **terms}


def read_operation(entry: Mapping[str, Any], issued_at: datetime) -> Operation:
    """Read one operation of a batch that was issued at *issued_at*.

    Raises:
        ValueError: a value is not one; KeyError: one is missing.

    """
    if "remove" in entry:
        return Remove(tuple(_read_span(span) for span in entry["remove"]))
    terms = Terms.from_json({**entry, "listed": write_moment(issued_at)})
    return Add(tuple(_read_span(span) for span in entry["add"]), terms)


def _spans(numbers: Iterable[range]) -> list[str]:
    return [
        f"+{span.start}" if len(span) == 1 else f"+{span.start}..+{span.stop - 1}"
        for span in numbers
    ]


def _read_span(text: str) -> range:
    first_text, dots, last_text = text.partition("..")
    first = _read_number(first_text)
    last = _read_number(last_text) if dots else first
    if not first <= last < first + MAX_RANGE:
        raise ValueError(f"a range from {first} to {last}; at most {MAX_RANGE} numbers, in order")
    return range(first, last + 1)


def _read_number(text: str) -> int:
    digits = text[1:]
    if text[:1] != "+" or not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        raise ValueError(f"{text[:40]!r} is not a number in E.164 form")
    return int(digits)
