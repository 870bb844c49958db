"""The signed form of a batch, and how much of it is believed.

A batch is a JSON object in a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037, RFC 9864)::

    {"format": 1, "source": "tokyo", "sequence": 12, "previous": "<sha256 of batch 11>",
     "issued": "2026-11-24T03:00:00+00:00",
     "operations": [
       {"add": ["+815012345678", "+815012340000..+815012349999"], "category": "fake-police",
        "reference": "A-17", "until": "2027-05-24T03:00:00+00:00"},
       {"remove": ["+81312345678"]}]}

Nothing of a batch is believed, and nothing but its key id read, before its signature holds.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ..numbers.typed import MAX_RANGE
from .batch import Add, Batch, Operation, Remove
from .errors import BatchError
from .listing import Category, Terms

FORMAT = 1
MAX_BYTES = 16 * 1024 * 1024
"""Of one signed batch: a million numbers take about 15 MiB. A security limit."""
MAX_REFERENCE = 200
"""Characters of an evidence reference."""

_ALGORITHM = "Ed25519"  # RFC 9864; RFC 8037 called it EdDSA

_REGISTRY = jws.JWSRegistry(algorithms=[_ALGORITHM])
_REGISTRY.max_payload_length = MAX_BYTES  # joserfc's own limit is a list of 6,000 numbers


def sign(batch: Batch, key: OKPKey) -> bytes:
    """Return *batch* in its signed form. ``key`` is the source's private key, with a ``kid``."""
    payload = json.dumps(_to_json(batch), ensure_ascii=False, separators=(",", ":")).encode()
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": "callguard-batch+jws"}
    return jws.serialize_compact(header, payload, key, registry=_REGISTRY).encode()


def digest(token: bytes) -> str:
    """Return the name of a signed batch: the SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(token).hexdigest()


def verify(token: bytes, source: str, keys: Mapping[str, OKPKey]) -> Batch:
    """Check a signed batch against *keys* (by ``kid``) of *source* and return it.

    Raises:
        BatchError: the signature does not hold, the key is not the source's, or the content is
            not a batch of this format; the message says which.

    """
    where = f"source {source}"
    if len(token) > MAX_BYTES:
        raise BatchError(
            f"{where}: a batch of {len(token)} bytes; at most {MAX_BYTES} are accepted"
        )

    def key_of(signed: Any) -> OKPKey:
        kid = signed.headers().get("kid")
        key = keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise BatchError(f"{where}: signed with key {str(kid)[:64]!r}, which is not its own")
        return key

    try:
        signed = jws.deserialize_compact(token, key_of, registry=_REGISTRY)
    except BatchError:
        raise
    except (JoseError, ValueError, TypeError) as error:
        raise BatchError(f"{where}: the signature does not hold ({_one_line(error)})") from error
    try:
        content = json.loads(signed.payload)
        batch = _from_json(content, digest(token))
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise BatchError(f"{where}: signed, but not a batch: {_one_line(error)}") from error
    if batch.source != source:
        raise BatchError(f"{where}: a batch of {batch.source[:64]!r} in its stream")
    return batch


def _one_line(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no {error.args[0]}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _to_json(batch: Batch) -> dict[str, Any]:
    operations: list[dict[str, Any]] = []
    for operation in batch.operations:
        if isinstance(operation, Remove):
            operations.append({"remove": _spans(operation.numbers)})
            continue
        terms = operation.terms
        entry: dict[str, Any] = {"add": _spans(operation.numbers), "category": terms.category.value}
        if terms.evidence:
            entry["reference"] = terms.evidence
        if terms.until is not None:
            entry["until"] = terms.until.isoformat()
        if terms.simulated:
            entry["simulated"] = True
        operations.append(entry)
    return {
        "format": FORMAT,
        "source": batch.source,
        "sequence": batch.sequence,
        "previous": batch.previous,
        "issued": batch.issued_at.isoformat(),
        "operations": operations,
    }


def _from_json(content: Mapping[str, Any], name: str) -> Batch:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}; this version reads {FORMAT}")
    sequence = content["sequence"]
    if type(sequence) is not int or not 0 < sequence < 2**63:
        raise ValueError(f"sequence {sequence!r}")
    issued_at = _moment(content["issued"])
    return Batch(
        source=str(content["source"]),
        sequence=sequence,
        previous=str(content["previous"]),
        issued_at=issued_at,
        operations=tuple(_operation(entry, issued_at) for entry in content["operations"]),
        digest=name,
    )


def _operation(entry: Mapping[str, Any], issued_at: datetime) -> Operation:
    if "remove" in entry:
        return Remove(tuple(_read_span(span) for span in entry["remove"]))
    reference = str(entry.get("reference", ""))
    if len(reference) > MAX_REFERENCE:
        raise ValueError(f"a reference of {len(reference)} characters; at most {MAX_REFERENCE}")
    terms = Terms(
        category=Category(entry["category"]),
        listed_at=issued_at,
        until=_moment(entry["until"]) if "until" in entry else None,
        evidence=reference,
        simulated=entry.get("simulated", False) is True,
    )
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


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)
