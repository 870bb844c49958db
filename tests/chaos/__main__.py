"""``script/chaos``: every fault of the table, on an exchange whose parts are hosts of their own."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from callguard.demo.plant import Plant
from callguard.demo.silence import silent_sounds

from .faults import FAULTS, Fault, Ground
from .network import Network
from .run import HEAD, Row, run_fault
from .traffic import LISTED, Traffic

LINES = 40
NODE_DISK = "400m"
"""Of the first node, so that its disk can be filled."""


def small_disk(folder: Path) -> None:
    """Give the first node a disk of its own; it goes with this process's own mounts."""
    disk = folder / "node-1"
    disk.mkdir()
    size = f"size={NODE_DISK},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], check=True)


async def run(
    folder: Path, faults: list[Fault], seconds: float, *, edges_ask: bool, verbose: bool
) -> list[Row]:
    """Run the faults one after the other on one exchange; return what came of each."""
    network = Network()
    rows: list[Row] = []
    sounds = silent_sounds(folder / "sounds")
    began = time.monotonic()
    try:
        async with Plant(
            folder, network.place, sounds=sounds, max_announcements=20, edges_ask=edges_ask
        ) as plant:
            await asyncio.to_thread(plant.onboard, LINES)
            await plant.in_step()
            plant.list_number(LISTED)
            await plant.listed(LISTED)
            print(f"{len(plant.parts())} processes on {network.hosts} hosts are up after", end=" ")
            print(f"{time.monotonic() - began:.0f} s\n\n{HEAD}", flush=True)
            ground = Ground(plant, Traffic(plant.world, plant.lines[:LINES]), network)
            for fault in faults:
                row = await held_through(ground, fault, seconds)
                rows.append(row)
                print(row, flush=True)
                for line in row.count.told if verbose or not row.held else ():
                    print(f"    {line}", flush=True)
    finally:
        network.close()
    print(f"\n{time.monotonic() - began:.0f} s")
    return rows


async def held_through(ground: Ground, fault: Fault, seconds: float) -> Row:
    """Run one fault; what nobody foresaw is told in its row, and the others are run as well."""
    try:
        return await run_fault(ground, fault, seconds=seconds)
    except Exception as error:  # noqa: BLE001
        return Row(fault.name, await ground.traffic.count(), f"not run to its end: {error!r}")


def _exchange(faults: list[Fault], options: argparse.Namespace, *, edges_ask: bool) -> list[Row]:
    """Run faults on an exchange of their own, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cgchaos-", dir="/tmp"))
    small_disk(folder)
    seconds, verbose = options.seconds, options.verbose
    try:
        return asyncio.run(run(folder, faults, seconds, edges_ask=edges_ask, verbose=verbose))
    finally:
        if options.keep:
            print(f"logs: {folder}", file=sys.stderr)
        else:
            subprocess.run(["umount", "-l", str(folder / "node-1")], check=False)
            subprocess.run(["rm", "-rf", str(folder)], check=False)


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="script/chaos")
    parser.add_argument("words", nargs="*", help="only faults whose name has one of these words")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long each fault lasts")
    parser.add_argument("--verbose", action="store_true", help="tell of every call that went wrong")
    parser.add_argument("--keep", action="store_true", help="keep the logs, and say where")
    options = parser.parse_args()
    faults = [
        fault
        for fault in FAULTS
        if not options.words or any(word in fault.name for word in options.words)
    ]
    if not faults:
        parser.error("no fault has such a word in its name")
    rows: list[Row] = []
    for edges_ask in (False, True):
        chosen = [fault for fault in faults if fault.edges_ask is edges_ask]
        if chosen:
            rows += _exchange(chosen, options, edges_ask=edges_ask)
    return 0 if rows and all(row.held for row in rows) else 1


sys.exit(main())
