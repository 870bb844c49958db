"""Why a number cannot be a real one, in words: ``numbers/`` says it in English, for engineers."""

import re
from importlib.resources import files

from .phrases import Phrases

_WORDS = Phrases.load(files(__package__).joinpath("faults.toml"))

_PATTERNS = {
    key: re.compile(pattern)
    for key, pattern in {
        "eleven-digits": (
            r"(?P<prefix>0\d+) numbers have (?P<right>\d+) digits, not (?P<digits>\d+)"
        ),
        "domestic-length": r"a domestic number has 10 or 11 digits, not (?P<digits>\d+)",
        "zero-after-prefix": r"the digit after (?P<prefix>0\d+) is 0",
        "fixed-length": r"a fixed-line number has 10 digits, not 11",
        "geographic-length": r"a geographic number has nine digits after the trunk 0",
        "no-area-code": r"no area code (?P<prefix>0\d*) in the numbering plan",
        "exchange": r"the local exchange after (?P<prefix>0\d+) begins with (?P<digit>\d); .*",
        "hash-code": r"a # code is dialled from a handset and never calls",
        "not-digits": r"it is not made of digits",
        "nothing": r"no number",
        "own-country": r"(?P<prefix>\S+) dialled before Japan's own country code",
        "code-zero": r"no country code begins with 0 after .*",
        "too-long": r"an international number has at most 15 digits, not (?P<digits>\d+)",
        "too-short": r"an international number has at least 7 digits, not (?P<digits>\d+)",
        "no-country": r"no country has a code that begins with (?P<prefix>\d+).*",
        "carrier-prefix": r"a carrier-selection prefix is dialled and never part of a caller ID",
        "service-code": r"(?P<prefix>\d+) is a service code and never calls",
        "dialled-prefix": r"(?P<prefix>\d+) is dialled before a number and never part of a .*",
        "no-plus": r"Japan's country code without a \+ before it",
        "abroad-service": r"it shows an emergency service, and the call .* from abroad",
        "abroad-japanese": r"it shows a Japanese number, and the call .* from abroad",
        "abroad-impossible": r"it shows a number that cannot exist, and the call .* from abroad",
        "abroad-nothing": r"it shows no number, and the call .* from abroad",
    }.items()
}


def by_trunk(fault: str) -> bool:
    """Tell whether *fault* is of a call that came in by a trunk from abroad."""
    return fault.endswith("by a trunk from abroad")


def fault_in_words(fault: str, language: str) -> str:
    """Return what makes a number impossible, as a clause without a full stop.

    ``fault`` is a :class:`~callguard.numbers.Caller`'s. One that has no words of its own gives a
    general clause.
    """
    for key, pattern in _PATTERNS.items():
        found = pattern.fullmatch(fault)
        if found:
            return _WORDS.say(key, language, **found.groupdict())
    return _WORDS.say("other", language)
