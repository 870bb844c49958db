"""Which part of a sound a browser asks for: Safari plays nothing that cannot be had in parts.

One range of bytes is understood (RFC 9110 section 14); of several, of other units and of nonsense
the whole is sent, as section 14.2 allows.
"""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(Exception):
    """A range that is wholly beyond the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from ``begin`` to before ``end``, of ``length`` in all."""

    begin: int
    end: int
    length: int
    asked: bool
    """Whether it was asked for; the whole is sent otherwise."""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return 206 if self.asked else 200

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say which part it is."""
        headers = {"Accept-Ranges": "bytes", "Content-Length": str(self.end - self.begin)}
        if self.asked:
            headers["Content-Range"] = f"bytes {self.begin}-{self.end - 1}/{self.length}"
        return headers


def read_range(header: str | None, length: int) -> Part:
    """Return the part of *length* bytes that the value of a Range header asks for.

    Raises:
        Unsatisfiable: nothing of it is there.

    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    first, last = (found[1], found[2]) if found else ("", "")
    if not first and not last:
        return Part(0, length, length, asked=False)
    if not first:  # so many of the last
        begin, end = max(0, length - int(last)), length
    else:
        begin = int(first)
        end = min(length, int(last) + 1) if last else length
        if last and int(last) < begin:
            return Part(0, length, length, asked=False)
    if begin >= end:
        raise Unsatisfiable
    return Part(begin, end, length, asked=True)
