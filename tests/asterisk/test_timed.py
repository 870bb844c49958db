"""A worker's figures, from the calls that it answers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from callguard.asterisk.answer import Answer
from callguard.asterisk.question import QuestionError
from callguard.asterisk.timed import TimedAnswers
from callguard.figures.verdicts import VerdictFigures

NOW = datetime(2026, 11, 27, tzinfo=UTC)


class Answers:
    """Answers after a second of its clock, with a record or without."""

    def __init__(self, record: bytes | None, fault: Exception | None = None) -> None:
        self._record = record
        self._fault = fault
        self.time = 0.0

    def reply(self, arguments: Sequence[str], now: datetime) -> Answer:
        self.time += 0.001
        if self._fault:
            raise self._fault
        return Answer("text", self._record)

    def clock(self) -> float:
        return self.time


def test_an_answer_with_a_record_has_waited_for_the_disk() -> None:
    figures, answers, sent = VerdictFigures(), Answers(b"record"), []
    waiting: list[Callable[[], None]] = []
    worker = figures.worker(0)
    timed = TimedAnswers(answers, worker, lambda _, send: waiting.append(send), answers.clock)
    timed.reply([], NOW)
    timed.keep(b"record", lambda: sent.append("answer"))
    worker.tell(sessions=1)
    assert sum(figures.total().buckets) == 0
    answers.time += 0.2
    waiting[0]()
    worker.tell(sessions=0)
    assert sent == ["answer"]
    assert figures.total().seconds == pytest.approx(0.201)


def test_an_answer_without_a_record_goes_out_at_once() -> None:
    figures, answers = VerdictFigures(), Answers(None)
    worker = figures.worker(0)
    TimedAnswers(answers, worker, lambda *_: None, answers.clock).reply([], NOW)
    worker.tell(sessions=0)
    assert figures.total().seconds == pytest.approx(0.001)


def test_a_question_without_a_verdict_is_counted() -> None:
    figures, answers = VerdictFigures(), Answers(None, QuestionError("no question"))
    worker = figures.worker(0)
    timed = TimedAnswers(answers, worker, lambda *_: None, answers.clock)
    with pytest.raises(QuestionError):
        timed.reply([], NOW)
    worker.tell(sessions=0)
    assert figures.total().failed == 1
