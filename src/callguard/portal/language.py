"""Which language a page speaks: the person's choice, then the cookie's, then the browser's."""

from enum import StrEnum

COOKIE = "callguard-language"


class Language(StrEnum):
    """The languages that every word is in."""

    JA = "ja"
    EN = "en"


def choose(person: str | None, cookie: str | None, accepts: str) -> Language:
    """Return the first language that is wished for, Japanese by default.

    ``accepts`` is the header Accept-Language (RFC 9110 section 12.5.4).
    """
    for wish in (person, cookie):
        if wish in set(Language):
            return Language(wish)
    return _accepted(accepts)


def _accepted(header: str) -> Language:
    best, quality = Language.JA, 0.0
    for one in header[:200].split(","):
        tag, _, rest = one.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(rest)
        if language in set(Language) and weight > quality:
            best, quality = Language(language), weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
