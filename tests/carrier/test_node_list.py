"""The nodes of an edge: added, drained, brought back, removed; the file is what counts."""

from pathlib import Path

import pytest

from callguard.asterisk.site import SiteError
from callguard.carrier.node_list import ListedNode, NodeList


@pytest.fixture
def nodes(tmp_path: Path) -> NodeList:
    nodes = NodeList(tmp_path / "nodes.list")
    nodes.set_exchange(["192.0.2.65:5060"])
    nodes.add("node-1", "192.0.2.11:5060")
    nodes.add("node-2", "192.0.2.12:5060")
    return nodes


def test_what_was_written_is_read(nodes: NodeList) -> None:
    nodes.drain("node-2")
    again = NodeList(nodes.path)
    assert again.nodes == [
        ListedNode("node-1", "192.0.2.11:5060"),
        ListedNode("node-2", "192.0.2.12:5060", drained=True),
    ]
    assert again.exchange == ["192.0.2.65:5060"]


def test_a_drained_node_can_be_brought_back_or_removed(nodes: NodeList) -> None:
    with pytest.raises(SiteError, match="drain it first"):
        nodes.remove("node-2")
    nodes.drain("node-2")
    nodes.drain("node-2", drained=False)
    assert not nodes.find("node-2").drained
    nodes.drain("node-2")
    nodes.remove("node-2")
    assert [one.name for one in NodeList(nodes.path).nodes] == ["node-1"]


def test_a_node_added_again_has_its_new_address_once(nodes: NodeList) -> None:
    nodes.add("node-1", "192.0.2.21:5060")
    assert [one.address for one in nodes.nodes] == ["192.0.2.12:5060", "192.0.2.21:5060"]


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("Node 3", "192.0.2.13:5060", "small letters"),
        ("node-3", "192.0.2.13", "no port"),
        ("node-3", "node-3.example.jp:5060", "not an IPv4 address"),
        ("node-3", "192.0.2.12:5060", "that of node-2"),
    ],
)
def test_a_node_that_cannot_be_is_refused(
    nodes: NodeList, name: str, address: str, told: str
) -> None:
    before = nodes.path.read_text()
    with pytest.raises(SiteError, match=told):
        nodes.add(name, address)
    assert nodes.path.read_text() == before


def test_an_unknown_node_is_told_with_those_that_there_are(nodes: NodeList) -> None:
    with pytest.raises(SiteError, match="node-1, node-2"):
        nodes.drain("node-9")


def test_a_line_of_somebody_else_is_not_passed_over(nodes: NodeList) -> None:
    with nodes.path.open("a") as file:
        file.write("1 sips:node.example.jp 0 0\n")
    with pytest.raises(SiteError, match="line 5"):
        NodeList(nodes.path)
