"""The words by which a call's row tells what was done and why; a newer version may have others.

Nodes of several versions may share a log, and a database may be put back under an older version.
A call whose word this version lacks is shown all the same, and that word as ``unknown``.
"""

from enum import StrEnum
from typing import Final, TypeVar

_Word = TypeVar("_Word", bound=StrEnum)


class Unknown(StrEnum):
    """Stands for a word of another version."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


def read_word(kind: type[_Word], word: str) -> _Word | Unknown:
    """Return what *word* of a row stands for among *kind*, or ``UNKNOWN``."""
    return kind(word) if word in set(kind) else UNKNOWN
