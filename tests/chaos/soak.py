"""``script/soak``: calls for hours, nothing broken, and what grows meanwhile.

The exchange is the one that ``script/chaos`` breaks, on this machine's loopback, with announcements
as people hear them. Each call is looked at as there; once a minute every process is, and the disk.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import aiohttp
import psycopg

from benches.node import anonymous_mb
from benches.report import machine
from callguard.demo.place import Part
from callguard.demo.plant import Plant

from .traffic import LISTED, Count, Traffic

LINES = 400
RATE = 14.0
"""Calls a second: what docs/capacity.md has a node of two cores carry in the busiest hour is 14, so
that each of the two nodes has half of it."""
TALK_SECONDS = 8.0
PAUSE_SECONDS = 60.0
"""Between two looks."""
SETTINGS = {"CALLGUARD_BURST_KEY": "0123456789abcdef0123456789abcdef"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the processes of one kind hold."""

    processes: int
    mb: float
    """Memory that is no file's (10⁶ bytes), of all of them together."""
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One look."""

    seconds: float
    """Since the first call."""
    calls: int
    """That have ended."""
    kept: dict[str, Kept]
    """By kind of process."""
    tasks: int
    """Of asyncio, in the services of both nodes."""
    database_bytes: int
    log_bytes: int
    """Of them the log of calls, its indexes included."""
    log_rows: int
    disk_bytes: int
    """Of what callguard keeps on both nodes' disks; what it says is left out."""


@dataclass(slots=True)
class Soak:
    """What came of it."""

    minutes: float
    rate: float
    count: Count = field(default_factory=Count)
    samples: list[Sample] = field(default_factory=list)

    def __str__(self) -> str:
        """Return tables for docs/benchmarks.md: medians of the second sixth, and of the last."""
        count = self.count
        lines = [
            f"{count.offered} calls, {count.right} as they should, {count.wrong} mis-screened,"
            f" {count.lost} lost, {count.twice} rang twice, longest wait {count.slowest:.1f} s",
            "",
            "| | memory, MB | | open files | | threads | |",
            "| --- | --: | --: | --: | --: | --: | --: |",
        ]
        early, late = self._part(1 / 6, 2 / 6), self._part(5 / 6, 1)
        for kind in sorted(early[0].kept):
            cells = [kind]
            for name, digits in (("mb", 1), ("descriptors", 0), ("threads", 0)):
                cells += [
                    f"{median(getattr(one.kept[kind], name) for one in part):,.{digits}f}"
                    for part in (early, late)
                ]
            lines.append(f"| {' | '.join(cells)} |")
        lines += ["", "| | | |", "| --- | --: | --: |"]
        for name in ("tasks", "disk_bytes", "database_bytes", "log_bytes", "log_rows"):
            first, last = (median(getattr(one, name) for one in part) for part in (early, late))
            lines.append(f"| {name} | {first:,.0f} | {last:,.0f} |")
        beyond = [one.database_bytes - one.log_bytes for one in (*early, *late)]
        lines.append(f"| database beyond its log | {beyond[0]:,} | {beyond[-1]:,} |")
        return "\n".join([*lines, "", *count.told])

    def _part(self, begin: float, end: float) -> list[Sample]:
        size = len(self.samples)
        return self.samples[int(size * begin) : int(size * end)] or self.samples[-1:]


async def soak(folder: Path, minutes: float, rate: float, pause: float = PAUSE_SECONDS) -> Soak:
    """Have calls come in for so many *minutes*, and look every *pause* seconds."""
    done = Soak(minutes, rate)
    async with Plant(folder, settings=SETTINGS) as plant:
        await asyncio.to_thread(plant.onboard, LINES)
        await plant.in_step()
        plant.list_number(LISTED)
        await plant.listed(LISTED)
        traffic = Traffic(plant.world, plant.lines, TALK_SECONDS, spread=True)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            flow = group.create_task(traffic.flow(rate, minutes * 60))
            while not flow.done():
                await asyncio.wait([flow], timeout=pause)
                done.count.add(traffic.ended())
                done.samples.append(
                    await _look(plant, done.count.offered, time.monotonic() - began)
                )
                _tell(done)
        done.count.add(await traffic.count())
    return done


async def _look(plant: Plant, calls: int, seconds: float) -> Sample:
    kept = await asyncio.to_thread(_processes, plant.parts().values())
    tasks = [await _tasks(node.folder / "data" / "services.sock") for node in plant.nodes]
    database, log, rows = await asyncio.to_thread(_database, plant.postgresql.url)
    disk = await asyncio.to_thread(_disk, [node.folder / "data" for node in plant.nodes])
    return Sample(seconds, calls, kept, sum(tasks), database, log, rows, disk)


def _processes(parts: Iterable[Part]) -> dict[str, Kept]:
    found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for part in parts:
        for pid in part.family():
            with suppress(OSError, KeyError):
                place = Path(f"/proc/{pid}")
                held = len(list((place / "fd").iterdir()))
                threads = len(list((place / "task").iterdir()))
                found[_kind(part, place)].append((anonymous_mb(pid), held, threads))
    return {
        kind: Kept(len(each), *(sum(values) for values in zip(*each, strict=True)))
        for kind, each in found.items()
    }


def _kind(part: Part, place: Path) -> str:
    """Return what a process is: for callguard's the name that it has given itself."""
    name = (place / "comm").read_text().strip()
    if part.name.endswith("callguard"):
        own = name.removeprefix("cg ").rstrip(" 0123456789")
        return f"callguard: {own if own != name else 'supervisor'}"
    return part.name.rstrip("-0123456789").removeprefix("node-").lstrip("-0123456789")


async def _tasks(socket: Path) -> int:
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
        session.get("http://node/metrics") as answer,
    ):
        for line in (await answer.text()).splitlines():
            name, _, value = line.partition(" ")
            if name == "callguard_services_tasks":
                return int(float(value))
    raise AssertionError("the services tell no tasks")


def _database(url: str) -> tuple[int, int, int]:
    with psycopg.connect(url, target_session_attrs="read-write") as connection:
        row = connection.execute(
            "SELECT pg_database_size(current_database()), pg_total_relation_size('calls'),"
            " (SELECT count(*) FROM calls)"
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _disk(folders: list[Path]) -> int:
    size = 0
    for folder in folders:
        for path in folder.rglob("*"):
            with suppress(OSError):
                size += path.stat().st_size if path.is_file() else 0
    return size


def _tell(done: Soak) -> None:
    last, count = done.samples[-1], done.count
    memory = ", ".join(f"{kind} {one.mb:.0f}" for kind, one in sorted(last.kept.items()))
    print(
        f"{last.seconds / 60:6.1f} min  {count.offered} calls, {count.wrong} mis-screened,"
        f" {count.lost} lost; MB: {memory}",
        file=sys.stderr,
        flush=True,
    )


def main() -> int:
    """Soak an exchange; exit status: 0 every call ended as it should, 1 one did not."""
    parser = argparse.ArgumentParser(prog="script/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=RATE, help="calls a second")
    parser.add_argument("--json", type=Path, help="file for every look")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="cgsoak-", dir="/tmp"))
    pause = min(PAUSE_SECONDS, options.minutes * 60 / 12)
    try:
        done = asyncio.run(soak(folder, options.minutes, options.rate, pause))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(done)
    if options.json:
        options.json.write_text(json.dumps({**asdict(done), "machine": machine(load)}))
    return int(done.count.right != done.count.offered)


if __name__ == "__main__":
    sys.exit(main())
