"""A month of calls as a home has them: refused, warned, put through, talked, missed; pure.

Every number is fictitious: 0422-99, and 050, 070, 080 followed by 9999, are nobody's that we know
of; +1 202-555-01XX is kept for fiction, and no country has a code that begins with +295.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ..calllog.outcome import Outcome
from ..numbers import Caller, Origin, classify_number
from ..recordings.shelf import Kind
from ..screening import Action, Reason, Verdict
from ..screening.policy import JST

DAYS = 30
"""Days before today that have calls."""

MORNING = 8
"""From this hour on, in Japan, friends call."""

SEED = 9110
"""What the month is made from, if nothing else is said."""

SOURCE = "demo-police"
"""Who is said to have listed the fraudsters' numbers."""


@dataclass(frozen=True, slots=True)
class Known:
    """A number that the home has on a list."""

    number: str
    allowed: bool
    name: str
    note: str = ""


KNOWN = (
    Known("0422-99-4444", True, "さくら医院", "かかりつけ。火・木"),
    Known("0422-99-5511", True, "青木さん（お隣）"),
    Known("0422-99-5522", True, "市民センター", "体操教室"),
    Known("080-9999-1234", True, "健"),
    Known("050-9999-5555", False, "しつこい電話", "屋根の工事"),
)
"""The home's lists."""

