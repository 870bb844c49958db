"""A heartbeat: "my list is at batch N, and I am here", so that silence is no cut line.

::

    {"format": 1, "source": "tokyo", "sequence": 12, "head": "<SHA-256 of batch 12>",
     "issued": "2026-11-24T03:10:00.000Z", "expires": "2026-11-24T03:15:00.000Z",
     "set": "<digest of the list>"}
"""

from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import OKPKey

from ..blocklist.errors import BatchError
from ..blocklist.moments import write_moment
from .statement import FORMAT, MALFORMED, Kind, one_line, read_digest, sign, verify
from .trusted_source import SourceTrust


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Where a source's list stands."""

    source: str
    sequence: int
    head: str
    """The digest of the last batch."""
    issued_at: datetime
    expires_at: datetime
    set_digest: str


def sign_heartbeat(heartbeat: Heartbeat, key: OKPKey) -> bytes:
    """Return *heartbeat* in its signed form."""
    content = {
        "format": FORMAT,
        "source": heartbeat.source,
        "sequence": heartbeat.sequence,
        "head": heartbeat.head,
        "issued": write_moment(heartbeat.issued_at),
        "expires": write_moment(heartbeat.expires_at),
        "set": heartbeat.set_digest,
    }
    return sign(Kind.HEARTBEAT, content, key)


def read_heartbeat(token: bytes, trust: SourceTrust, now: datetime) -> Heartbeat:
    """Check a signed heartbeat and return it.

    Raises:
        BatchError: it is not the source's, or not valid.

    """
    statement = verify(token, Kind.HEARTBEAT, trust, now)
    try:
        head = read_digest(statement.content["head"])
    except MALFORMED as error:
        raise BatchError(
            f"source {trust.name}: signed, but not a heartbeat: {one_line(error)}"
        ) from error
    return Heartbeat(
        statement.source,
        statement.sequence,
        head,
        statement.issued_at,
        statement.expires_at,
        statement.set_digest,
    )
