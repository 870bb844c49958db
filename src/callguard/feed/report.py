"""A scam report: what a household says of a call, without who says it.

The home is a pseudonym that only its node could resolve (:mod:`.pseudonyms`), so that several
reports of one home count once. Reports are not signed: whoever may append to the stream is
believed to be a node, and a person at a source decides what becomes of each::

    {"format": 1, "id": "5f0c…", "number": "+81422990001", "reported": "2026-11-24T03:05:00.000Z",
     "called": "2026-11-24T03:00:00.000Z", "category": "fake-police", "note": "asked for my card",
     "home": "9a41…", "node": "77b0…"}
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ..blocklist.listing import Category
from ..blocklist.moments import read_moment, write_moment
from .statement import FORMAT, MALFORMED, one_line

MAX_NOTE = 200
"""Characters of a note."""
MAX_BYTES = 4096
"""Of one report. A security limit: a stranger may have written it."""

_ID = re.compile(r"[0-9a-f]{16}")
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{2,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Report:
    """One report. Times are aware, to the millisecond."""

    id: str
    """16 hexadecimal digits; sent twice, it is still one report."""
    number: int
    """Who called: E.164 digits."""
    reported_at: datetime
    home: str
    node: str
    called_at: datetime | None = None
    category: Category | None = None
    """What kind of fraud the household takes it for."""
    note: str = ""

    def to_bytes(self) -> bytes:
        """Return the report as it is queued and sent."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "id": self.id,
            "number": f"+{self.number}",
            "reported": write_moment(self.reported_at),
            "home": self.home,
            "node": self.node,
        }
        if self.called_at is not None:
            content["called"] = write_moment(self.called_at)
        if self.category is not None:
            content["category"] = self.category.value
        if self.note:
            content["note"] = self.note
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what :meth:`to_bytes` returned, or a stranger wrote.

        Raises:
            ValueError: it is no report.

        """
        if len(data) > MAX_BYTES:
            raise ValueError(f"{len(data)} bytes; a report has at most {MAX_BYTES}")
        try:
            content = json.loads(data)
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r}")
            return cls(
                _text(content["id"], _ID),
                int(_text(content["number"], _NUMBER)[1:]),
                read_moment(content["reported"]),
                _text(content["home"], _PSEUDONYM),
                _text(content["node"], _PSEUDONYM),
                read_moment(content["called"]) if "called" in content else None,
                Category(content["category"]) if "category" in content else None,
                check_note(content.get("note", "")),
            )
        except MALFORMED as error:
            raise ValueError(f"not a report: {one_line(error)}") from error


def check_note(note: object) -> str:
    """Return *note* if it can be one: one line, for a terminal too.

    Raises:
        ValueError: it is too long, or holds what cannot be printed.

    """
    if not isinstance(note, str) or len(note) > MAX_NOTE or not note.isprintable():
        raise ValueError(f"a note is one line of at most {MAX_NOTE} characters")
    return note


def _text(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"{str(value)[:40]!r}")
    return value
