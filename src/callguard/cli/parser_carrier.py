"""The arguments of the commands about an exchange."""

import argparse
from pathlib import Path

from .arguments import Commands


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``carrier``."""
    carrier = commands.add_parser("carrier", help="an exchange: its nodes and edges")
    actions = carrier.add_subparsers(metavar="ACTION", required=True)
    _add_render(actions)
    _add_nodes(actions)


def _add_render(actions: "Commands[argparse.ArgumentParser]") -> None:
    render = actions.add_parser(
        "render", help="write the configuration of a node's Asterisk, or of an edge's Kamailio"
    )
    kinds = render.add_subparsers(metavar="KIND", required=True)
    node = kinds.add_parser("node", help="of the Asterisk beside this callguard")
    _add_common(node)
    node.add_argument("--bind", required=True, metavar="ADDRESS:PORT", help="where its SIP listens")
    node.add_argument(
        "--rtp", default="20000-29999", metavar="FIRST-LAST", help="ports of the sound"
    )
    node.set_defaults(run="carrier:render_node")
    edge = kinds.add_parser("edge", help="of a Kamailio")
    _add_common(edge)
    edge.add_argument(
        "--listen", required=True, metavar="ADDRESS:PORT", help="one of the exchange's edges"
    )
    edge.add_argument(
        "--figures",
        default="",
        metavar="ADDRESS:PORT",
        help="where Prometheus asks it; without it nowhere",
    )
    edge.set_defaults(run="carrier:render_edge")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--exchange", type=Path, required=True, metavar="FILE", help="the exchange's file"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder of the configuration"
    )
    parser.add_argument("--force", action="store_true", help="write over what a person has edited")
    parser.add_argument("--diff", action="store_true", help="show what would change; write nothing")


def _add_nodes(actions: "Commands[argparse.ArgumentParser]") -> None:
    node = actions.add_parser("node", help="the nodes that edges hand calls to")
    deeds = node.add_subparsers(metavar="DEED", required=True)
    for name, help_text in (
        ("add", "hand calls to a node, or to one that has moved"),
        ("drain", "hand no new calls to a node; those in progress go on"),
        ("resume", "hand calls to a node again"),
        ("remove", "forget a node that has been drained"),
        ("list", "show the nodes, and how each edge sees them"),
    ):
        deed = deeds.add_parser(name, help=help_text)
        if name != "list":
            deed.add_argument("name", metavar="NAME", help="such as node-1")
        if name == "add":
            deed.add_argument(
                "--sip", required=True, metavar="ADDRESS:PORT", help="of its Asterisk"
            )
        deed.add_argument(
            "--edge",
            type=Path,
            action="append",
            required=True,
            metavar="FOLDER",
            help="folder of an edge's configuration; may be repeated",
        )
        deed.set_defaults(run=f"carrier:node_{name}")
