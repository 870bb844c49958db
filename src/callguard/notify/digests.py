"""The digest: what happened in a day or a week, at eight in the morning, if anything happened."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Self

from sqlalchemy import select

from ..calllog.log import Call, CallLog
from ..calllog.models import CallRecord
from ..calllog.words_kept import Unknown
from ..database import Database
from ..people.models import Membership, Person
from ..screening import Action, Reason
from ..screening.policy import JST
from ..words import caller_name, why
from ..words.phrases import Phrases
from .choices import Rhythm
from .news import tell
from .topics import Topic

WORDS = Phrases.load(files(__package__).joinpath("words.toml"))

HOUR = 8
"""Japan time: after breakfast, before the banks open."""
MONDAY = 0
TELLING = {Rhythm.DAILY: timedelta(hours=12), Rhythm.WEEKLY: timedelta(days=3)}
"""How late a digest may be; after that, the next one is nearer."""
NOTEWORTHY = 5
LOOKED_AT = 200
"""Calls of each kind that are looked through for what is noteworthy: one page of the log."""
BATCH = 200

_LENGTH = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
_GRAVITY: tuple[Reason | Unknown, ...] = (
    *(Reason.FRAUD_LIST, Reason.PROTECTED_NUMBER, Reason.MALFORMED, Reason.OVERSEAS),
    *(Reason.BURST, Reason.UNLISTED, Reason.WITHHELD, Reason.UNAVAILABLE, Reason.PAYPHONE),
)
"""The reasons that are told first."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of one person for one period."""

    person_id: int
    rhythm: Rhythm
    since: datetime
    until: datetime

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "person": self.person_id,
            "rhythm": self.rhythm.value,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_json` returned."""
        return cls(
            values["person"],
            Rhythm(values["rhythm"]),
            datetime.fromisoformat(values["since"]),
            datetime.fromisoformat(values["until"]),
        )


def last_turn(rhythm: Rhythm, *, now: datetime) -> datetime:
    """Return when the last period of *rhythm* ended: today's or Monday's eight o'clock, if past."""
    local = now.astimezone(JST)
    turn = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if turn > local:
        turn -= timedelta(days=1)
    if rhythm is Rhythm.WEEKLY:
        turn -= timedelta(days=(turn.weekday() - MONDAY) % 7)
    return turn


class Digests:
    """Tells the digests of *database* when their time has come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: dict[Rhythm, datetime] = {}

    def tell_due(self, *, now: datetime) -> int:
        """Tell the digests whose period has ended; return how many there were.

        Each is news, and news is told once: it may be asked as often as one likes.
        """
        return sum(self._tell(rhythm, now) for rhythm in TELLING)

    def _tell(self, rhythm: Rhythm, now: datetime) -> int:
        until = last_turn(rhythm, now=now)
        if self._told.get(rhythm) == until or now - until > TELLING[rhythm]:
            return 0
        since = until - _LENGTH[rhythm]
        with self._database.reading() as session:
            happened = (
                select(CallRecord.household_id)
                .where(
                    CallRecord.at >= since,
                    CallRecord.at < until,
                    CallRecord.action != Action.CONNECT.value,
                )
                .distinct()
            )
            readers = session.execute(
                select(Membership.household_id, Person.id)
                .join(Person, Person.id == Membership.person_id)
                .where(
                    Membership.household_id.in_(happened),
                    Membership.created_at < until,
                    Person.digest == rhythm.value,
                )
                .order_by(Membership.id)
            ).all()
        told = 0
        for begin in range(0, len(readers), BATCH):
            with self._database.transaction() as session:
                for household_id, person_id in readers[begin : begin + BATCH]:
                    told += tell(
                        session,
                        household_id,
                        Topic.DIGEST,
                        key=f"{person_id}:{rhythm}:{until:%Y-%m-%d}",
                        detail=Digest(person_id, rhythm, since, until).to_json(),
                        now=now,
                    )
        self._told[rhythm] = until
        return told


def compose_digest(
    calls: CallLog, household_id: int, digest: Digest, language: str, *, now: datetime
) -> str | None:
    """Return the text of a digest; None if nothing happened, or it has been erased since.

    A number in full is shown only of callers whom the family knows or the police list.
    """
    tally = calls.tally(household_id, digest.since, digest.until)
    if not tally.refused and not tally.warned:
        return None
    lines = [
        WORDS.say(
            "digest-counts",
            language,
            refused=tally.refused,
            warned=tally.warned,
            answered=tally.answered,
        )
    ]
    found: list[Call] = []
    for action in (Action.REJECT, Action.WARN, Action.CHALLENGE):
        page = calls.calls(
            household_id,
            action=action,
            since=digest.since,
            until=digest.until,
            limit=LOOKED_AT,
        )
        found += page.calls
    if noteworthy := _noteworthy(found, language):
        lines += ["", WORDS.say("digest-noteworthy", language), *noteworthy]
    return "\n".join(lines)


def _noteworthy(calls: list[Call], language: str) -> list[str]:
    """Return a line for each caller that is worth telling, the gravest and most stubborn first."""
    groups: Counter[tuple[Reason | Unknown, int | None]] = Counter()
    newest: dict[tuple[Reason | Unknown, int | None], Call] = {}
    for call in calls:
        if call.reason in _GRAVITY:
            groups[call.reason, call.number] += 1
            newest.setdefault((call.reason, call.number), call)
    first = sorted(groups, key=lambda one: (_GRAVITY.index(one[0]), -groups[one]))[:NOTEWORTHY]
    return [
        WORDS.say(
            "digest-line",
            language,
            caller=_caller(newest[one], language),
            times=WORDS.say("times-one" if groups[one] == 1 else "times", language, n=groups[one]),
            why=why(newest[one], language),
        )
        for one in first
    ]


def _caller(call: Call, language: str) -> str:
    shown = caller_name(call, call.name or None, language)
    if call.name or call.number is None or call.reason is Reason.FRAUD_LIST:
        return shown
    hidden = 4
    return f"{shown[:-hidden]}{'•' * hidden}" if len(shown) > 2 * hidden else shown
