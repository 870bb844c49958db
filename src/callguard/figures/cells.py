"""Whole numbers in memory that forked processes share."""

import mmap

_BYTES = 8


class Cells:
    """Unsigned numbers of 64 bits, made before the processes are forked.

    Each cell has one writer. A reader sees a figure that is a moment old, never half of one: they
    are aligned words of the machine. They outlive any process but the one that made them.
    """

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, max(1, count) * _BYTES)
        self.view = memoryview(self._memory).cast("Q")
        """The figures; fast to read and to write."""
