"""The node's processes, as the supervisor notes them."""

import os

from callguard.figures.processes import ProcessFigures


def test_a_process_that_runs_tells_what_it_uses() -> None:
    figures = ProcessFigures()
    figures.add("worker 1")
    figures.started("worker 1", os.getpid())
    [use] = figures.each()
    assert (use.name, use.pid, use.starts) == ("worker 1", os.getpid(), 1)
    assert use.memory > 0
    assert use.files > 0
    assert use.seconds >= 0


def test_a_process_that_has_ended_does_not_run() -> None:
    figures = ProcessFigures()
    figures.add("news")
    figures.started("news", os.getpid())
    figures.ended("news", os.getpid())
    [use] = figures.each()
    assert (use.pid, use.starts, use.memory) == (0, 1, 0)


def test_the_end_of_a_predecessor_does_not_hide_the_successor() -> None:
    figures = ProcessFigures()
    figures.add("worker 1")
    figures.started("worker 1", 1)
    figures.started("worker 1", os.getpid())
    figures.ended("worker 1", 1)
    [use] = figures.each()
    assert (use.pid, use.starts) == (os.getpid(), 2)


def test_a_process_that_was_never_started_is_not_told() -> None:
    figures = ProcessFigures()
    figures.add("feed server")
    assert not list(figures.each())


def test_a_process_that_is_not_to_run_any_more_is_not_missed() -> None:
    figures = ProcessFigures()
    figures.add("worker 2")
    figures.started("worker 2", os.getpid())
    figures.ended("worker 2", os.getpid())
    figures.left("worker 2")
    assert not list(figures.each())
