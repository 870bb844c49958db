"""The file of a list, as one piece."""

from callguard.blocklist.list_file import ListFile, pieces
from callguard.blocklist.node_list import NodeList


def to_bytes(kept: NodeList, before: ListFile | None = None) -> bytes:
    return b"".join(pieces(kept, before))
