"""``nodes.list``: the nodes that an edge hands calls to, and which of them are being drained.

The format is that of Kamailio's dispatcher: a set (1 nodes, 2 the exchange's own trunks), an
address, flags, a priority, attributes. The file is what counts after a restart of the edge.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..asterisk.carrier_site import check_address
from ..asterisk.site import SiteError

NODES, EXCHANGE = 1, 2
_ACTIVE, _DISABLED = 0, 4
"""Flags of a destination; a disabled one gets no new call, whether or not it answers OPTIONS."""

_LINE = re.compile(r"(\d+)\s+sip:([0-9.]+:\d+)\s+(\d+)\s+0(?:\s+duid=([a-z0-9-]+))?")


@dataclass(frozen=True, slots=True)
class ListedNode:
    """A node on the list."""

    name: str
    address: str
    """host:port of its SIP."""
    drained: bool = False


class NodeList:
    """The list in the file *path*, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            SiteError: a line is not as callguard writes it.

        """
        self.path = path
        self.nodes: list[ListedNode] = []
        self.exchange: list[str] = []
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None:
                raise SiteError(f"{path}: line {number} is not as callguard writes it: {line!r}")
            if int(found[1]) == EXCHANGE:
                self.exchange.append(found[2])
            else:
                drained = int(found[3]) == _DISABLED
                self.nodes.append(ListedNode(found[4] or found[2], found[2], drained))

    def add(self, name: str, address: str) -> None:
        """Put a node on the list, or give one that is there another address.

        Raises:
            SiteError: the name or the address cannot be used.

        """
        if not re.fullmatch("[a-z0-9-]{1,32}", name):
            raise SiteError(f"node {name!r}: a name is small letters, digits and hyphens")
        if check_address(f"node {name}", address)[1] == 0:
            raise SiteError(f"node {name}: {address!r} has no port; write {address}:5060")
        taken = [one.name for one in self.nodes if one.address == address and one.name != name]
        if taken:
            raise SiteError(f"node {name}: {address} is that of {taken[0]}")
        self.nodes = [one for one in self.nodes if one.name != name]
        self.nodes.append(ListedNode(name, address))
        self._write()

    def drain(self, name: str, *, drained: bool = True) -> ListedNode:
        """Give a node no new calls any more; or, if not *drained*, again.

        Raises:
            SiteError: there is no such node.

        """
        node = replace(self.find(name), drained=drained)
        self.nodes = [node if one.name == name else one for one in self.nodes]
        self._write()
        return node

    def remove(self, name: str) -> None:
        """Take a node off the list.

        Raises:
            SiteError: there is no such node, or it still gets calls.

        """
        if not self.find(name).drained:
            raise SiteError(f"node {name} still gets calls; drain it first")
        self.nodes = [one for one in self.nodes if one.name != name]
        self._write()

    def find(self, name: str) -> ListedNode:
        """Return the node of that name.

        Raises:
            SiteError: there is none.

        """
        for one in self.nodes:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.nodes) or "none at all"
        raise SiteError(f"there is no node {name!r} in {self.path}; there is {known}")

    def set_exchange(self, contacts: Sequence[str]) -> None:
        """Name the exchange's own trunks, for calls that no node can take."""
        self.exchange = list(contacts)
        self._write()

    def _write(self) -> None:
        lines = [
            "# Written by callguard (callguard carrier node …).\n",
            *(
                f"{NODES} sip:{one.address} {_DISABLED if one.drained else _ACTIVE} 0"
                f" duid={one.name}\n"
                for one in self.nodes
            ),
            *(f"{EXCHANGE} sip:{contact} {_ACTIVE} 0\n" for contact in self.exchange),
        ]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.new")
        new.write_text("".join(lines), encoding="utf-8")
        new.replace(self.path)
