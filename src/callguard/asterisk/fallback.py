"""The second line of defence: an AGI script that Asterisk itself runs, built on pyst2.

The only module that imports pyst2. Its traps are held here (all tested): it traces the environment,
the caller's number with it, to stderr; it quotes without escaping; a one-line 520 answer makes it
spin. A timer of the kernel's ends the script whatever it does; the dialplan has its own as well.
"""

import io
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asterisk.agi import AGI, AGIAppError, AGIException, AGIUsageError

from ..calllog.journal import PATIENCE, Journal
from ..calllog.record import Defence
from ..households.reader import PolicyUnavailable
from ..settings import SettingsError, load_to_screen
from .agi import quote
from .answering import Answering
from .question import QuestionError

LIFETIME_SECONDS = 2.0


class _Nowhere:
    """A stderr that keeps nothing: pyst2 would write the caller's number to it."""

    def write(self, _: str) -> int:
        return 0


class ScreeningAGI(AGI):  # type: ignore[misc]
    """pyst2's AGI, silent and quoting as Asterisk reads it."""

    def __init__(self) -> None:
        # Whatever the machine's locale: a stray byte must not cost the verdict.
        stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
        super().__init__(stdin=stdin, stderr=_Nowhere())

    def _quote(self, string: Any) -> str:
        text = str(string)
        if any(character in text for character in "\r\n\0"):
            raise AGIAppError("CR, LF and NUL cannot be sent in an AGI command")
        return quote(text)

    def get_result(self, stdin: Any = None) -> Any:
        """Read one line; any reply but 200 is the end."""
        line = self.stdin.readline()
        if not line.startswith("200"):
            raise AGIUsageError(line.strip() or "Asterisk closed the conversation")
        return line.strip()


def _keep(folder: Path, record: bytes | None) -> threading.Thread:
    """Write the verdict to the journal, and wait no longer than the caller can."""

    def write() -> None:
        if record is None:
            return
        journal = Journal(folder)
        try:
            journal.append([record])
        except OSError as error:
            sys.stderr.write(f"callguard fallback: the verdict is not kept: {error}\n")
        finally:
            journal.seal()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return thread


def main() -> None:
    """Answer one question on stdin and stdout; exit status 1 means no verdict."""
    signal.setitimer(signal.ITIMER_REAL, LIFETIME_SECONDS)
    try:
        settings = load_to_screen()
        agi = ScreeningAGI()
        arguments: list[str] = []
        while (value := agi.env.get(f"agi_arg_{len(arguments) + 1}")) is not None:
            arguments.append(value)
        reply = Answering.open(settings).reply(arguments, datetime.now(UTC), Defence.FALLBACK)
        kept = _keep(settings.journal, reply.record)
        agi.execute("EXEC", "MSet", agi._quote(reply.text))
        kept.join(PATIENCE)
    except (AGIException, PolicyUnavailable, QuestionError, SettingsError, OSError) as error:
        sys.stderr.write(f"callguard fallback: {error}\n")
        # What Asterisk will not read any more must not be complained about at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(1) from error
