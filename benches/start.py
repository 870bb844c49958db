"""``script/bench start``: how long a command and a node take to be there, beside bare imports."""

import contextlib
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from statistics import median

from callguard.free_ports import free_ports

from .node import START_SECONDS, BenchError, end, plain_environment, temporary_folder
from .report import Report, Target
from .run_environment import make_environment

TARGETS = {
    "help_ms": Target(at_most=250),
    "fresh_ready_ms": Target(at_most=1500),
    "again_ready_ms": Target(at_most=1500),
}
PEERS = "import aiohttp, sqlalchemy"
"""What any server of this kind has loaded before it does anything."""
LOOK_SECONDS = 0.005


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does each once, for a smoke test."""
    report = Report("start", targets=TARGETS)
    with temporary_folder() as folder:
        start = _Start(make_environment(folder / "venv"), folder)
        measures: dict[str, Callable[[], dict[str, float]]] = {
            "python": lambda: {"python_ms": start.command("-c", "pass")},
            "peers": lambda: {"peers_ms": start.command("-c", PEERS)},
            "help": lambda: {"help_ms": start.command("-m", "callguard", "--help")},
            "fresh": lambda: start.node("fresh", start.new_folder()),
            "again": lambda: start.node("again", start.last_folder()),
        }
        rounds: dict[str, list[float]] = {}
        start.node("unmeasured", start.new_folder())  # files come into the machine's memory
        for _ in range(1 if quick else 9):
            for measure in measures.values():
                for key, value in measure().items():
                    rounds.setdefault(key, []).append(round(value, 1))
    report.rounds = rounds
    middle = {key: round(median(values), 1) for key, values in rounds.items()}
    report.figures = middle | {
        f"ratio_{key}": round(middle[f"{key}_ms"] / middle["peers_ms"], 2)
        for key in ("help", "fresh_ready", "again_ready")
    }
    return report


class _Start:
    """Starts what is measured: commands that end by themselves, and nodes."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = str(python)
        self._folder = folder
        self._made = 0
        self._environment = plain_environment() | {"CALLGUARD_CONFIG": os.devnull}

    def new_folder(self) -> Path:
        """Return the data folder of a node that has never run."""
        self._made += 1
        return self.last_folder()

    def last_folder(self) -> Path:
        """Return the folder that the last node left."""
        return self._folder / f"data-{self._made}"

    def command(self, *words: str) -> float:
        """Return how many milliseconds Python takes for a command, from start to end."""
        began = time.perf_counter()
        subprocess.run(
            [self._python, *words],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return (time.perf_counter() - began) * 1000

    def node(self, name: str, data: Path) -> dict[str, float]:
        """Return after how many milliseconds a node on *data* takes calls, and is ready."""
        agi, pages = free_ports(2)
        settings = {
            "CALLGUARD_DATA": str(data),
            "CALLGUARD_REDIS_URL": "embedded",
            "CALLGUARD_AGI_PORT": str(agi),
            "CALLGUARD_HTTP_PORT": str(pages),
        }
        log = self._folder / "callguard.log"
        with log.open("wb") as file:
            began = time.perf_counter()
            process = subprocess.Popen(
                [self._python, "-m", "callguard", "serve"],
                env=self._environment | settings,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        try:
            calls = _until(lambda: _takes_calls(agi), process, log)
            ready = _until(lambda: _is_ready(pages), process, log)
        finally:
            end(process)
        return {
            f"{name}_calls_ms": (calls - began) * 1000,
            f"{name}_ready_ms": (ready - began) * 1000,
        }


def _until(holds: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> float:
    """Return the time at which it *holds*."""
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").splitlines()
            raise BenchError("callguard is not ready: " + (lines or ["it said nothing"])[-1])
        time.sleep(LOOK_SECONDS)
    return time.perf_counter()


def _takes_calls(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
