"""The supervisor, with real processes.

Run as a program, this file is a supervisor with the children of one scenario. What they have to say
goes to standard output, which ends when the last process that could speak has ended.
"""

import asyncio
import logging
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from callguard.node import supervisor
from callguard.node.children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from callguard.node.supervisor import Child, Supervisor

PATIENCE = 30.0
"""Seconds after which a test that hears nothing has failed."""


# The program: children that say what happens to them.


def says(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def steady(name: str, control: socket.socket) -> None:
    """Beat and listen, as a worker does; send word of changed lists on SIGUSR1."""

    async def listen() -> None:
        gone = asyncio.Event()
        link = Control(control, lambda message: says(f"{name} heard {message!r}"), gone.set)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, link.send, LISTS_CHANGED)
        beat = loop.create_task(link.beat(BEAT_SECONDS))
        says(f"{name} {os.getpid()}")
        await gone.wait()
        beat.cancel()
        link.close()
        says(f"{name} saw the supervisor go")

    run_loop(listen())


def silent(name: str, _: socket.socket) -> None:
    says(f"{name} {os.getpid()}")
    time.sleep(3600)


def deaf(name: str, control: socket.socket) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    steady(name, control)


def ends(name: str, _: socket.socket) -> None:
    says(f"{name} {os.getpid()}")


def exits(name: str, _: socket.socket) -> None:
    says(f"{name} {os.getpid()}")
    raise SystemExit(3)


def fails(name: str, _: socket.socket) -> None:
    says(f"{name} {os.getpid()}")
    raise ZeroDivisionError


def child(
    run: Callable[[str, socket.socket], None],
    name: str,
    hung_after: float = 3600,
    *,
    relays: bool = False,
) -> Child:
    return Child(name, partial(run, name), hung_after, relays=relays)


SCENARIOS: dict[str, Callable[[], list[Child]]] = {
    "one": lambda: [child(steady, "a")],
    "three": lambda: [child(steady, name) for name in "abc"],
    "hangs": lambda: [child(steady, "a", 1.0), child(steady, "b")],
    "silent": lambda: [child(silent, "a")],
    "deaf": lambda: [child(deaf, "a"), child(steady, "b")],
    "ends": lambda: [child(ends, "a")],
    "exits": lambda: [child(exits, "a")],
    "fails": lambda: [child(fails, "a"), child(steady, "b")],
    "relays": lambda: [
        child(steady, "services"),
        child(steady, "worker 1", relays=True),
        child(steady, "worker 2", relays=True),
    ],
}


def main(scenario: str, **seconds: float) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name, value in seconds.items():
        setattr(supervisor, name, value)
    Supervisor(SCENARIOS[scenario](), lambda: says("ready")).run()
    says("stopped")


# The tests.


