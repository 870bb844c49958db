"""The supervisor: starts the child processes, watches that they live, starts them again.

It does nothing else, so that there is little in it that can fail. Children are forked, so that one
that had to be killed is back within milliseconds. At a reload (SIGHUP) each gives way to a
successor, one by one: see ``Succession``.
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
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from .children import LISTS_CHANGED
from .listener import Listener
from .system_manager import SystemManager

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
ORPHAN_SECONDS = 5.0
"""A terminal that is closed sends SIGHUP to everybody, and then our parent is gone: so long after
one it is looked whether that was meant, and not a reload."""
MAX_ATTEMPTS = 3
"""So often may a successor die before its first beat; then its predecessor stays."""


class Figures(Protocol):
    """What counts the processes."""

    def started(self, name: str, pid: int) -> None:
        """Take that the process *name* runs."""

    def ended(self, name: str, pid: int) -> None:
        """Take that it has ended."""

    def left(self, name: str) -> None:
        """Take that it is not to run any more."""


class _Uncounted:
    def started(self, name: str, pid: int) -> None:
        pass

    def ended(self, name: str, pid: int) -> None:
        pass

    def left(self, name: str) -> None:
        pass


@dataclass(slots=True, eq=False)
class Child:
    """One child process."""

    name: str
    run: Callable[[socket.socket], None]
    """Runs the child, to its end, with its end of the control pair."""
    hung_after: float
    """Seconds without a beat before it is killed."""
    relays: bool = False
    """It is told when lists have changed."""
    listeners: Sequence[Listener] = ()
    """Where it serves; with any, a successor begins before it ends, and takes them over."""
    start_within: float = 0.0
    """Seconds to its first beat; 0: ``START_SECONDS``."""
    load: Callable[[], None] = lambda: None
    """Loads, in the supervisor, what this child shares with others; called before each fork."""
    leave_by: float = 0.0
    """Not 0: it has been asked to end by then, and is not started again."""
    pid: int = 0
    control: socket.socket | None = None
    heard_at: float = 0.0
    beating: bool = False
    deaths: int = 0
    start_at: float = 0.0
    started_at: float = 0.0


@dataclass(slots=True)
class Succession:
    """One step of a reload: *old* gives way to *new*; either may be missing.

    Who has listeners begins before its predecessor is asked to end, and is asked only when it
    beats. Others, of whom there may be only one at a time, begin after it.
    """

    old: Child | None
    new: Child | None
    begun: bool = False


@dataclass(slots=True)
class Supervisor:
    """Runs *children* until it is told to stop (SIGTERM, SIGINT)."""

    children: list[Child]
    ready: Callable[[], None]
    """Called once, when every child has beaten."""
    reread: Callable[[], Sequence[Child] | None] = lambda: None
    """Called on SIGHUP; returns who is to run from now on, or None if all stays as it is. A child
    that is in it as it is now is left alone."""
    figures: Figures = field(default_factory=_Uncounted)
    manager: SystemManager = field(default_factory=SystemManager)
    _reload_asked: bool = False
    _parent: int = field(default_factory=os.getppid)
    _orphan_until: float = 0.0
    _steps: deque[Succession] | None = None
    """What is left of a reload; None: there is none."""
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
        stays = signal.signal(signal.SIGHUP, self._ask_reload) is signal.SIG_IGN  # nohup(1)
        self._parent = 0 if stays else os.getppid()
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
            self._stop_if_orphaned()
            self._reload()
            self.manager.beat()
        self.manager.stopping()
        self._end(wake_read)
        signal.set_wakeup_fd(-1)
        wake_read.close()
        wake_write.close()

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

    def _ask_reload(self, _: int, __: FrameType | None) -> None:
        self._reload_asked = True
        self._orphan_until = time.monotonic() + ORPHAN_SECONDS

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid == 0 and now >= child.start_at:
                self._start(child)

    def _start(self, child: Child) -> None:
        try:
            for listener in child.listeners:
                listener.open()
        except OSError as error:
            log.error("%s cannot listen: %s", child.name, os.strerror(error.errno or 0))
            self._postpone(child)
            return
        child.load()
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
        self.figures.started(child.name, pid)

    def _become(self, child: Child, control: socket.socket) -> None:
        """Run *child* in this forked process, and never return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us through SIGTERM
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # and a reload through our successor
            self._selector.close()
            with contextlib.suppress(OSError):
                Path("/proc/self/comm").write_text(f"cg {child.name}")  # what ps shows
            for other in self.children:
                if other.control is not None:
                    other.control.close()
                for listener in other.listeners if other is not child else ():
                    listener.close()  # else it would outlive who serves it
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
            self.manager.ready()

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
            for child in [*self.children]:
                if child.pid == pid:
                    self._died(child, status)

    def _died(self, child: Child, status: int) -> None:
        self.figures.ended(child.name, child.pid)
        child.pid = 0
        if child.control is not None:
            self._selector.unregister(child.control)
            child.control.close()
            child.control = None
        for listener in child.listeners:
            listener.close()
        if child.leave_by:
            self.children.remove(child)
            return
        pause = self._postpone(child)
        if not self._stopping:
            code = os.waitstatus_to_exitcode(status)
            how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
            log.error("%s %s; started again in %.2f s", child.name, how, pause)

    def _postpone(self, child: Child) -> float:
        """Start *child* again after a pause, the longer the more often it has died."""
        pause: float = min(0.05 * 2**child.deaths - 0.05, MAX_PAUSE)
        child.deaths = min(child.deaths + 1, 10)
        child.start_at = time.monotonic() + pause
        return pause

    def _stop_if_orphaned(self) -> None:
        if time.monotonic() < self._orphan_until and self._parent not in {0, os.getppid()}:
            self._stopping = True

    def _reload(self) -> None:
        """Go on with a reload as far as it can go now."""
        if self._steps is None:
            if self._reload_asked:
                self._reload_asked = False
                self._begin_reload()
            return
        while self._steps and self._is_done(self._steps[0]):
            self._steps.popleft()
        if not self._steps:
            self._steps = None
            log.info("reloaded")
            self.manager.ready()

    def _begin_reload(self) -> None:
        successors = self.reread()
        if successors is None:
            return
        self.manager.reloading()
        before = {child.name: child for child in self.children}
        names = {child.name for child in successors}
        self._steps = deque(
            Succession(before.get(child.name), child)
            for child in successors
            if child not in self.children
        )
        gone = [child for child in self.children if child.name not in names]
        self._steps.extend(Succession(child, None) for child in gone)

    def _is_done(self, step: Succession) -> bool:
        """Do what can be done of a step; tell whether it is over."""
        old, new = step.old, step.new
        overlap = new is not None and bool(new.listeners)
        if new is not None and not step.begun and (overlap or old not in self.children):
            step.begun = True
            if old is not None:
                _take_over(old.listeners, new.listeners)
            self.children.append(new)
            return False
        if new is not None and step.begun and not new.beating:
            if new.deaths >= MAX_ATTEMPTS and old in self.children:
                log.error("%s does not start anew and stays as it was; see above why", new.name)
                self._dismiss(new)
                return True
            return False
        if old is not None and old in self.children:
            self._dismiss(old)
            return False
        if new is None and old is not None:
            self.figures.left(old.name)
        return True

    def _dismiss(self, child: Child) -> None:
        """Ask *child* to end, once, and have it killed if it does not."""
        if child.leave_by:
            return
        child.leave_by = time.monotonic() + STOP_SECONDS
        for listener in child.listeners:
            listener.close()
        if child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)
        else:
            self.children.remove(child)

    def _kill_hung(self) -> None:
        now = time.monotonic()
        if now - self._looked_at > HUNG_SECONDS / 2:
            # We were stopped ourselves, or starved: what was said meanwhile is still unread.
            for child in self.children:
                child.heard_at = now
        self._looked_at = now
        for child in self.children:
            if child.pid and child.leave_by and now > child.leave_by:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            start = child.start_within or START_SECONDS
            allowed = child.hung_after if child.beating else start
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


def _take_over(held: Sequence[Listener], wanted: Sequence[Listener]) -> None:
    """Give those that are *wanted* the sockets of those at the same addresses."""
    for mine in wanted:
        for theirs in held:
            if theirs.address == mine.address:
                mine.take_over(theirs)
