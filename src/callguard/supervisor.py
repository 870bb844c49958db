"""The supervisor: starts the child processes, watches that they live, starts them again.

It does nothing else, so that there is little in it that can fail. Children are forked, so that one
that had to be killed is back within milliseconds.
"""

import contextlib
import gc
import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from .children import LISTS_CHANGED

log = logging.getLogger(__name__)

HUNG_SECONDS = 1.0
"""A worker whose loop has not turned for so long is killed: each call it holds is waiting."""
START_SECONDS = 30.0
"""Allowed before the first beat: lists are read from disk."""
STOP_SECONDS = 3.0
POLL_SECONDS = 0.1
SETTLED_SECONDS = 10.0
"""A child that has lived so long has not failed at its start."""
MAX_PAUSE = 2.0
"""Longest pause before a child that keeps dying is started again."""


@dataclass(slots=True)
class Child:
    """One child process."""

    name: str
    run: Callable[[socket.socket], None]
    """Runs the child, to its end, with its end of the control pair."""
    hung_after: float
    """Seconds without a beat before it is killed."""
    relays: bool = False
    """It is told when lists have changed."""
    pid: int = 0
    control: socket.socket | None = None
    heard_at: float = 0.0
    beating: bool = False
    deaths: int = 0
    start_at: float = 0.0
    started_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs *children* until it is told to stop (SIGTERM, SIGINT)."""

    children: list[Child]
    ready: Callable[[], None]
    """Called once, when every child has beaten."""
    _stopping: bool = False
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _announced: bool = False
    _looked_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Start the children and watch them; return when all have ended after a signal to stop."""
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        wake_read, wake_write = socket.socketpair()
        wake_write.setblocking(False)
        wake_read.setblocking(False)
        signal.set_wakeup_fd(wake_write.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(wake_read, selectors.EVENT_READ, None)
        while not self._stopping:
            self._start_due()
            self._wait(wake_read)
            self._kill_hung()
        self._end(wake_read)

    def _wait(self, wake: socket.socket) -> None:
        """Wait a little for news: a beat, a message, the end of a child, a signal."""
        for key, _ in self._selector.select(POLL_SECONDS):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    wake.recv(4096)
            else:
                self._hear(key.data)
        self._reap()

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid == 0 and now >= child.start_at:
                self._start(child)

    def _start(self, child: Child) -> None:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()  # else the child would keep its own supervisor's end open
            self._become(child, theirs)
        theirs.close()
        ours.setblocking(False)
        child.pid = pid
        child.control = ours
        child.beating = False
        child.heard_at = child.started_at = time.monotonic()
        self._selector.register(ours, selectors.EVENT_READ, child)

    def _become(self, child: Child, control: socket.socket) -> None:
        """Run *child* in this forked process, and never return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us through SIGTERM
            self._selector.close()
            with contextlib.suppress(OSError):
                Path("/proc/self/comm").write_text(f"cg {child.name}")  # what ps shows
            for other in self.children:
                if other.control is not None:
                    other.control.close()
            child.run(control)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            log.exception("%s failed", child.name)
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _hear(self, child: Child) -> None:
        if child.control is None:
            return
        try:
            message = child.control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._selector.unregister(child.control)
            child.control.close()
            child.control = None
            return
        child.heard_at = time.monotonic()
        child.beating = True
        if child.heard_at - child.started_at > SETTLED_SECONDS:
            child.deaths = 0
        if LISTS_CHANGED in message:
            self._relay(LISTS_CHANGED)
        if not self._announced and all(one.beating for one in self.children):
            self._announced = True
            self.ready()

    def _relay(self, message: bytes) -> None:
        for child in self.children:
            if child.relays and child.control is not None:
                with contextlib.suppress(OSError):
                    child.control.send(message)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.pid == pid:
                    self._died(child, status)

    def _died(self, child: Child, status: int) -> None:
        child.pid = 0
        if child.control is not None:
            self._selector.unregister(child.control)
            child.control.close()
            child.control = None
        pause = min(0.05 * 2**child.deaths - 0.05, MAX_PAUSE)
        child.deaths = min(child.deaths + 1, 10)
        child.start_at = time.monotonic() + pause
        if not self._stopping:
            code = os.waitstatus_to_exitcode(status)
            how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
            log.error("%s %s; started again in %.2f s", child.name, how, pause)

    def _kill_hung(self) -> None:
        now = time.monotonic()
        if now - self._looked_at > HUNG_SECONDS / 2:
            # We were stopped ourselves, or starved: what was said meanwhile is still unread.
            for child in self.children:
                child.heard_at = now
        self._looked_at = now
        for child in self.children:
            allowed = child.hung_after if child.beating else START_SECONDS
            if child.pid and now - child.heard_at > allowed:
                log.error("%s has not answered for %.1f s and is killed", child.name, allowed)
                child.heard_at = now
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)

    def _end(self, wake: socket.socket) -> None:
        for child in self.children:
            if child.pid:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.pid for child in self.children) and time.monotonic() < deadline:
            self._wait(wake)
        for child in self.children:
            if child.pid:
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
