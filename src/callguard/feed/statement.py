"""A signed statement: the envelope of everything that a source says.

A statement is a JSON object in a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037, RFC 9864).
Its kind is in the header ``typ``, so that no statement can be taken for one of another kind.
Nothing of it is believed, and nothing but its key id read, before its signature holds.
"""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ..blocklist.errors import BatchError, TrustError
from ..blocklist.moments import read_moment
from .trusted_source import SourceTrust

FORMAT = 1
MAX_BYTES = 16 * 1024 * 1024
"""Of one signed statement. A security limit: a million numbers take about 15 MiB."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far a source's clock may be ahead of a node's."""

_ALGORITHM = "Ed25519"  # RFC 9864; RFC 8037 called it EdDSA

_REGISTRY = jws.JWSRegistry(algorithms=[_ALGORITHM])
_REGISTRY.max_payload_length = MAX_BYTES  # joserfc's own limit is a list of 6,000 numbers


class Kind(StrEnum):
    """The kinds of statement, by their ``typ``."""

    BATCH = "callguard-batch+jws"
    SNAPSHOT = "callguard-snapshot+jws"
    HEARTBEAT = "callguard-heartbeat+jws"


@dataclass(frozen=True, slots=True)
class Statement:
    """What every statement says, and the rest of its content."""

    source: str
    sequence: int
    issued_at: datetime
    expires_at: datetime
    """Until when a node may take silence for "nothing new"."""
    set_digest: str
    """Of the source's list, after its batch ``sequence``."""
    content: Mapping[str, Any]


def sign(kind: Kind, content: Mapping[str, Any], key: OKPKey) -> bytes:
    """Return *content* as a signed statement. ``key`` is the source's private key, with a kid."""
    payload = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": kind.value}
    return jws.serialize_compact(header, payload, key, registry=_REGISTRY).encode()


def digest(token: bytes) -> str:
    """Return the name of a statement: the SHA-256 of its signed bytes, in hexadecimal."""
    return hashlib.sha256(token).hexdigest()


def peek(token: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return header and content of a statement, whether its signature holds or not.

    Raises:
        ValueError, KeyError, TypeError and others of ``MALFORMED``: it is none.

    """
    header, content, _ = token.split(b".")
    return _decode(header), _decode(content)


def _decode(part: bytes) -> Mapping[str, Any]:
    content = json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(content, dict):
        raise TypeError("not a JSON object")
    return content


def verify(token: bytes, kind: Kind, trust: SourceTrust, now: datetime) -> Statement:
    """Check a statement of the source that *trust* describes, and return it.

    Raises:
        TrustError: the key is not the source's, or does not hold at *now*.
        BatchError: the signature does not hold; the content is not a statement of this format; or
            its date is in the future, or outside the key's. The message names the source, and
            says which.

    """
    where = f"source {trust.name}"
    what = kind.name.lower()
    if len(token) > MAX_BYTES:
        raise BatchError(
            f"{where}: a {what} of {len(token)} bytes; at most {MAX_BYTES} are accepted"
        )

    def key_of(signed: Any) -> OKPKey:
        header = signed.headers()
        if header.get("typ") != kind.value:
            raise BatchError(f"{where}: {str(header.get('typ'))[:64]!r} where a {what} belongs")
        return trust.key(str(header.get("kid"))[:64], now)

    try:
        signed = jws.deserialize_compact(token, key_of, registry=_REGISTRY)
    except (BatchError, TrustError):
        raise
    except (JoseError, ValueError, TypeError) as error:
        raise BatchError(
            f"{where}: the signature of a {what} does not hold ({one_line(error)})"
        ) from error
    try:
        statement = _read(json.loads(signed.payload))
    except MALFORMED as error:
        raise BatchError(f"{where}: signed, but not a {what}: {one_line(error)}") from error
    if statement.source != trust.name:
        raise BatchError(f"{where}: a {what} of {statement.source[:64]!r} in its stream")
    if statement.issued_at > now + CLOCK_SKEW:
        raise BatchError(
            f"{where}: {what} {statement.sequence} is dated {statement.content['issued']}, in the "
            "future; the clock of the source or of this machine is wrong"
        )
    kid = str(signed.headers()["kid"])
    known = trust.keys[kid]
    if not known.not_before - CLOCK_SKEW <= statement.issued_at < known.not_after:
        raise BatchError(
            f"{where}: {what} {statement.sequence} is dated {statement.content['issued']}, when "
            f"key {kid} did not hold"
        )
    return statement


MALFORMED = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading a signed content raises, if it is not what it should be."""


def one_line(error: Exception) -> str:
    """Say in one short line what is wrong with a content."""
    if isinstance(error, KeyError):
        return f"no {error.args[0]}"
    text = str(error).strip(": ")  # joserfc says "bad_signature: "
    return text.splitlines()[0][:200] if text else type(error).__name__


def read_digest(value: object) -> str:
    """Return *value* if it is a SHA-256 in hexadecimal.

    Raises:
        ValueError: it is not.

    """
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError(f"{str(value)[:40]!r} is not a digest")
    return value


def _read(content: Mapping[str, Any]) -> Statement:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}; this version reads {FORMAT}")
    sequence = content["sequence"]
    if type(sequence) is not int or not 0 < sequence < 2**53:
        raise ValueError(f"sequence {str(sequence)[:40]}")
    statement = Statement(
        str(content["source"]),
        sequence,
        read_moment(content["issued"]),
        read_moment(content["expires"]),
        read_digest(content["set"]),
        content,
    )
    if statement.expires_at <= statement.issued_at:
        raise ValueError(f"it expires at {content['expires']}, before it is issued")
    return statement
