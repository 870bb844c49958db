"""How the supervisor's children give way to their successors, with real processes.

Run as a program, this file is a supervisor with the children of one scenario; what it runs after a
reload is the scenario's second list.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from callguard.node.children import BEAT_SECONDS, Control, run_loop
from callguard.node.listener import Listener
from callguard.node.supervisor import Child, Supervisor

from .test_supervisor import Program, says

# The program.


def serves(name: str, listener: Listener | None, control: socket.socket) -> None:
    """Say its name to whoever connects, until it is told to stop."""

    async def serve() -> None:
        stopped = asyncio.Event()
        link = Control(control, lambda _: None, stopped.set)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)

        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(name.encode())
            writer.close()
            await writer.wait_closed()

        server = listener and await asyncio.start_server(greet, sock=listener.listening)
        beat = loop.create_task(link.beat(BEAT_SECONDS))
        says(f"{name} {os.getpid()}")
        await stopped.wait()
        if server:
            server.close()
        while asyncio.all_tasks() - {beat, asyncio.current_task()}:
            await asyncio.sleep(0.01)  # who has been let in is greeted
        beat.cancel()
        says(f"{name} ends")

    run_loop(serve())


def fails(name: str, listener: Listener | None, control: socket.socket) -> None:
    raise SystemExit(3)


def server(
    name: str,
    kind: str,
    port: int,
    run: Callable[..., None] = serves,
    host: str = "127.0.0.1",
) -> Child:
    listener = Listener(host, port)
    return Child(kind, partial(run, name, listener), 3600, listeners=[listener])


def lone(name: str, kind: str, run: Callable[..., None] = serves) -> Child:
    return Child(kind, partial(run, name, None), 3600)


Lists = tuple[list[Child], list[Child] | None]
KEPT = lone("kept", "feed server")

SCENARIOS: dict[str, Callable[[int], Lists]] = {
    "server": lambda port: ([server("old", "a", port)], [server("new", "a", port)]),
    "lone": lambda _: ([lone("old", "a")], [lone("new", "a")]),
    "kept": lambda _: ([KEPT, lone("old", "a")], [KEPT, lone("new", "a")]),
    "more": lambda port: (
        [server("old", "a", port)],
        [server("new", "a", port), server("more", "b", port)],
    ),
    "fewer": lambda port: (
        [server("old", "a", port), server("other", "b", port)],
        [server("new", "a", port)],
    ),
    "fails": lambda port: (
        [server("old", "a", port), lone("other", "b")],
        [server("new", "a", port, fails), lone("another", "b")],
    ),
    "elsewhere": lambda port: (
        [server("old", "a", port)],
        [server("new", "a", port, host="127.0.0.2")],
    ),
    "refused": lambda port: ([server("old", "a", port)], None),
}


class Told:
    """Hears of the processes, and says which are not to run any more."""

    def started(self, name: str, pid: int) -> None:
        pass

    def ended(self, name: str, pid: int) -> None:
        pass

    def left(self, name: str) -> None:
        says(f"{name} left")


def main(scenario: str, port: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    before, after = SCENARIOS[scenario](int(port))
    Supervisor(before, lambda: says("ready"), lambda: after, Told()).run()
    says("stopped")


# The tests.


class Reloading(Program):
    """A supervisor that is ready, and its port."""

    def __init__(self, scenario: str, port: int, shell: str) -> None:
        super().__init__(scenario, program=("-m", __name__), shell=shell, port=port)
        self.port = port
        self.hears("ready")

    def supervisor(self) -> int:
        """Return the process that the shell has started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(path.read_text().split()[0])

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def asked(self, host: str = "127.0.0.1") -> str:
        with socket.create_connection((host, self.port), 30) as caller:
            return caller.recv(100).decode()

    def spoken(self, *lines: str) -> list[str]:
        """Wait for all of *lines*, in any order with others between; return them as they came."""
        came: list[str] = []
        while set(lines) - set(came):
            line = self.line()
            assert line, f"all is over; the log: {self.log()}"
            told = line.endswith(("ends", "left"))
            came.append(line if told else line.partition(" ")[0])
        return [line for line in came if line in lines]


Run = Callable[..., Reloading]


@pytest.fixture
def run(free_ports: Callable[[int], list[int]]) -> Iterator[Run]:
    programs: list[Reloading] = []

    def start(scenario: str, shell: str = "") -> Reloading:
        """Start a scenario; from a shell that waits for it, after these words, if there are any."""
        programs.append(Reloading(scenario, free_ports(1)[0], shell))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


def test_who_serves_ends_only_when_the_successor_serves(run: Run) -> None:
    program = run("server")
    assert program.asked() == "old"
    program.reload()
    assert program.spoken("new", "old ends") == ["new", "old ends"]
    assert program.asked() == "new"
    program.process.terminate()
    assert program.rest()[-1] == "stopped"


def test_who_waits_in_the_queue_of_one_that_is_stopped_is_served_by_the_successor(
    run: Run,
) -> None:
    program = run("server")
    assert program.asked() == "old"
    program.reload()
    heard = [program.asked() for _ in range(200)]
    assert set(heard) <= {"old", "new"}


def test_of_one_that_must_be_alone_the_successor_begins_after_its_end(run: Run) -> None:
    program = run("lone")
    program.reload()
    assert program.spoken("old ends", "new") == ["old ends", "new"]


def test_a_child_that_is_to_stay_is_left_alone(run: Run) -> None:
    program = run("kept")
    program.reload()
    program.spoken("new")
    program.process.terminate()
    assert [line for line in program.rest() if line.startswith("kept")] == ["kept ends"]


def test_a_child_more_is_started(run: Run) -> None:
    program = run("more")
    program.reload()
    program.spoken("new", "more", "old ends")


def test_a_child_less_is_ended_and_the_rest_serves(run: Run) -> None:
    program = run("fewer")
    program.reload()
    program.spoken("new", "old ends", "other ends", "b left")
    assert {program.asked() for _ in range(20)} == {"new"}


def test_one_that_cannot_begin_leaves_its_predecessor_in_its_place(run: Run) -> None:
    program = run("fails")
    program.reload()
    program.spoken("another")
    assert program.asked() == "old"
    assert "a does not start anew and stays as it was" in program.log()


def test_one_that_is_to_serve_elsewhere_does(run: Run) -> None:
    program = run("elsewhere")
    program.reload()
    program.spoken("new", "old ends")
    assert program.asked("127.0.0.2") == "new"


def test_settings_that_are_of_no_use_change_nothing(run: Run) -> None:
    program = run("refused")
    program.reload()
    assert program.asked() == "old"
    program.process.terminate()
    assert program.rest() == ["old ends", "stopped"]


def test_a_terminal_that_is_closed_ends_it(run: Run) -> None:
    """SIGHUP comes to everybody then, and who had started it is gone."""
    program = run("lone", shell="trap - HUP; ")
    supervisor = program.supervisor()
    program.process.kill()
    os.kill(supervisor, signal.SIGHUP)
    assert program.rest()[-1] == "stopped"


def test_what_was_started_by_nohup_outlives_the_terminal(run: Run) -> None:
    program = run("lone", shell="trap '' HUP; ")
    supervisor = program.supervisor()
    program.process.kill()
    os.kill(supervisor, signal.SIGHUP)
    assert program.spoken("new") == ["new"]
    os.kill(supervisor, signal.SIGTERM)
    assert program.rest()[-1] == "stopped"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].partition("=")[2])
