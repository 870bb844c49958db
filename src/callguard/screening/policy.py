"""What a household has decided about its calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Self

from ..values import value
from .verdict import Action

if TYPE_CHECKING:
    from .screener import Judges

JST = timezone(timedelta(hours=9), "JST")
"""Japan Standard Time; it has had no daylight saving since 1951, so no time-zone database."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number on a household's allowlist or block list."""

    confirmed_at: datetime
    """When the family added it or last said that it stands (aware)."""
    name: str = ""
    expires_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether the entry still counts."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day, Japan time, in which only allowlisted callers ring; may span midnight."""

    begin: time
    end: time

    def cover(self, now: datetime) -> bool:
        """Tell whether *now* (aware) lies within; equal ends cover nothing."""
        local = now.astimezone(JST).time()
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


class Dialling(StrEnum):
    """What the dialplan does with a call from the household's telephone."""

    GO = "go"
    CONFIRM = "confirm"
    """Announce what it is; it goes out if she then presses 1."""
    REFUSE = "refuse"
    """Announce why not."""


class Challenge(StrEnum):
    """What a challenged caller must do before the telephone rings."""

    DIGIT = "digit"
    """Press a digit that is spoken."""
    NAME = "name"
    """Say a name, which the subscriber hears before she decides."""
    FAMILY = "family"
    """Say a name, which the family hears on a telephone of theirs before they decide."""


CHALLENGES = (Challenge.DIGIT, Challenge.NAME, Challenge.FAMILY)
"""The weakest first: anybody can press a digit; she may be talked round, the family less so."""


class AskOrder(StrEnum):
    """How several telephones of the family are called."""

    IN_TURN = "in-turn"
    """One after the other: two lines to the network are enough."""
    TOGETHER = "together"
    """All at once; the first to decide counts."""


class Unanswered(StrEnum):
    """What becomes of a caller about whom nobody of the family decided."""

    NAME = "name"
    """The subscriber hears the name, and decides."""
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class FamilyTelephone:
    """A telephone of the family's that is called to decide about a caller, or to join her."""

    id: int
    """Tells the family's telephones apart where their numbers must not stand."""
    number: int = field(repr=False)
    """E.164 digits."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The line's household has another number now."""

    to: int
    """E.164 digits of the new number."""
    until: datetime
    """Until when allowlisted callers are told it (aware); then the line belongs to nobody."""


@value
class Policy:
    """How one household is screened. Without consent nothing is screened (通信の秘密)."""

    consent: bool = False
    logged: bool = False
    """The household has agreed that its calls are kept in the log of calls."""
    withheld: Action = Action.REJECT
    payphone: Action = Action.WARN
    unavailable: Action = Action.REJECT
    overseas: Action = Action.REJECT
    malformed: Action = Action.REJECT
    fraud_list: Action = Action.REJECT
    unlisted: Action = Action.WARN
    burst: Action = Action.CHALLENGE
    """What is done with an unknown caller who calls many homes within minutes."""
    countries: frozenset[str] = frozenset()
    """ISO 3166 codes of the countries whose numbers are treated like domestic ones."""
    allowlist_only: bool = False
    quiet_hours: QuietHours | None = None
    callback_minutes: int = 60
    """How long after a call to 110, 118 or 119 every caller is connected (RFC 7090); 0: never."""
    whisper: bool = True
    """Tell the subscriber who answers a warned call what kind of call it is."""
    recorded: bool = False
    """The household has agreed that what is said is recorded."""
    record: bool = False
    """Record warned calls, and say so in the warning."""
    messages: bool = False
    """Let a caller leave a message who comes in quiet hours, or is not on the allowlist."""
    message_seconds: int = 60
    """The longest message."""
    recording_days: int = 30
    """How long recordings and messages are kept."""
    cut_listed_calls: bool = True
    """Cut off a caller whose number a police source lists during the call."""
    challenge: Challenge = Challenge.DIGIT
    """How callers are challenged, where that is chosen for their kind of call."""
    ask_order: AskOrder = AskOrder.IN_TURN
    ask_seconds: int = 25
    """How long a telephone of the family's rings."""
    ask_unanswered: Unanswered = Unanswered.NAME
    family_key: bool = True
    """A key during a conversation calls the family into it."""
    long_call_minutes: int = 10
    """After how long the family is told that an unknown caller still talks; 0: never."""
    dial_listed: Dialling = Dialling.REFUSE
    """What becomes of her own call to a number that a police source has listed."""
    dial_overseas: Dialling = Dialling.CONFIRM
    dial_premium: Dialling = Dialling.CONFIRM
    family: tuple[FamilyTelephone, ...] = ()
    """The family's telephones, in the order in which they are called."""
    allow: Mapping[int, Entry] = field(default_factory=dict)
    block: Mapping[int, Entry] = field(default_factory=dict)
    expected: Mapping[str, datetime] = field(default_factory=dict)
    """Until when (aware) calls are expected from where: a country's ISO 3166 code, or JP."""
    moved: Moved | None = None
    """Of a line that its household has left for another."""
    judges: "Judges | None" = field(default=None, init=False, repr=False, compare=False)
    """The screener's own: which rules can speak under this policy, once it has found out."""

    def with_lists(self, allow: Mapping[int, Entry], block: Mapping[int, Entry]) -> Self:
        """Return the same policy with other lists; in an eighth of ``dataclasses.replace``'s time.

        A call of a household that was not asked for lately waits for it.
        """
        policy = type(self)(*_all_fields(self))
        object.__setattr__(policy, "allow", allow)
        object.__setattr__(policy, "block", block)
        return policy


_all_fields = attrgetter(*(one.name for one in fields(Policy) if one.init))

NO_CONSENT = Policy(consent=False)
"""The policy of a line that no household has signed up."""
