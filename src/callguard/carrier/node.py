"""A node's values: what the exchange's nodes share, and what is its own."""

from typing import Any

from ..asterisk.carrier_site import CarrierSite
from .exchange import Exchange


def node_site(exchange: Exchange, **own: Any) -> CarrierSite:
    """Return the values of one node; *own* are those of ``Site``.

    Where edges stand before the nodes, incoming calls are taken from them alone: only they know
    which trunk a call has come by. Calls on their way out come to the nodes themselves.

    Raises:
        SiteError: a value that Asterisk cannot be given.

    """
    return CarrierSite(
        ingresses=tuple(one for one in exchange.ingresses if one.outbound or not exchange.edges),
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
