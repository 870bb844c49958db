"""What the root says of a source, as the source itself can know it before it signs."""

from ..blocklist.errors import TrustError
from .connect import FAULTS, Client
from .streams import ROOT, TRUST_STREAM, entries
from .trust import Trust
from .trust_store import TrustStore
from .trusted_source import SourceTrust


def rights_of(source: str, store: TrustStore, client: Client) -> SourceTrust | None:
    """Return what nodes hold of *source*: by the root on this machine, else by the feed's newest.

    It is advice, and no proof: it keeps a source from signing what every node would refuse. None
    if no root speaks of the source, or none can be read.
    """
    try:
        trust = store.load()
        if trust is None:
            [(_, fields)] = entries(client.xrevrange(TRUST_STREAM, count=1)) or [((0, 0), {})]
            trust = Trust.from_bytes(fields.get(ROOT, b""))
    except (TrustError, *FAULTS):
        return None
    return trust.sources.get(source)
