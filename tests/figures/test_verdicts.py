"""Figures of the workers, from several processes."""

import os

from callguard.figures.verdicts import BOUNDS, VerdictFigures
from callguard.screening import Action, Reason


def test_the_figures_of_all_workers_are_added_up() -> None:
    figures = VerdictFigures()
    for place in (0, 3):
        worker = figures.worker(place)
        worker.decided(Action.WARN, Reason.UNLISTED)
        worker.took(0.002)
        worker.tell(sessions=2)
    total = figures.total()
    assert total.verdicts[Action.WARN, Reason.UNLISTED] == 2
    assert total.sessions == 4
    assert sum(total.buckets) == 2
    assert total.seconds == 0.004


def test_another_process_counts_into_the_same_memory() -> None:
    figures = VerdictFigures()
    pid = os.fork()
    if pid == 0:
        worker = figures.worker(1)
        worker.decided(Action.REJECT, Reason.WITHHELD)
        worker.tell(sessions=0)
        os._exit(0)
    os.waitpid(pid, 0)
    assert figures.total().verdicts[Action.REJECT, Reason.WITHHELD] == 1


def test_a_worker_that_is_started_again_goes_on_counting_with_no_session_open() -> None:
    figures = VerdictFigures()
    for _ in range(2):
        worker = figures.worker(0)
        assert figures.total().sessions == 0
        worker.failed()
        worker.tell(sessions=5)
    assert figures.total().failed == 2


def test_a_bound_belongs_to_what_is_not_longer_than_it() -> None:
    figures = VerdictFigures()
    worker = figures.worker(0)
    for bound in BOUNDS:
        worker.took(bound)
    worker.took(BOUNDS[-1] + 1)
    worker.tell(sessions=0)
    assert figures.total().buckets == (1,) * (len(BOUNDS) + 1)


def test_a_clock_that_is_set_back_makes_no_time_negative() -> None:
    figures = VerdictFigures()
    worker = figures.worker(0)
    worker.took(-5.0)
    worker.tell(sessions=0)
    assert figures.total().seconds == 0


def test_what_was_told_is_not_told_again() -> None:
    figures = VerdictFigures()
    worker = figures.worker(0)
    worker.decided(Action.WARN, Reason.UNLISTED)
    worker.took(0.002)
    worker.failed()
    for _ in range(2):
        worker.tell(sessions=0)
    total = figures.total()
    assert (total.verdicts.total(), sum(total.buckets), total.failed) == (1, 1, 1)