LISTED_FOR = timedelta(days=40)
"""How long ago its family put the numbers there."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call: who called and when, what was decided, how it ended."""

    at: datetime
    verdict: Verdict
    outcome: Outcome
    ended_at: datetime
    seconds: int | None = None
    """How long caller and subscriber talked."""
    kept: Kind | None = None
    """What is recorded of it."""
    kept_seconds: int = 0
    reported: bool = False
    """The family reported the caller as a scam."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What calls of one kind have in common."""

    number: str | None
    action: Action
    reason: Reason
    outcome: Outcome = Outcome.REFUSED
    talk: tuple[int, int] | None = None
    """Seconds that they talk, from and to; None: they do not."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin = Origin.DOMESTIC
    """Where the call comes from, if it shows no number."""
    kept: Kind | None = None
    reported: bool = False
    hour: int | None = None
    """When in the day; None: any hour of the day."""


def month(now: datetime, seed: int = SEED) -> tuple[PlannedCall, ...]:
    """Return the calls of ``DAYS`` days before *now* (aware) and of today, the oldest first.

    The same *now* and *seed* give the same calls; all are over at *now*.
    """
    random = Random(seed)  # noqa: S311 - no secret comes of it
    midnight = now.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = []
    for age in range(DAYS, 0, -1):
        for kind in (*_ordinary(random), *_OF_DAY.get(age, ())):
            at = midnight - timedelta(days=age) + _hour(kind, random)
            calls.append(_call(kind, at, now, random))
    passed = now - midnight
    for part, kind in _TODAY:
        # However early it is, today has calls; at night nobody calls who has nothing to hide.
        at = midnight + part * passed
        if kind.action is Action.REJECT or at.hour >= MORNING:
            calls.append(_call(kind, at, now, random))
    return tuple(sorted(calls, key=lambda call: call.at))


def _ordinary(random: Random) -> Iterator[_Kind]:
    """Yield the calls of a day as any other."""
    for _ in range(random.randint(0, 2)):
        yield random.choice((*_FRIENDS, _MISSED))
    for kind, days_of_ten in _NUISANCES:
        if random.randrange(10) < days_of_ten:
            yield kind


def _hour(kind: _Kind, random: Random) -> timedelta:
    hour = random.randint(9, 18) if kind.hour is None else kind.hour
    return timedelta(hours=hour, minutes=random.randrange(60), seconds=random.randrange(60))


def _call(kind: _Kind, at: datetime, now: datetime, random: Random) -> PlannedCall:
    caller = (
        Caller(kind.origin)
        if kind.number is None
        else classify_number(kind.number.replace("??", f"{random.randrange(100):02}"))
    )
    evidence = dict(kind.evidence)
    if caller.fault is not None and kind.reason in {Reason.OVERSEAS, Reason.MALFORMED}:
        evidence["fault"] = caller.fault
    if kind.reason is Reason.FRAUD_LIST:
        evidence["listed_at"] = _stamp(at - timedelta(days=random.randint(1, 20)))
    if "until" in evidence:
        evidence["until"] = _stamp(at + timedelta(minutes=35))
        evidence["dialled_at"] = _stamp(at - timedelta(minutes=25))
    if "expected_until" in evidence:
        evidence["expected_until"] = _stamp(at + timedelta(minutes=50))
    seconds = None if kind.talk is None else random.randint(*kind.talk)
    heard = random.randint(8, 20)
    kept_seconds = {None: 0, Kind.CALL: heard + (seconds or 0), Kind.MESSAGE: heard}[kind.kept]
    lasted = timedelta(seconds=heard + max(seconds or 0, kept_seconds))
    return PlannedCall(
        at=at,
        verdict=Verdict(kind.action, kind.reason, caller, evidence),
        outcome=kind.outcome,
        ended_at=min(at + lasted, now),
        seconds=seconds,
        kept=kind.kept,
        kept_seconds=kept_seconds,
        reported=kind.reported,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(JST).isoformat(timespec="seconds")


def _friend(number: str, name: str, **more: Any) -> _Kind:
    return _Kind(number, Action.CONNECT, Reason.HOUSEHOLD_ALLOW, **more, evidence={"name": name})


def _asked(said: str, outcome: Outcome, **more: Any) -> _Kind:
    """Return a call of an unknown caller of whom the family was asked first."""
    family = {"said": said} | ({} if said == "nobody" else {"name": "健"})
    return _Kind(
        "070-9999-23??", Action.CHALLENGE, Reason.UNLISTED, outcome, evidence={"family": family},
        **more,
    )  # fmt: skip


_FRIENDS = (
    _friend("0422-99-4444", "さくら医院", outcome=Outcome.ANSWERED, talk=(60, 300)),
    _friend("0422-99-5511", "青木さん（お隣）", outcome=Outcome.ANSWERED, talk=(120, 1500)),
    _friend("0422-99-5522", "市民センター", outcome=Outcome.ANSWERED, talk=(40, 200)),
    _friend("080-9999-1234", "健", outcome=Outcome.ANSWERED, talk=(180, 2400)),
)
_MISSED = _friend("0422-99-5511", "青木さん（お隣）", outcome=Outcome.UNANSWERED)
_LEFT = _Kind("050-9999-10??", Action.WARN, Reason.UNLISTED, Outcome.LEFT)
_DENTIST = _Kind("0422-99-6677", Action.WARN, Reason.UNLISTED, Outcome.LEFT)
_TALKED = _Kind("0422-99-66??", Action.WARN, Reason.UNLISTED, Outcome.ANSWERED, talk=(50, 240))
_NOBODY = _Kind("0422-99-67??", Action.WARN, Reason.UNLISTED, Outcome.UNANSWERED)
_HIDDEN = _Kind(None, Action.REJECT, Reason.WITHHELD, origin=Origin.WITHHELD)
_ABROAD = _Kind(
    "+1 202-555-01??", Action.REJECT, Reason.OVERSEAS,
    evidence={"calling_code": 1, "country": "US"},
)  # fmt: skip
_LISTED = _Kind(
    "050-9999-00??", Action.REJECT, Reason.FRAUD_LIST,
    evidence={"source": SOURCE, "category": "fake-police"},
)  # fmt: skip
_BLOCKED = _Kind(
    "050-9999-5555", Action.REJECT, Reason.HOUSEHOLD_BLOCK, evidence={"name": "しつこい電話"}
)
_POLICE_FROM_NOWHERE = _Kind("+295 000 0110", Action.REJECT, Reason.OVERSEAS)
_RECORDED = _Kind(
    "050-9999-33??", Action.WARN, Reason.UNLISTED, Outcome.ANSWERED, talk=(50, 90),
    kept=Kind.CALL, hour=16,
)  # fmt: skip
_MESSAGE = _Kind(
    "0422-99-88??", Action.REJECT, Reason.QUIET_HOURS, kept=Kind.MESSAGE,
    evidence={"hours": "22:00-06:30", "message": True}, hour=22,
)  # fmt: skip

_NUISANCES = (
    (_LEFT, 5), (_TALKED, 2), (_NOBODY, 2), (_HIDDEN, 3), (_ABROAD, 3), (_LISTED, 2), (_BLOCKED, 1)
)  # fmt: skip
"""Calls that nobody asked for, and on how many days of ten each kind comes."""

_OF_DAY: Mapping[int, tuple[_Kind, ...]] = {
    27: (
        _Kind(None, Action.WARN, Reason.PAYPHONE, Outcome.ANSWERED, (30, 90),
              origin=Origin.PAYPHONE),
    ),
    24: (_Kind(None, Action.REJECT, Reason.UNAVAILABLE, origin=Origin.UNAVAILABLE),),
    21: (_Kind("03-1234-5678", Action.REJECT, Reason.MALFORMED),),
    19: (_asked("connect", Outcome.ANSWERED, talk=(100, 400)),),
    17: (_Kind("0422-99-2110", Action.WARN, Reason.PROTECTED_NUMBER, Outcome.ANSWERED, (60, 200),
               evidence={"source": SOURCE, "category": "fake-police"}),),
    15: (_Kind("0422-99-69??", Action.CONNECT, Reason.EMERGENCY_CALLBACK, Outcome.ANSWERED,
               (60, 200), evidence={"until": "", "dialled_at": ""}),),
    13: (_MESSAGE,),
    11: (_Kind("050-9999-72??", Action.CHALLENGE, Reason.BURST, Outcome.LEFT, reported=True),),
    9: (_asked("refuse", Outcome.REFUSED, reported=True),),
    8: (_RECORDED,),
    7: (_Kind("050-9999-41??", Action.WARN, Reason.UNLISTED, Outcome.CUT, (30, 120)),),
    6: (_asked("nobody", Outcome.UNANSWERED),),
    5: (_Kind("070-9999-45??", Action.CONNECT, Reason.UNLISTED, Outcome.ANSWERED, (30, 90),
              evidence={"expected_until": ""}),),
    4: (_POLICE_FROM_NOWHERE, _Kind("0422-99-68??", Action.WARN, Reason.UNLISTED,
                                    Outcome.UNKNOWN)),
    2: (_Kind("050-9999-00??", Action.REJECT, Reason.FRAUD_LIST, reported=True,
              evidence={"source": SOURCE, "category": "refund"}),),
    1: (_RECORDED, _MESSAGE),
}  # fmt: skip
"""What happens rarely, by how many days ago: the month has each of it."""

_TODAY = (
    (0.74, _FRIENDS[0]), (0.77, _HIDDEN), (0.84, _LISTED), (0.90, _ABROAD), (0.96, _DENTIST)
)  # fmt: skip
"""Today's calls, and which part of the day so far had passed."""
