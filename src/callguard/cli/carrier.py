"""``callguard carrier``: the configuration of nodes and edges, and which nodes get calls."""

import argparse
import os
import re
import sys
from pathlib import Path

from ..asterisk.carrier_site import check_address
from ..asterisk.instance import find_loader
from ..asterisk.site import SiteError, lay_out, site_files
from ..asterisk.written import KEPT, Written
from ..carrier.control import reload_nodes, states, tell_state
from ..carrier.edge import Edge, edge_files, write_edge
from ..carrier.exchange import load_exchange
from ..carrier.node import node_site
from ..carrier.node_list import NodeList
from ..settings import load


def render_node(options: argparse.Namespace) -> int:
    """Write the files of the Asterisk beside this callguard."""
    settings = load()
    exchange = load_exchange(options.exchange)
    check_address("--bind", options.bind)
    loader = find_loader()
    site = node_site(
        exchange,
        folder=options.out.absolute(),
        agi=f"{settings.agi_host}:{settings.agi_port}",
        fallback=Path(sys.executable).parent / "callguard-agi",
        ami_port=settings.ami_port,
        ami_secret=settings.ami_secret,
        recordings=settings.recordings_spool,
        sip_bind=options.bind,
        rtp_ports=_rtp(options.rtp),
    )
    files = site_files(site, loader)
    if options.diff:
        print(Written(site.folder / "etc").diff(files) or "nothing would change")
        return 0
    written = Written(lay_out(site))
    changes = written.write(files, force=options.force)
    for name in changes.edited:
        print(f"{name}: written over; what it was is in {name}{KEPT}")
    # The fallback script is started by Asterisk, and finds its settings as callguard does.
    named = os.environ.get("CALLGUARD_CONFIG")
    settings_file = [f"CALLGUARD_CONFIG={Path(named).absolute()}"] if named else []
    start = " ".join(
        [*settings_file, *loader.command, "-C", str(written.folder / "asterisk.conf"), "-f"]
    )
    print(f"written to {written.folder}; start Asterisk by: {start}")
    return 0


def render_edge(options: argparse.Namespace) -> int:
    """Write the files of one Kamailio."""
    exchange = load_exchange(options.exchange)
    if options.listen not in exchange.edges:
        raise SiteError(
            f"--listen {options.listen}: {options.exchange} has no such edge, and nodes take calls "
            f"from these only: {', '.join(exchange.edges) or 'none at all'}"
        )
    settings = load()
    edge = Edge(
        options.out,
        options.listen,
        screen_port=settings.kamailio_port,
        screen_token=settings.screen_token,
        figures=options.figures,
    )
    if options.diff:
        print(Written(edge.folder).diff(edge_files(edge, exchange)) or "nothing would change")
        return 0
    config = write_edge(edge, exchange, force=options.force)
    print(f"written to {config.parent}; start Kamailio by: kamailio -DD -E -f {config}")
    return 0


def node_add(options: argparse.Namespace) -> int:
    """Hand calls to a node."""
    for folder in options.edge:
        _nodes(folder).add(options.name, options.sip)
        reload_nodes(folder)
    print(f"{options.name} gets calls")
    return 0


def node_drain(options: argparse.Namespace) -> int:
    """Hand no new calls to a node."""
    for folder in options.edge:
        tell_state(folder, _nodes(folder).drain(options.name))
    print(
        f"{options.name} gets no new calls; on it, "
        "asterisk -rx 'core stop gracefully' ends Asterisk after the last call"
    )
    return 0


def node_resume(options: argparse.Namespace) -> int:
    """Hand calls to a node again."""
    for folder in options.edge:
        tell_state(folder, _nodes(folder).drain(options.name, drained=False))
    print(f"{options.name} gets calls")
    return 0


def node_remove(options: argparse.Namespace) -> int:
    """Forget a node that has been drained."""
    for folder in options.edge:
        _nodes(folder).remove(options.name)
        reload_nodes(folder)
    print(f"{options.name} is forgotten; its calls in progress go on")
    return 0


def node_list(options: argparse.Namespace) -> int:
    """Show the nodes, and how each edge sees them."""
    for folder in options.edge:
        seen = states(folder)
        for node in _nodes(folder).nodes:
            print(f"{folder}  {node.name:<16}  {node.address:<22}  {seen[node.name]}")
    return 0


def _nodes(folder: Path) -> NodeList:
    path = folder / "nodes.list"
    if not path.exists():
        raise SiteError(f"there is no {path}; is {folder} the folder of an edge's configuration?")
    return NodeList(path)


def _rtp(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{4,5})-(\d{4,5})", text)
    if found is None or not 1024 <= int(found[1]) < int(found[2]) <= 65_535:
        raise SiteError(f"--rtp {text}: write first and last port, such as 20000-29999")
    return int(found[1]), int(found[2])
