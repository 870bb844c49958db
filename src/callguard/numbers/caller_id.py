"""The caller ID as a SIP trunk delivers it, and how its parts are read.

Only the parts that matter here are parsed, leniently and in linear time: every header comes from
a stranger. What cannot be read counts as absent, never as trustworthy.
"""

import re
from dataclasses import field
from urllib.parse import unquote

from ..values import value
from .caller import Origin


@value
class CallerID:
    """A raw caller ID: what the channel says, and the SIP headers behind it.

    ``number`` and ``presentation`` are Asterisk's ``CALLERID(num)`` and ``CALLERID(pres)`` (the
    text form, or the ``agi_callingpres`` number as text). The headers are the raw values of From,
    P-Asserted-Identity (one a line of the tuple) and Privacy; empty where the call had none.
    ``abroad`` tells that the call has come in by a trunk that carries calls from abroad only.
    """

    number: str = ""
    presentation: str = ""
    from_header: str = ""
    asserted: tuple[str, ...] = field(default=(), repr=False)
    privacy: str = ""
    abroad: bool = False


@value
class NameAddress:
    """A SIP name-addr (RFC 3261 section 25.1): what identifies a caller in it."""

    display: str = ""
    user: str = ""
    host: str = ""
    verstat: str | None = None


# display-name: a quoted string or bare tokens, before the URI in angle brackets.
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')
# addr-spec: sip:, sips: (RFC 3261) or tel: (RFC 3966), user part before an optional host.
_URI = re.compile(r"(sips?|tel):([^@>\s]*)(?:@([^>;?\s]*))?([^>]*)", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]+(?:;|$)")
_VERSTAT = re.compile(r";verstat=([A-Za-z0-9-]{1,64})", re.IGNORECASE)

WITHHELD_NUMBER = frozenset({"anonymous", "restricted", "private"})
"""What gateways write in place of a number that the caller withheld (lower case)."""

NO_NUMBER = WITHHELD_NUMBER | {"", "unknown", "unavailable"}
"""The same for any missing number; ``unknown`` is Asterisk's AGI for none at all."""


def parse_name_address(header: str) -> NameAddress:
    """Read the display name, user and host of a From or P-Asserted-Identity value.

    Percent escapes in the user part are decoded, ``;isub=`` and other parameters dropped.
    Text without a ``sip:``, ``sips:`` or ``tel:`` URI gives an empty result, and so does a header
    that was cut within its display name: what is left is all the caller's own text.
    """
    quoted = _QUOTED.match(header)
    if quoted is None and header.lstrip().startswith('"'):
        return NameAddress()
    # What stands in quotes is the caller's own text, even if it looks like a URI.
    uri = _URI.search(header, quoted.end() if quoted else 0)
    if uri is None:
        return NameAddress()
    display = (
        quoted.group(1) if quoted else header[: uri.start()].rstrip().removesuffix("<").strip()
    )
    scheme, user, host, parameters = uri.groups(default="")
    if scheme.lower() != "tel" and "@" not in uri.group(0) and not _DIGITS.match(user):
        user, host = "", user  # sip:host, without a user part
    verstat = _VERSTAT.search(user + parameters) if ";" in user or parameters else None
    return NameAddress(
        display=display,
        user=bare_user(user),
        host=host.split(";", 1)[0].rsplit(":", 1)[0].lower(),
        verstat=verstat.group(1) if verstat else None,
    )


def bare_user(user: str) -> str:
    """Return the number in a SIP user part or tel URI: parameters cut, percent escapes decoded."""
    number = user.partition(";")[0]
    return unquote(number, errors="replace") if "%" in number else number


def bare_number(text: str) -> str:
    """Return the number in a caller ID that may be a bare number, a URI or a name-addr."""
    if ":" in text:
        return parse_name_address(text).user
    if ";" in text or "%" in text:
        return bare_user(text)
    return text


def is_withheld_presentation(presentation: str) -> bool:
    """Tell whether Asterisk's presentation forbids showing the number (``prohib…``, 32–35)."""
    return presentation.startswith("prohib") or presentation in {"32", "33", "34", "35"}


def is_unavailable_presentation(presentation: str) -> bool:
    """Tell whether Asterisk's presentation says that no number is available (64–67)."""
    return presentation.startswith("unavail") or presentation in {"64", "65", "66", "67"}


def asks_privacy(privacy: str) -> bool:
    """Tell whether a Privacy header (RFC 3323 section 4.2, RFC 3325 section 9.3) hides the caller.

    ``none`` and ``critical`` alone hide nothing; ``session`` hides media addresses, not the caller.
    """
    if not privacy:
        return False
    values = {value.strip().lower() for value in re.split(r"[;,]", privacy)}
    return bool(values & {"id", "user", "header"})


_WITHHELD_DISPLAYS = {
    "anonymous": Origin.WITHHELD,
    "coinline/payphone": Origin.PAYPHONE,
    "unavailable": Origin.UNAVAILABLE,
    "interactionwithotherservice": Origin.UNAVAILABLE,
}
"""The display names of JJ-90.22 in small letters, without their spaces."""


def reason_without_number(display: str, unknown: Origin = Origin.WITHHELD) -> Origin:
    """Return why a number is missing, by the display name that TTC JJ-90.22 gives to each reason.

    For a display name that is absent or another, *unknown*: by default withheld. How it is written
    does not matter: in quotes or not, with escapes (RFC 3261 section 25.1), spaces, capitals.
    """
    plain = "".join(display.replace("\\", "").strip('" ').lower().split())
    return _WITHHELD_DISPLAYS.get(plain, unknown)
