"""The lines of the audit trail in words: what was done, and by whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from ..numbers import format_number
from ..trail import COMMAND_LINE, FAMILY_TELEPHONE, HOME_TELEPHONE, PROVISIONING
from .choices import choice, setting_name
from .countries import country_name
from .moments import clock, say_date
from .phrases import Phrases

_WORDS = Phrases.load(files(__package__).joinpath("deeds.toml"))

_COUNTS = ("calls", "recordings", "added", "changed", "count", "others")
_TEXTS = ("device", "basis", "decided_by", "evidence")


def deed_in_words(what: str, detail: Mapping[str, Any], language: str) -> str:
    """Say what was done, as a clause: ``「通す番号」に登録しました（やまだ医院、0422-99-0001）``.

    ``what`` is a word of the trail and ``detail`` its JSON; what a newer callguard may have
    written, and this one does not know, is left out.
    """
    known = what in _WORDS and not what.startswith(("detail-", "role-", "purpose-", "who-"))
    said = ("、" if language == "ja" else ", ").join(_details(detail, language))
    brackets = "" if not said else f"（{said}）" if language == "ja" else f" ({said})"
    return _WORDS.say(what if known else "other", language, detail=brackets)


def doer_in_words(who: str, language: str) -> str:
    """Say who did it: a person's name, or what stands for the command line."""
    if who in {COMMAND_LINE.who, PROVISIONING.who, HOME_TELEPHONE.who, FAMILY_TELEPHONE.who}:
        return _WORDS.say(f"who-{who.replace(' ', '-')}", language)
    return who or _WORDS.say("who-nobody", language)


def purpose_in_words(purpose: str, language: str) -> str:
    """Return what a purpose of consent, such as ``screening``, is called in a few words."""
    return _of("purpose", purpose, language)


def role_in_words(role: str, language: str) -> str:
    """Return what a role, such as ``viewer``, is called."""
    return _of("role", role, language)


def _details(detail: Mapping[str, Any], language: str) -> list[str]:
    said: list[str] = []
    if isinstance(name := detail.get("name"), str) and name:
        said.append(name)
    numbers = (detail.get("number"), detail.get("line"))
    said += [format_number(number) for number in numbers if isinstance(number, int)]
    if isinstance(country := detail.get("country"), str):
        domestic = country == "JP"
        said.append(
            _WORDS.say("detail-domestic", language) if domestic else country_name(country, language)
        )
    said += _roles(detail, language)
    if isinstance(purposes := detail.get("purposes"), list):
        said += [_of("purpose", str(purpose), language) for purpose in purposes]
    said += _changes(detail.get("changes"), language)
    for key in _COUNTS:
        if isinstance(count := detail.get(key), int):
            said.append(_WORDS.say(f"detail-{key}", language, count=count))
    if isinstance(ending := detail.get("ending"), str):
        said.append(_WORDS.say("detail-ending", language, ending=ending))
    said += _days(detail.get("days"), language)
    said += [detail[key] for key in _TEXTS if isinstance(detail.get(key), str) and detail[key]]
    for key in ("until", "expires_at"):
        said += _until(detail.get(key), language)
    return said


def _roles(detail: Mapping[str, Any], language: str) -> list[str]:
    role, before = detail.get("role"), detail.get("before")
    if not isinstance(role, str):
        return []
    now = _of("role", role, language)
    if not isinstance(before, str):
        return [now]
    old = _of("role", before, language)
    return [_WORDS.say("detail-from-to", language, before=old, after=now)]


def _changes(changes: object, language: str) -> list[str]:
    """Say which settings were changed, from what to what."""
    if not isinstance(changes, Mapping):
        return []
    said = []
    for name, values in changes.items():
        if isinstance(values, Sequence) and not isinstance(values, str) and len(values) == 2:
            before, after = (choice(name, value, language) for value in values)
            value = _WORDS.say("detail-from-to", language, before=before, after=after)
            called = setting_name(name, language)
            said.append(_WORDS.say("detail-setting", language, name=called, value=value))
    return said


def _days(days: object, language: str) -> list[str]:
    if isinstance(days, int):
        return [_WORDS.say("detail-days", language, count=days)]
    if isinstance(days, list) and len(days) == 2:
        before, after = (_WORDS.say("detail-days", language, count=one) for one in days)
        return [_WORDS.say("detail-from-to", language, before=before, after=after)]
    return []


def _until(stamp: object, language: str) -> list[str]:
    if not isinstance(stamp, str):
        return []
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return []
    if moment.tzinfo is None:
        return []
    return [
        _WORDS.say("detail-until", language, day=say_date(moment, language), clock=clock(moment))
    ]


def _of(kind: str, word: str, language: str) -> str:
    key = f"{kind}-{word}"
    return _WORDS.say(key, language) if key in _WORDS else word
