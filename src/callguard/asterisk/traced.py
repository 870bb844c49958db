"""A span for each question that a worker answers."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from time import time_ns

from ..tracing import Tracing
from .answer import Answer
from .server import Answers, Keep

_TOLD = re.compile(r"CALLGUARD_(ACTION|REASON|CALL_ID)=([a-z0-9-]+)")


class TracedAnswers:
    """Between the server and who answers, as ``TimedAnswers`` is."""

    def __init__(self, answers: Answers, keep: Keep, tracing: Tracing) -> None:
        self._answers = answers
        self._keep = keep
        self._tracing = tracing
        self._began = 0
        self._told: dict[str, str | int] = {}

    def reply(self, arguments: Sequence[str], now: datetime) -> Answer:
        """Answer a question; raises what ``Answering.reply`` does."""
        self._began = time_ns()
        self._told = {}
        try:
            answer = self._answers.reply(arguments, now)
        except Exception as error:
            self._end(self._began, {"error.type": type(error).__name__})
            raise
        self._told = {
            f"callguard.{name.lower()}": word for name, word in _TOLD.findall(answer.text)
        }
        if answer.record is None:
            self._end(self._began, self._told)
        return answer

    def keep(self, record: bytes, send: Callable[[], None]) -> None:
        """Keep *record*; the span ends when the answer goes out."""
        began, told = self._began, self._told

        def answer() -> None:
            send()
            self._end(began, told)

        self._keep(record, answer)

    def _end(self, began: int, told: dict[str, str | int]) -> None:
        self._tracing.span("screen", began, time_ns(), told)