class Program:
    """A supervisor that runs, and what is heard of it."""

    def __init__(
        self,
        scenario: str,
        *,
        program: tuple[str, str] = ("-P", __file__),
        shell: str = "",
        **seconds: Any,
    ) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        words = [sys.executable, *program, scenario, *(f"{k}={v}" for k, v in seconds.items())]
        self.process = subprocess.Popen(
            ["sh", "-c", f'{shell}"$@" & wait', "sh", *words] if shell else words,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._heard = self.process.stdout
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._heard, selectors.EVENT_READ)
        self._rest = b""

    def line(self) -> str:
        """Return the next line; nothing when the last process has ended."""
        while b"\n" not in self._rest:
            assert self._waiting.select(PATIENCE), f"silence; the log: {self.log()}"
            data = os.read(self._heard.fileno(), 4096)
            if not data:
                return ""
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def hears(self, pattern: str) -> str:
        """Wait for a line like *pattern*; return its last word."""
        while line := self.line():
            if re.fullmatch(pattern, line):
                return line.split()[-1]
        raise AssertionError(f"all is over without {pattern!r}; the log: {self.log()}")

    def started(self, name: str) -> int:
        """Wait until the child *name* has started; return its process."""
        return int(self.hears(rf"{name} \d+"))

    def all_started(self, *names: str) -> dict[str, int]:
        """Wait until these children have started and the supervisor is ready."""
        started: dict[str, int] = {}
        ready = False
        while not ready or started.keys() != set(names):
            line = self.line()
            assert line, f"all is over; the log: {self.log()}"
            name, _, pid = line.rpartition(" ")
            if name:
                started[name] = int(pid)
            else:
                ready = True
        return started

    def rest(self) -> list[str]:
        """Wait until the last process has ended; return what was said till then."""
        lines: list[str] = []
        while line := self.line():
            lines.append(line)
        self.process.wait()
        return lines

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode()

    def close(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._waiting.close()
        self._heard.close()
        self._log.close()


Run = Callable[..., Program]


@pytest.fixture
def run() -> Iterator[Run]:
    programs: list[Program] = []

    def start(scenario: str, **seconds: Any) -> Program:
        programs.append(Program(scenario, **seconds))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


def test_it_is_ready_once_when_every_child_has_beaten(run: Run) -> None:
    program = run("three")
    pids = program.all_started("a", "b", "c")
    os.kill(pids["b"], signal.SIGKILL)
    program.started("b")
    program.process.terminate()
    assert "ready" not in program.rest()


def test_it_is_not_ready_while_a_child_does_not_beat(run: Run) -> None:
    program = run("fails")
    for _ in range(3):
        program.started("a")
    program.process.terminate()
    assert "ready" not in program.rest()


def test_a_child_that_dies_is_started_again(run: Run) -> None:
    program = run("three")
    pids = program.all_started("a", "b", "c")
    os.kill(pids["b"], signal.SIGKILL)
    assert program.started("b") != pids["b"]
    assert "b was ended by signal 9; started again in 0.00 s" in program.log()
    program.process.terminate()
    assert program.rest()[-1] == "stopped"


def test_a_child_that_ends_is_started_again(run: Run) -> None:
    program = run("ends")
    assert len({program.started("a") for _ in range(3)}) == 3
    assert "a ended with status 0; started again" in program.log()


def test_a_child_that_exits_needs_no_traceback(run: Run) -> None:
    program = run("exits")
    for _ in range(2):
        program.started("a")
    assert "a ended with status 3; started again" in program.log()
    assert "Traceback" not in program.log()


def test_a_child_that_keeps_failing_is_started_at_growing_intervals(run: Run) -> None:
    program = run("fails")
    for _ in range(5):
        program.started("a")
    pauses = re.findall(r"a ended with status 1; started again in (\S+) s", program.log())
    assert pauses[:4] == ["0.00", "0.05", "0.15", "0.35"]
    assert "ZeroDivisionError" in program.log()


def test_a_child_that_hangs_is_killed_and_started_again(run: Run) -> None:
    program = run("hangs")
    pids = program.all_started("a", "b")
    os.kill(pids["a"], signal.SIGSTOP)
    assert program.started("a") != pids["a"]
    assert "a has not answered for 1.0 s and is killed" in program.log()
    program.process.terminate()
    assert not any(line.startswith("b") for line in program.rest())


def test_a_child_that_hangs_within_its_limit_is_left_alone(run: Run) -> None:
    program = run("hangs")
    pids = program.all_started("a", "b")
    os.kill(pids["b"], signal.SIGSTOP)
    os.kill(pids["a"], signal.SIGSTOP)
    program.started("a")  # a second and more has passed
    os.kill(pids["b"], signal.SIGCONT)
    program.process.terminate()
    program.rest()
    assert "b has not answered" not in program.log()


def test_a_child_that_never_beats_is_killed_and_started_again(run: Run) -> None:
    program = run("silent", START_SECONDS=0.2)
    assert len({program.started("a") for _ in range(2)}) == 2
    assert "a has not answered for 0.2 s and is killed" in program.log()


def test_the_death_of_the_supervisor_ends_every_child(run: Run) -> None:
    program = run("three")
    program.all_started("a", "b", "c")
    program.process.kill()
    assert sorted(program.rest()) == [f"{name} saw the supervisor go" for name in "abc"]


def test_the_death_of_the_supervisor_ends_a_child_that_was_started_again(run: Run) -> None:
    program = run("three")
    pids = program.all_started("a", "b", "c")
    os.kill(pids["a"], signal.SIGKILL)
    program.started("a")
    program.process.kill()
    assert sorted(program.rest()) == [f"{name} saw the supervisor go" for name in "abc"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_to_stop_ends_every_child(run: Run, number: signal.Signals) -> None:
    program = run("three")
    program.all_started("a", "b", "c")
    program.process.send_signal(number)
    assert program.rest() == ["stopped"]
    assert program.process.returncode == 0
    assert program.log() == ""


def test_ctrl_c_at_the_terminal_ends_every_child_without_a_traceback(run: Run) -> None:
    program = run("three")
    program.all_started("a", "b", "c")
    os.killpg(program.process.pid, signal.SIGINT)
    assert program.rest() == ["stopped"]
    assert program.process.returncode == 0
    assert program.log() == ""


def test_a_child_that_does_not_stop_is_killed(run: Run) -> None:
    program = run("deaf", STOP_SECONDS=0.2)
    program.all_started("a", "b")
    program.process.terminate()
    assert program.rest() == ["stopped"]
    assert program.process.returncode == 0


def test_a_child_that_hangs_is_killed_when_all_stop(run: Run) -> None:
    program = run("three", STOP_SECONDS=0.2)
    os.kill(program.all_started("a", "b", "c")["a"], signal.SIGSTOP)
    program.process.terminate()
    assert program.rest() == ["stopped"]


def test_word_of_changed_lists_goes_to_every_worker(run: Run) -> None:
    program = run("relays")
    pids = program.all_started("services", "worker 1", "worker 2")
    os.kill(pids["services"], signal.SIGUSR1)
    heard = {program.line(), program.line()}
    assert heard == {f"worker {number} heard b'L'" for number in (1, 2)}
    program.process.terminate()
    assert program.rest() == ["stopped"]


def test_word_of_changed_lists_goes_to_a_worker_that_was_started_again(run: Run) -> None:
    program = run("relays")
    pids = program.all_started("services", "worker 1", "worker 2")
    os.kill(pids["worker 1"], signal.SIGKILL)
    program.started("worker 1")
    os.kill(pids["services"], signal.SIGUSR1)
    heard = {program.line(), program.line()}
    assert heard == {f"worker {number} heard b'L'" for number in (1, 2)}


if __name__ == "__main__":
    pairs = (argument.split("=") for argument in sys.argv[2:])
    main(sys.argv[1], **{name: float(value) for name, value in pairs})
