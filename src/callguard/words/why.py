"""Why a call was treated as it was, what became of it, and who called: in words for the family.

A number that the caller withheld cannot get into them: they are made from a verdict's JSON form,
which never has it, and the reference that a source gave to a listing is not shown.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, Protocol

from ..numbers import format_number
from ..numbers.calling_codes import region
from ..screening import Action, Reason
from .countries import country_name
from .faults import by_trunk, fault_in_words
from .moments import clock, how_long, say_date
from .phrases import Phrases

_WORDS = Phrases.load(files(__package__).joinpath("why.toml"))

_CHOSEN = frozenset(
    {
        *(Reason.FRAUD_LIST, Reason.WITHHELD, Reason.PAYPHONE, Reason.UNAVAILABLE),
        *(Reason.OVERSEAS, Reason.MALFORMED, Reason.BURST, Reason.UNLISTED),
    }
)
"""The reasons for which the household chose what is done."""


class ScreenedCall(Protocol):
    """What is told of: a call of the log has all of it."""

    @property
    def action(self) -> str:
        """What was done: an :class:`~callguard.screening.Action`, or ``unknown``."""

    @property
    def reason(self) -> str:
        """Why: a :class:`~callguard.screening.Reason`, or ``unknown``."""

    @property
    def number(self) -> int | None:
        """E.164 digits that the caller showed, or an emergency service's short code."""

    @property
    def caller(self) -> Mapping[str, Any]:
        """The caller as in a verdict's JSON."""

    @property
    def evidence(self) -> Mapping[str, Any]:
        """The evidence as in a verdict's JSON."""

    @property
    def defence(self) -> str:
        """``daemon``, ``fallback`` or ``alone``."""

    @property
    def outcome(self) -> str | None:
        """How it ended: ``answered``, ``unanswered``, ``left``, ``refused``, ``cut``, or None."""

    @property
    def seconds(self) -> int | None:
        """How long they talked."""


def why(call: ScreenedCall, language: str) -> str:
    """Say in one or two sentences why *call* was treated as it was (``en``, or else Japanese)."""
    if call.outcome == "cut":
        return _WORDS.say("cut", language)
    sentences = [_because(call, language)]
    if "expected_until" in call.evidence:
        detail = _brackets([_until(call.evidence["expected_until"], language, hour=True)], language)
        sentences.append(_WORDS.say("expected", language, detail=detail))
    elif family := _family(call.evidence.get("family"), language):
        sentences.append(family)
    elif call.reason in _CHOSEN:
        then = "alone" if call.defence == "alone" else f"then-{call.action}"
        if then in _WORDS:
            sentences.append(_WORDS.say(then, language))
    return (" " if language == "en" else "").join(sentences)


def what_happened(call: ScreenedCall, language: str) -> str:
    """Say what became of *call*, as a clause without a full stop: ``お断りしました``."""
    if call.action not in set(Action):
        key = "treated-unknown"
    elif call.action == Action.REJECT:
        key = "reject"
    else:
        way = call.action
        if call.outcome is None or (call.outcome == "answered" and call.seconds is None):
            key = way  # it lasts, or nobody knows for how long they talked
        else:
            key = f"{way}-{call.outcome}" if f"{way}-{call.outcome}" in _WORDS else f"{way}-unknown"
    return _WORDS.say(key, language, length=how_long(call.seconds or 0, language))


def caller_name(call: ScreenedCall, entry_name: str | None, language: str) -> str:
    """Say who called: the name on the family's list, else the number, else why there is none.

    ``entry_name`` is the name that the family gave to the number, if any.
    """
    if entry_name and call.number is not None:
        return entry_name
    if call.number is None:
        key = f"who-{call.caller.get('origin')}"
        return _WORDS.say(key if key in _WORDS else "who-unknown", language)
    if f"who-{call.number}" in _WORDS:
        return _WORDS.say(f"who-{call.number}", language)
    return format_number(call.number)


def country_of(call: ScreenedCall, language: str) -> str | None:
    """Return the name of the country that an overseas *call* shows, or None."""
    code = call.evidence.get("country")
    calling_code = call.caller.get("calling_code")
    if code is None and call.number is not None and calling_code is not None:
        code = region(call.number, calling_code)
    if code is not None:
        return country_name(code, language)
    if calling_code is not None:
        return _WORDS.say("calling-code", language, code=calling_code)
    return None


def _because(call: ScreenedCall, language: str) -> str:
    evidence = call.evidence
    key: str = call.reason
    values: dict[str, object] = {}
    details: list[str | None] = []
    match call.reason:
        case Reason.EMERGENCY_CALLBACK:
            details = [_until(evidence.get("until"), language, hour=True)]
        case Reason.MOVED:
            key = "moved-told" if "told" in evidence else "moved"
        case Reason.HOUSEHOLD_ALLOW | Reason.HOUSEHOLD_BLOCK:
            details = [evidence.get("name"), _until(evidence.get("expires_at"), language)]
        case Reason.PROTECTED_NUMBER:
            if "service" in evidence:
                key, values["service"] = "protected-service", evidence["service"]
        case Reason.FRAUD_LIST:
            if call.number is None:
                key = "fraud-list-withheld"
            details = [_scam(evidence.get("category"), language), _since(evidence, language)]
        case Reason.OVERSEAS:
            fault = evidence.get("fault") or call.caller.get("fault")
            if fault:
                key = "overseas-trunk" if by_trunk(fault) else "overseas-impossible"
                values["fault"] = fault_in_words(fault, language)
            details = [country_of(call, language)]
        case Reason.MALFORMED:
            fault = evidence.get("fault") or call.caller.get("fault")
            details = [fault_in_words(fault, language) if fault else None]
        case Reason.QUIET_HOURS:
            details = [
                str(evidence.get("hours", "")).replace("-", "–" if language == "en" else "〜")
            ]
    if key not in _WORDS:
        key = "unknown"
    return _WORDS.say(key, language, detail=_brackets(details, language), **values)


def _family(said: object, language: str) -> str | None:
    """Say who of the family decided, and what, where they were asked."""
    if not isinstance(said, Mapping) or f"family-{said.get('said')}" not in _WORDS:
        return None
    who = said.get("name") or _WORDS.say("family-somebody", language)
    return _WORDS.say(f"family-{said['said']}", language, who=who)


def _brackets(details: list[str | None], language: str) -> str:
    said = [detail for detail in details if detail]
    if not said:
        return ""
    return f" ({', '.join(said)})" if language == "en" else f"（{'、'.join(said)}）"


def _scam(category: object, language: str) -> str | None:
    key = f"scam-{category}"
    return _WORDS.say(key, language) if key in _WORDS else None


def _since(evidence: Mapping[str, Any], language: str) -> str | None:
    moment = _moment(evidence.get("listed_at"))
    return _WORDS.say("since", language, day=say_date(moment, language)) if moment else None


def _until(stamp: object, language: str, *, hour: bool = False) -> str | None:
    """Say until when; with the hour for what ends the same day, else with the date."""
    moment = _moment(stamp)
    if moment is None:
        return None
    if hour:
        return _WORDS.say("until-clock", language, clock=clock(moment))
    return _WORDS.say("until-day", language, day=say_date(moment, language))


def _moment(stamp: object) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp) if isinstance(stamp, str) else None
    except ValueError:
        return None  # as another version writes it
