"""A node's values: what the exchange's nodes share, and what is its own."""

from typing import Any

from ..asterisk.carrier_site import CarrierSite
from .exchange import Exchange


def node_site(exchange: Exchange, **own: Any) -> CarrierSite:
    """Return the values of one node; *own* are those of ``Site``.

    Where edges stand before the nodes, calls are taken from them alone: only they know which trunk
    a call has come by.

    Raises:
        SiteError: a value that Asterisk cannot be given.

    """
    return CarrierSite(
        ingresses=() if exchange.edges else exchange.ingresses,
        egresses=exchange.egresses,
        edges=exchange.edges,
        codecs=exchange.codecs,
        direct_media=exchange.direct_media,
        early_media=exchange.early_media,
        max_calls=exchange.max_calls,
        max_announcements=exchange.max_announcements,
        mark_secret=exchange.mark_secret(),
        **own,
    )
