"""What can be wrong with a request about a household."""

from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What is wrong, as a word that a page can put into the reader's language."""

    NOT_A_LINE = "not-a-line"
    """A text that is no Japanese subscriber's number (``text``)."""
    LINE_TAKEN = "line-taken"
    """The line has a household already (``number``)."""
    NO_HOUSEHOLD = "no-household"
    """No such household, by line or by id."""
    NOT_LISTED = "not-listed"
    """The number is on neither list (``number``)."""
    EMERGENCY = "emergency"
    """110, 118 and 119 cannot be blocked (``number``)."""
    TOO_MANY_NUMBERS = "too-many-numbers"
    """The household's lists are full (``limit``)."""
    NAME_MISSING = "name-missing"
    TEXT_TOO_LONG = "text-too-long"
    """``field``, ``limit`` in characters, ``length``."""
    TEXT_UNREADABLE = "text-unreadable"
    """Control characters or broken Unicode in ``field``."""
    PAST = "past"
    """An end that has passed already (``field``)."""
    FUTURE = "future"
    """Something that was, and is said to be still to come (``field``)."""
    NO_SETTING = "no-setting"
    """There is no such setting (``setting``)."""
    BAD_VALUE = "bad-value"
    """The setting has no such value (``setting``, ``value``)."""
    BAD_COUNTRY = "bad-country"
    """Not the ISO 3166 code of a country (``value``)."""
    BAD_DURATION = "bad-duration"
    """An expectation is too short or too long (``hours``: the most)."""
    BAD_RETENTION = "bad-retention"
    """Not a number of days that calls can be kept (``least``, ``most``)."""
    BAD_TELEPHONE = "bad-telephone"
    """Not the number of a person's telephone."""
    OWN_LINE = "own-line"
    """The home's own number, where another is needed."""
    NO_TELEPHONE = "no-telephone"
    """The family has no such telephone."""
    TOO_MANY_TELEPHONES = "too-many-telephones"
    """The family has as many telephones as can be called (``limit``)."""
    LINE_TWICE = "line-twice"
    """The line stands in another row of the same table (``number``, ``row``)."""
    NO_EVIDENCE = "no-evidence"
    """A consent without all that proves it (``field``)."""
    BAD_DIGEST = "bad-digest"
    """No SHA-256 in hexadecimal (``field``)."""
    NO_GROUP = "no-group"
    """There is no such group (``group``)."""
    GROUP_TAKEN = "group-taken"
    """There is a group of this name (``group``)."""
    GROUP_IN_USE = "group-in-use"
    """Households follow the group (``group``, ``count``)."""
    NO_PROFILE = "no-profile"
    """There is no such profile (``profile``)."""
    NO_PROPOSAL = "no-proposal"
    """Nothing is proposed to the household, or not any longer."""
    NO_CONSENT = "no-consent"
    """What was asked needs a consent that is not in force (``purpose``)."""
    BAD_FILE = "bad-file"
    """A file that cannot be read as what it should be (``why``)."""


class HouseholdError(Exception):
    """A request that cannot be carried out; the message says why and what would do."""

    def __init__(self, message: str, fault: Fault, **values: Any) -> None:
        super().__init__(message)
        self.fault = fault
        """The same for programs."""
        self.values = values
        """What the fault's words speak of."""
