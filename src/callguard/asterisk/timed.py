"""Counts what a worker decides, and how long each question waits until its answer goes out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from time import perf_counter

from ..figures.verdicts import WorkerFigures
from .answer import Answer
from .server import Answers, Keep


class TimedAnswers:
    """Between the server and who answers: the same answers, and figures of them.

    ``keep`` is to be the server's: it is called for a record at once after the ``reply`` that it
    came with, so that one clock is enough.
    """

    __slots__ = ("_answers", "_began", "_clock", "_figures", "_keep")

    def __init__(
        self,
        answers: Answers,
        figures: WorkerFigures,
        keep: Keep,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._answers = answers
        self._figures = figures
        self._keep = keep
        self._clock = clock
        self._began = 0.0

    def reply(self, arguments: Sequence[str], now: datetime) -> Answer:
        """Answer a question; raises what ``Answering.reply`` does."""
        self._began = self._clock()
        try:
            answer = self._answers.reply(arguments, now)
        except Exception:
            self._figures.failed()
            raise
        if answer.record is None:
            self._figures.took(self._clock() - self._began)
        return answer

    def keep(self, record: bytes, send: Callable[[], None]) -> None:
        """Keep *record*, and count how long its caller has waited when the answer goes out."""
        began = self._began

        def answer() -> None:
            send()
            self._figures.took(self._clock() - began)

        self._keep(record, answer)
