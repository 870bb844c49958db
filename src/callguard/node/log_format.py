"""How the log is written, for people or for programs; no telephone number and no password in it.

callguard's own lines name no number. This is the last net under them: under a library that quotes
what it was given, and under a line that somebody adds without thinking of it.
"""

import json
import logging
import re
from datetime import UTC, datetime

_NUMBER = re.compile(
    r"[+08](?<![\w.].)"
    r"(?:(?<=\+)[0-9][0-9-]{5,18}[0-9]"
    r"|(?<=0)[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}"
    r"|(?<=8)1[0-9]{8,10})"
    r"(?![\w-]|\.[0-9])",
    re.ASCII,
)
"""As E.164 with + or without, and as Japanese numbers are written at home.

It begins with what a number begins with, so that what lies between numbers is passed over quickly.
"""

_FEWEST_DIGITS = 8
"""Shorter ones are services for everybody, such as 110, or no telephone numbers at all."""

_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")

_SHOWN = 2
"""Digits at the end that are left, to tell two callers apart while a fault is looked into."""


def masked(text: str) -> str:
    """Return *text* with every telephone number but its last digits, and every password, hidden."""
    if "://" in text:
        text = _PASSWORD.sub("…@", text)
    return _NUMBER.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    digits = re.sub("[^0-9]", "", found[0])
    return found[0] if len(digits) < _FEWEST_DIGITS else f"…{digits[-_SHOWN:]}"


class TextFormat(logging.Formatter):
    """One line a message, for people; a fault is followed by its traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return masked(super().format(record))


class JSONFormat(logging.Formatter):
    """One JSON object a line: ``time`` (UTC), ``level``, ``logger``, ``process``, ``message``.

    A fault's traceback is ``fault``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": masked(record.getMessage()),
        }
        if record.exc_info:
            content["fault"] = masked(self.formatException(record.exc_info))
        return json.dumps(content, ensure_ascii=False)


def formatter(name: str) -> logging.Formatter:
    """Return the formatter of the setting ``log_format``."""
    return JSONFormat() if name == "json" else TextFormat()
