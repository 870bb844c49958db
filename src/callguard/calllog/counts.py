"""What becomes of the verdicts, counted by each process and read by another: shared memory.

Made before the processes are forked. Each writes its own slot only; a reader may see a figure that
is a moment old, never another process's.
"""

import mmap
import struct
from dataclasses import dataclass

_SLOT = struct.Struct("=4Q")


@dataclass(frozen=True, slots=True)
class Counted:
    """Verdicts since the node was started."""

    kept: int = 0
    """On disk before the caller heard anything."""
    late: int = 0
    """Answered before they were on disk, which was too slow; most are kept all the same."""
    lost: int = 0
    """Answered and not kept: the journal could not be written."""
    faulty: int = 0
    """Processes whose journal cannot be written now, or not in time."""


class Counts:
    """Room for the figures of *slots* processes."""

    def __init__(self, slots: int) -> None:
        self._memory = mmap.mmap(-1, max(1, slots) * _SLOT.size)
        self._slots = slots

    def slot(self, place: int) -> "Slot":
        """Return the slot of one process; one that was started again goes on counting."""
        return Slot(self._memory, place * _SLOT.size)

    def total(self) -> Counted:
        """Return the figures of all."""
        each = [_SLOT.unpack_from(self._memory, n * _SLOT.size) for n in range(self._slots)]
        return Counted(*(sum(column) for column in zip(*each, strict=True)))


class Slot:
    """One process's figures."""

    def __init__(self, memory: mmap.mmap, at: int) -> None:
        self._memory = memory
        self._at = at
        self.kept, self.late, self.lost, _ = _SLOT.unpack_from(memory, at)
        self.faulty = False
        self.tell()  # what its predecessor met is not its own fault

    def tell(self) -> None:
        """Let the readers see the figures."""
        _SLOT.pack_into(self._memory, self._at, self.kept, self.late, self.lost, int(self.faulty))
