"""An edge's configuration: the files of ``asterisk-config/kamailio``, and the exchange's own."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from ..asterisk.carrier_site import check_address
from ..asterisk.site import SiteError, configuration_folder
from ..asterisk.written import Written
from ..screening import Action
from .exchange import Exchange
from .node_list import NodeList

FROM_THIS_COUNTRY, FROM_ABROAD = 1, 2
"""Kinds of trunk in ``trunks.list``, as ``kamailio.cfg`` knows them."""

CONTROL = "control.sock"
"""Unix socket in the folder, by which the edge takes orders."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One Kamailio."""

    folder: Path
    """Of its configuration and its socket."""
    listen: str
    """host:port."""
    screen_port: int = 0
    """Where the callguard on the same host connects to be asked; 0: nobody is."""
    screen_token: str = ""
    """What it shows."""
    figures: str = ""
    """host:port at which Prometheus asks it; empty: nowhere."""


def edge_files(edge: Edge, exchange: Exchange) -> dict[str, str]:
    """Return the text of each file of an edge's configuration, by its name; but for its nodes.

    Raises:
        SiteError: a value that Kamailio cannot be given.

    """
    folder = edge.folder.absolute()
    if re.search(r'[\x00-\x20"\\#!]', str(folder)):
        raise SiteError(f"{folder}: choose a folder without spaces, quotes, # and ! in its path")
    check_address("listen", edge.listen)
    if edge.figures and check_address("figures", edge.figures)[1] == 0:
        raise SiteError(f"figures: {edge.figures!r} has no port; write {edge.figures}:9494")
    shipped = sorted((configuration_folder() / "kamailio").glob("*.cfg"))
    return {path.name: path.read_text(encoding="utf-8") for path in shipped} | {
        "trunks.list": _trunks(exchange),
        "site.cfg": f"listen=udp:{edge.listen}\n"
        f'#!define EDGE_TRUNKS "{folder}/trunks.list"\n'
        f'#!define EDGE_NODES "{folder}/nodes.list"\n'
        f'#!define EDGE_CONTROL "unix:{folder}/{CONTROL}"\n'
        f'#!define EDGE_LAST_RESORT "{exchange.egresses[-1].contact}"\n'
        + (f"listen=tcp:{edge.figures}\n#!define EDGE_FIGURES\n" if edge.figures else "")
        + _screening(edge, exchange)
        + ("#!define EDGE_JSON\n" if edge.figures or edge.screen_port else ""),
    }


def write_edge(edge: Edge, exchange: Exchange, *, force: bool = True) -> Path:
    """Write an edge's whole configuration; return its kamailio.cfg. Its nodes stay as they are.

    What a person has edited is written over, and kept beside as ``….edited``; without *force* it is
    refused.

    Raises:
        SiteError: a value that Kamailio cannot be given, or an edited file.
        OSError: the folder cannot be written.

    """
    files = edge_files(edge, exchange)
    edge.folder.mkdir(parents=True, exist_ok=True)
    Written(edge.folder).write(files, force=force)
    nodes = NodeList(edge.folder / "nodes.list")
    nodes.set_exchange([one.contact for one in exchange.egresses])
    return edge.folder.absolute() / "kamailio.cfg"


def _screening(edge: Edge, exchange: Exchange) -> str:
    """Return what the edge needs to ask for verdicts; nothing if it has nobody to ask."""
    if not edge.screen_port:
        return ""
    if not re.fullmatch("[A-Za-z0-9._~+/=-]{16,200}", edge.screen_token):
        raise SiteError(
            "screen_token: Kamailio takes 16 to 200 letters, digits and ._~+/=-; make one with: "
            "openssl rand -hex 16"
        )
    passed_on = [Action.WARN, Action.CHALLENGE, *exchange.edge_announces]
    if not exchange.edge_onward:
        passed_on.append(Action.CONNECT)
    words = ",".join(f'\\"{word}\\"' for word in passed_on)
    return (
        f'#!define EDGE_SCREEN "127.0.0.1:{edge.screen_port}"\n'
        f'#!define EDGE_SCREEN_TOKEN "{edge.screen_token}"\n'
        f'#!define EDGE_PASSED_ON "{words}"\n'
    )


def _trunks(exchange: Exchange) -> str:
    lines = ["# Written by callguard: 1 of this country, 2 from abroad; address, mask, port.\n"]
    for ingress in exchange.ingresses:
        if ingress.outbound:
            continue
        kind = FROM_ABROAD if ingress.abroad else FROM_THIS_COUNTRY
        for match in ingress.match:
            address, port = check_address("match", match, networks=True)
            network = ip_network(address)
            lines.append(
                f"{kind} {network.network_address} {network.prefixlen} {port} {ingress.name}\n"
            )
    return "".join(lines)
