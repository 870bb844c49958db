"""A police source whose list a node has, for the tests of the pages."""

from pathlib import Path

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore

from ..blocklist.lists import batch
from ..feed.police import add


def list_number(folder: Path, last: int) -> None:
    """Have a police source list 0422-99-0000 + *last*, in the lists of *folder*."""
    ListStore(folder).save(NodeList(batch(SourceList("example-police"), add(last))))
