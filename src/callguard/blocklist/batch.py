"""A batch: what a source changes in its list, in one step."""

from dataclasses import dataclass
from datetime import datetime

from .listing import Terms

GENESIS = "0" * 64
"""The ``previous`` of a source's first batch."""


@dataclass(frozen=True, slots=True)
class Add:
    """List numbers; one that the source has listed before gets these terms instead."""

    numbers: tuple[range, ...]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Remove:
    """Take numbers off this source's list; one that is not on it is passed over."""

    numbers: tuple[range, ...]


Operation = Add | Remove


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its source meant it. ``digest`` names the signed form, and chains the next one."""

    source: str
    sequence: int
    previous: str
    issued_at: datetime
    operations: tuple[Operation, ...]
    digest: str = ""
