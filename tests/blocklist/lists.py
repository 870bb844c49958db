"""Lists as the batches of a source make them."""

from callguard.blocklist.list_file import ListFile
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Operation
from callguard.blocklist.source_list import SourceList

from .list_bytes import to_bytes


def batch(one: SourceList, *operations: Operation) -> SourceList:
    """Return *one* after its next batch."""
    sequence = one.sequence + 1
    return one.apply(operations, sequence, f"{sequence:064x}")


def listing(*operations: Operation, source: str = "tokyo") -> SourceList:
    """Return the list of *source* after its first batch."""
    return batch(SourceList(source), *operations)


def mapped(one: SourceList | NodeList) -> ListFile:
    """Return the file of a list, ready to be asked."""
    kept = one if isinstance(one, NodeList) else NodeList(one)
    return ListFile(memoryview(to_bytes(kept)))
