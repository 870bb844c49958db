"""A bar that shows how far a long command is, to a person who watches."""

import sys
from types import TracebackType
from typing import Self, TextIO

_WIDTH = 30


class Progress:
    """A bar on stderr, if that is a terminal; it is wiped out in the end."""

    def __init__(self, what: str, total: int, stream: TextIO | None = None) -> None:
        self._what = what
        self._total = max(total, 1)
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()

    def __enter__(self) -> Self:
        self.at(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def at(self, done: int) -> None:
        """Show that so much of the total is done."""
        if self._shown:
            part = min(done / self._total, 1)
            bar = "#" * round(part * _WIDTH)
            self._stream.write(f"\r{self._what} [{bar:<{_WIDTH}}] {part:4.0%}")
            self._stream.flush()
