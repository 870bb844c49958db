"""Orders to an edge that runs, through its control socket, by Kamailio's own ``kamcmd``."""

import re
import subprocess
from pathlib import Path

from ..asterisk.site import SiteError
from .edge import CONTROL
from .node_list import NODES, ListedNode, NodeList

_SECONDS = 5.0


def reload_nodes(folder: Path) -> None:
    """Have the edge in *folder* read its list of nodes again.

    Raises:
        SiteError: it does not run, or refuses.

    """
    _order(folder, "dispatcher.reload")


def tell_state(folder: Path, node: ListedNode) -> None:
    """Tell the edge in *folder* whether a node gets calls, as its list has it.

    Raises:
        SiteError: it does not run, or refuses.

    """
    state = "dx" if node.drained else "ap"
    _order(folder, "dispatcher.set_state", state, str(NODES), f"sip:{node.address}")


def states(folder: Path) -> dict[str, str]:
    """Return how the edge in *folder* sees each node of its list, by name.

    ``active``, ``drained`` or ``silent``: it does not answer OPTIONS.

    Raises:
        SiteError: it does not run.

    """
    said = _order(folder, "dispatcher.list")
    flags = dict(re.findall(r"URI:\s*sip:(\S+).*?FLAGS:\s*([A-Z]+)", said, re.DOTALL))
    kinds = {"A": "active", "D": "drained"}
    return {
        node.name: kinds.get(flags.get(node.address, "")[:1], "silent")
        for node in NodeList(folder / "nodes.list").nodes
    }


def _order(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["kamcmd", "-s", f"unix:{folder.absolute() / CONTROL}", *words],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise SiteError("there is no kamcmd on PATH; the package kamailio brings it") from None
    except subprocess.TimeoutExpired:
        raise SiteError(f"the edge in {folder} does not answer within {_SECONDS:.0f} s") from None
    said = (done.stderr or done.stdout).strip().partition("\n")[0]
    if done.returncode or said.lower().startswith("error"):
        raise SiteError(f"the edge in {folder} takes no orders: {said}")
    return done.stdout
