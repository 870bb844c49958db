"""The process ``news`` as the tests start and kill it: forked, as the supervisor does."""

import multiprocessing
import os
import signal
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callguard.notify.process import run_news
from callguard.settings import Settings

from .family import Family

PATIENCE = 60.0
"""Seconds after which a test that waits in vain has failed."""

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from apprise.plugins import N_MGR

    # Loaded once, in the process that the others are forked from.
    N_MGR.load_modules()  # type: ignore[no-untyped-call]


def _run(settings: Settings, control: socket.socket, log: Path) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    run_news(settings, control)


class NewsProcess:
    """One running process."""

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = context.Process(
                target=_run, args=(settings, theirs, settings.data / "log")
            )
            self._process.start()

    @property
    def lives(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._end()

    def stop(self) -> int | None:
        """Tell it to stop; return its exit status."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        return self._end()

    def _end(self) -> int | None:
        self._process.join(PATIENCE)
        status = self._process.exitcode
        self._process.close()
        self._ours.close()
        return status


@contextmanager
def telling(family: Family, folder: Path, **settings: str) -> Iterator[NewsProcess]:
    """Have the news of *family* told by a process that keeps its files in *folder*."""
    url = family.database.engine.url.render_as_string(hide_password=False)
    given = Settings(data=folder, database_url=url, news_private_targets=True, **settings)  # type: ignore[arg-type]
    process = NewsProcess(given)
    try:
        yield process
    finally:
        try:
            alive = process.lives
        except ValueError:  # ended by the test itself
            alive = False
        if alive:
            process.kill()
