"""The root files' stream in Redis: ``callguard:trust``, entry id ``<version>-0``."""

from collections.abc import Mapping

import redis

from ..blocklist.errors import TrustError
from .connect import FAULTS, Client, explain
from .streams import ROOT, TRUST_STREAM


def publish(client: Client, roots: Mapping[int, bytes]) -> int:
    """Append root files, by version in order, and return how many were new to the stream.

    Earlier ones fill a stream that has lost them: a node may need each to reach the newest.

    Raises:
        TrustError: the stream has the newest already, or a newer one.
        FeedError: Redis cannot be reached, or refuses.

    """
    added = 0
    try:
        for version, data in roots.items():
            try:
                client.xadd(TRUST_STREAM, {ROOT: data}, id=f"{version}-0")
            except redis.ResponseError as error:
                if "equal or smaller" not in str(error):
                    raise
            else:
                added += 1
    except FAULTS as error:
        raise explain(error) from error
    if not added:
        raise TrustError(f"the feed has root version {max(roots)} already, or a newer one")
    return added
