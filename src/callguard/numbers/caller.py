"""What is known of a caller once the caller ID has been classified."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..values import value


class Origin(StrEnum):
    """Where a call comes from, as far as its caller ID tells."""

    DOMESTIC = "domestic"
    OVERSEAS = "overseas"
    WITHHELD = "withheld"
    """非通知, Number Display letter P: the caller asked that the number is not shown."""
    PAYPHONE = "payphone"
    """公衆電話, letter C."""
    UNAVAILABLE = "unavailable"
    """表示圏外 / 通知不可能, letter O, and サービス競合, letter S: no network gave a number."""
    MALFORMED = "malformed"
    """A number that no network can have assigned, or text that is not a number."""


class Kind(StrEnum):
    """The kinds of domestic number (MIC, 電気通信番号計画)."""

    FIXED = "fixed"
    IP = "ip"
    MOBILE = "mobile"
    TOLL_FREE = "toll-free"
    SERVICE = "service"
    M2M = "m2m"
    PAGER = "pager"
    FMC = "fmc"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, repr=False)
class Disclosed:
    """A number that the caller withheld and the network disclosed all the same.

    It may be matched against the police list and nothing else. It has no text form, so that it
    cannot slip into a log, a page or a message (通信の秘密; RFC 3325 section 7).
    """

    number: int
    """E.164 digits."""

    def __repr__(self) -> str:
        return "Disclosed(…)"


@value
class Caller:
    """A classified caller.

    ``number`` holds the E.164 digits as an integer (+81 422 99 0000 is 81422990000); for the
    three emergency services, which have no E.164 form, the short code itself (110). A malformed
    caller ID keeps a number when its digits can be read as one, so that a family's allowlist can
    still match it. Withheld, payphone and unavailable callers have none.
    """

    origin: Origin
    number: int | None = None
    kind: Kind | None = None
    """Set for domestic callers only."""
    calling_code: int | None = None
    """The country calling code of an overseas caller, if it begins with an assigned one."""
    fault: str | None = None
    """Why the number cannot be a real one, in English, without the number itself."""
    disclosed: Disclosed | None = None
    verstat: str | None = None
    """RFC 8224 / TS 24.229 verification status, where a network sent one."""

    @property
    def shown_number(self) -> str:
        """Return the number as people know it, +81422990000 or 110; nothing if there is none."""
        number = self.number
        if number is None:
            return ""
        return f"+{number}" if number >= 1000 else str(number)

    def to_json(self) -> dict[str, Any]:
        """Return what is known of the caller as JSON values; never a withheld number."""
        shown: dict[str, Any] = {"origin": self.origin.value}
        if self.number is not None:
            shown["number"] = self.shown_number
        if self.kind is not None:
            shown["kind"] = self.kind.value
        if self.calling_code is not None:
            shown["calling_code"] = self.calling_code
        if self.fault is not None:
            shown["fault"] = self.fault
        if self.verstat is not None:
            shown["verstat"] = self.verstat
        return shown
