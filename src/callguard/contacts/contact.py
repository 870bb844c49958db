"""What an address book holds, and what can be wrong with its file."""

from dataclasses import dataclass
from enum import StrEnum

MAX_BYTES = 5_000_000
"""The largest file: 5,000 contacts with pictures are more, and their pictures are of no use."""
MAX_CONTACTS = 5000
MAX_NUMBERS = 20
"""Numbers of one contact that are read; nobody has more telephones."""
MAX_NUMBER_TEXT = 40
"""Characters of a number as typed; the longest real ones have half of that."""
MAX_NAME = 100
_JOINER = "\u200d"
"""Makes one family of several emoji."""


class RowFault(StrEnum):
    """Why one contact, or a number of it, is not read."""

    NO_NUMBER = "no-number"
    """A contact without a telephone number: nothing to allow, and nothing wrong."""
    NUMBER_TOO_LONG = "number-too-long"
    TOO_MANY_NUMBERS = "too-many-numbers"
    UNREADABLE = "unreadable"
    """A line that is in no order or encoding that can be read."""
    UNFINISHED = "unfinished"
    """The file ends in the middle of the contact."""


class FileFault(StrEnum):
    """Why a whole file is not read."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    NOT_CONTACTS = "not-contacts"
    """Neither a vCard nor a table with telephone numbers."""
    ENCODING = "encoding"
    """Text in an encoding that is none of UTF-8, UTF-16 and Shift_JIS."""


class ContactFileError(Exception):
    """A file that is not read; the message says why and what would do."""

    def __init__(self, message: str, fault: FileFault) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of an address book."""

    name: str
    """One line; may be empty."""
    numbers: tuple[str, ...]
    """As they are written there."""
    line: int
    """Where it begins in the file; the first line is 1."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A contact, or a number of it, that is not read."""

    line: int
    name: str
    fault: RowFault


@dataclass(frozen=True, slots=True)
class ContactFile:
    """What was read from a file."""

    contacts: tuple[Contact, ...]
    skipped: tuple[Skipped, ...]


def shown_name(text: str) -> str:
    """Return a contact's name as a list keeps it: one line, no control characters, not too long."""
    kept = (one if one.isprintable() or one == _JOINER else " " for one in text)
    name = " ".join("".join(kept).split())
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def full_name(given: str, family: str) -> str:
    """Put a name together in the order of its language: 山田 花子, Hanako Yamada."""
    japanese = any(
        "\u3040" <= one <= "\u9fff" or "\uff66" <= one <= "\uff9f" for one in given + family
    )
    return " ".join(filter(None, (family, given) if japanese else (given, family)))


def too_many() -> ContactFileError:
    """Return the refusal of a file with more contacts than anybody looks through."""
    return ContactFileError(
        f"the file holds more than {MAX_CONTACTS:,} contacts; export fewer at a time",
        FileFault.TOO_MANY,
    )
