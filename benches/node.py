"""A real ``callguard serve`` to measure, in a folder of its own, on ports of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from callguard.free_ports import free_ports

from .traffic import Traffic

START_SECONDS = 180.0
"""Pages give way to all the rest: beside other work they take long to be there."""


class BenchError(Exception):
    """A bench cannot be run; the message says why."""


def plain_environment() -> dict[str, str]:
    """Return this process's environment without settings of whoever runs the bench."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CALLGUARD_")}


@contextlib.contextmanager
def temporary_folder(where: Path | None = None) -> Iterator[Path]:
    """Yield a folder, in *where* if that is there, that is gone afterwards."""
    inside = where if where is not None and where.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="callguard-bench-", dir=inside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and make sure that it has."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(slots=True)
class Node:
    """One ``callguard serve``; :meth:`running` starts and stops it, as often as need be."""

    folder: Path
    agi_port: int
    http_port: int
    settings: Mapping[str, str]

    @classmethod
    def lay_out(cls, folder: Path, traffic: Traffic, **settings: str) -> "Node":
        """Write the list and the households of *traffic*; ``settings`` are further ones."""
        traffic.write(folder / "data")
        agi, http = free_ports(2)
        return cls(folder, agi, http, settings)

    @property
    def log(self) -> Path:
        """Return the file that callguard's log goes to."""
        return self.folder / "callguard.log"

    @contextlib.contextmanager
    def running(self, *, ami: bool = False, ready: bool = True) -> Iterator[int]:
        """Run it, and yield its process id; ``ami``: only once it is connected to Asterisk's AMI.

        Without *ready* it has only just been started.

        Raises:
            BenchError: it does not get ready; the message ends with its log's last line.

        """
        settings = {
            "CALLGUARD_DATA": str(self.folder / "data"),
            "CALLGUARD_AGI_PORT": str(self.agi_port),
            "CALLGUARD_HTTP_PORT": str(self.http_port),
            **self.settings,
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "callguard", "serve"],
                env=plain_environment() | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            if ready:
                self._wait(process, ("screening", "feed", "ami") if ami else ("screening", "feed"))
            yield process.pid
        finally:
            end(process)

    def worker(self) -> int:
        """Return the process id of a screening worker: a child that listens for FastAGI."""
        inodes = set()
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[1].endswith(f":{self.agi_port:04X}"):
                inodes.add(f"socket:[{columns[9]}]")
        for place in Path("/proc").glob("[0-9]*/fd"):
            with contextlib.suppress(OSError):
                for descriptor in place.iterdir():
                    if str(descriptor.readlink()) in inodes and _is_worker(place.parent):
                        return int(place.parent.name)
        raise BenchError("callguard's worker cannot be found")

    def _wait(self, process: "subprocess.Popen[bytes]", parts: tuple[str, ...]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(parts):
            if process.poll() is not None or time.monotonic() > deadline:
                lines = self.log.read_text(errors="replace").splitlines()
                raise BenchError("callguard is not ready: " + (lines or ["it said nothing"])[-1])
            time.sleep(0.05)

    def _ready(self, parts: tuple[str, ...]) -> bool:
        address = f"http://127.0.0.1:{self.http_port}/readyz"
        try:
            with urllib.request.urlopen(address, timeout=2) as response:
                state = json.load(response)["parts"]
        except (OSError, ValueError):
            return False
        return all(state[part]["ok"] for part in parts)


def _is_worker(process: Path) -> bool:
    # Its supervisor has the socket, too.
    return (process / "comm").read_text().startswith("cg worker")


def memory_mb(pid: int) -> tuple[float, float]:
    """Return a process's resident memory and its share of it (Pss), in MB of 10⁶ bytes."""
    sizes = _sizes(pid)
    return sizes["Rss"], sizes["Pss"]


def private_mb(pid: int) -> float:
    """Return the memory that would be free if the process went, in MB of 10⁶ bytes."""
    sizes = _sizes(pid)
    return sizes["Private_Clean"] + sizes["Private_Dirty"]


def anonymous_mb(pid: int) -> float:
    """Return the memory that is no file's, in MB of 10⁶ bytes."""
    return _sizes(pid)["Anonymous"]


def _sizes(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines}


def children(pid: int) -> dict[str, int]:
    """Return the process ids of a callguard's children by what ``ps`` shows of them."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in found}


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken, its ended threads' included."""
    columns = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(columns[11]) + int(columns[12])) / os.sysconf("SC_CLK_TCK")
