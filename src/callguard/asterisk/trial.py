"""Whether Asterisk takes a home's configuration: it is started with it, aside, and asked."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from ..free_ports import free_ports
from .gateway import Gateway
from .instance import Asterisk
from .site import HouseholdSite, Loader

NOWHERE = "127.0.0.1:9"
"""In place of everybody that the home talks to: nothing is sent beyond this machine."""
_MEANT = "No music on hold classes configured"
"""A warning about what is not there on purpose."""
_COMPLAINT = re.compile(r"\] (?:ERROR|WARNING)\[[^]]*\][^:]*: (?P<text>.*)")


async def complaints(site: HouseholdSite, loader: Loader) -> list[str]:
    """Return what an Asterisk complains of that is started with the configuration of *site*.

    It runs in a folder of its own and on other ports, talks to nobody, and is stopped again. The
    home's own Asterisk goes on meanwhile.

    Raises:
        SiteError: it does not start; the message holds its last errors.
        OSError: there is no room for it.

    """
    with tempfile.TemporaryDirectory(prefix="callguard-trial-") as folder:
        aside = _aside(site, Path(folder))
        async with Asterisk(aside, loader) as asterisk:
            endpoints = await asterisk.console("pjsip list endpoints")
            dialplan = await asterisk.console("dialplan show callguard-act")
        said = (match["text"] for match in _COMPLAINT.finditer(asterisk.log.read_text()))
        found = [text for text in said if _MEANT not in text]
    found += [
        f"the endpoint {name} is not there"
        for name in ("trunk", *(phone.name for phone in site.phones))
        if not re.search(rf"Endpoint: +{name}[ /]", endpoints)
    ]
    if "callguard-act" not in dialplan:
        found.append("the dialplan is not there")
    return found


def _aside(site: HouseholdSite, folder: Path) -> HouseholdSite:
    udp, network, ami = free_ports(3)
    gateway = site.gateway or Gateway(contact=site.trunk_contact, match=site.trunk_match)
    return replace(
        site,
        folder=folder,
        sip_bind=f"127.0.0.1:{udp}",
        network_bind=f"127.0.0.1:{network}" if site.network_bind else "",
        ami_port=ami,
        gateway=replace(
            gateway,
            contact=f"sip:{NOWHERE}",
            registrar=f"sip:{NOWHERE}" if gateway.registrar else "",
            proxy=NOWHERE if gateway.proxy else "",
        ),
    )
