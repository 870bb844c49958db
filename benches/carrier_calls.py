"""The calls a second that a node refuses, and that an edge does, and what a call costs callguard.

The household is signed up and its calls are logged, as at an exchange; the node is a carrier's, and
its announcements are 20 ms of silence, so that the exchange is measured and not the playing.
"""

import asyncio
import csv
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from callguard.asterisk.carrier_site import CarrierSite, Egress, Ingress
from callguard.asterisk.instance import Asterisk, find_loader
from callguard.carrier.edge import Edge, write_edge
from callguard.carrier.exchange import Exchange
from callguard.carrier.node_list import NodeList
from callguard.database import Database
from callguard.demo.silence import silent_sounds
from callguard.free_ports import free_ports
from callguard.households.registry import Registry
from callguard.trail import COMMAND_LINE

from .calls import early_media_sink
from .node import BenchError, Node, children, cpu_seconds, end
from .traffic import LINES, NOW, Traffic

TOKEN = "a-token-of-the-bench"  # noqa: S105 - of nobody but the bench

SETTLE_SECONDS = 4.0
"""After a round: the log of its calls is brought into the database, which is a part of a call."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls, at most so many at any time."""

    calls: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Refused:
    """What came of a round."""

    per_s: float
    failed: int
    switch_us: float
    """Processor time of Asterisk or Kamailio for each call."""
    worker_us: float
    services_us: float


def measure_calls(folder: Path, by_node: list[Load], at_edge: list[Load]) -> dict[str, float]:
    """Return the figures of the best rounds."""
    for program in ("sipp", "kamailio"):
        if shutil.which(program) is None:
            raise BenchError(f"there is no {program} on PATH; script/setup dev installs it")
    return asyncio.run(_measure(folder, by_node, at_edge))


async def _measure(folder: Path, by_node: list[Load], at_edge: list[Load]) -> dict[str, float]:
    (ami, screen, events) = free_ports(3)
    node = Node.lay_out(
        folder,
        Traffic(20_000),
        CALLGUARD_AMI_PORT=str(ami),
        CALLGUARD_AMI_SECRET=(secret := secrets.token_urlsafe(24)),
        CALLGUARD_SCREEN_TOKEN=TOKEN,
        CALLGUARD_SCREEN_PORT=str(screen),
        CALLGUARD_KAMAILIO_PORT=str(events),
    )
    _sign_up(folder / "data")
    asterisk, address = _asterisk(folder, node, ami, secret)
    with early_media_sink() as sink:
        async with asterisk:
            with node.running(ami=True) as supervisor:
                own = [
                    await _play(
                        folder, "refused-anyhow", address, sink, load, asterisk.pid, supervisor
                    )
                    for load in by_node
                ]
        with _edge(folder / "edge", events) as (edge, kamailio), node.running() as supervisor:
            await _asks(edge, folder, sink, kamailio, supervisor)
            proxied = [
                await _play(folder, "refused-anyhow", edge, sink, load, kamailio, supervisor)
                for load in at_edge
            ]
    node_best = max(own, key=lambda one: one.per_s)
    edge_best = max(proxied, key=lambda one: one.per_s)
    callguards = node_best.worker_us + node_best.services_us
    return {
        "node_calls_per_s": round(node_best.per_s, 1),
        "node_asterisk_cpu_us": round(node_best.switch_us, 1),
        "call_worker_cpu_us": round(node_best.worker_us, 1),
        "call_services_cpu_us": round(node_best.services_us, 1),
        "call_cpu_us": round(callguards, 1),
        "call_cpu_part": round(callguards / node_best.switch_us, 3),
        "edge_calls_per_s": round(edge_best.per_s, 1),
        "edge_ratio_node": round(edge_best.per_s / node_best.per_s, 2),
        "edge_kamailio_cpu_us": round(edge_best.switch_us, 1),
        "edge_worker_cpu_us": round(edge_best.worker_us, 1),
        "edge_services_cpu_us": round(edge_best.services_us, 1),
        "node_calls_failed": sum(one.failed for one in own),
        "edge_calls_failed": sum(one.failed for one in proxied),
    }


def _sign_up(data: Path) -> None:
    path = data / "households.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM policy_documents")
    database = Database(f"sqlite:///{path}")
    Registry(database).add(LINES[0], "home", consent_by="bench", by=COMMAND_LINE, now=NOW)
    database.close()


def _asterisk(folder: Path, node: Node, ami: int, secret: str) -> tuple[Asterisk, str]:
    sip, egress = free_ports(2)
    site = CarrierSite(
        folder=folder / "asterisk",
        agi=f"127.0.0.1:{node.agi_port}",
        fallback=Path(sys.executable).parent / "callguard-agi",
        ami_port=ami,
        ami_secret=secret,
        sip_bind=f"127.0.0.1:{sip}",
        rtp_ports=(63_000, 64_999),
        sounds=silent_sounds(folder / "sounds"),
        ingresses=(Ingress("bench", ("127.0.0.0/8",)),),
        egresses=(Egress("bench", f"127.0.0.1:{egress}", options=False),),
        max_announcements=1_000,  # none is refused without
    )
    return (
        Asterisk(site, find_loader(), {"CALLGUARD_DATA": str(folder / "data")}),
        f"127.0.0.1:{sip}",
    )


async def _play(
    folder: Path, scenario: str, address: str, sink: int, load: Load, switch: int, supervisor: int
) -> Refused:
    """Have SIPp place the calls; return what came of them, and what they cost whom."""
    place = folder / f"sipp-{scenario}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    before = (_tree(switch), *_own(supervisor))
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(Path(__file__).parent / "scenarios" / f"{scenario}.xml")),
        *("-i", "127.0.0.1", "-key", "sink", str(sink)),
        *("-m", str(load.calls), "-l", str(load.at_once), "-r", "20000"),
        *("-nostdin", "-timeout", "60s", "-max_socket", "20"),
        *("-trace_stat", "-fd", "1", "-stf", "stat.csv", address),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=place,
    )
    _, said = await process.communicate()
    taken = time.perf_counter() - began
    await asyncio.sleep(SETTLE_SECONDS)
    after = (_tree(switch), *_own(supervisor))
    with (place / "stat.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    calls = int(last["SuccessfulCall(C)"])
    if not calls:
        raise BenchError(f"SIPp completed no call: {said.decode(errors='replace')[-300:]}")
    switch_us, worker_us, services_us = (
        (now - then) / calls * 1e6 for then, now in zip(before, after, strict=True)
    )
    failed = int(last["FailedCall(C)"])
    return Refused(calls / taken, failed, switch_us, worker_us, services_us)


def _own(supervisor: int) -> tuple[float, float]:
    found = children(supervisor)
    workers = sum(cpu_seconds(pid) for name, pid in found.items() if "worker" in name)
    return workers, cpu_seconds(found["cg services"])


def _tree(pid: int) -> float:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_seconds(pid) + sum(cpu_seconds(int(one)) for one in found)


async def _asks(edge: str, folder: Path, sink: int, kamailio: int, supervisor: int) -> None:
    """Wait until the edge has somebody to ask: until it refuses."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            one = await _play(
                folder, "refused-anyhow", edge, sink, Load(5, 1), kamailio, supervisor
            )
        except BenchError:
            continue
        if not one.failed:
            return
    raise BenchError("the edge refuses nothing: callguard does not answer it")


@contextmanager
def _edge(folder: Path, events: int) -> Iterator[tuple[str, int]]:
    """Run a Kamailio that refuses at the edge; yield its address and its process id."""
    sip, egress, node = free_ports(3)
    exchange = Exchange(
        ingresses=(Ingress("bench", ("127.0.0.0/8",)),),
        egresses=(Egress("bench", f"127.0.0.1:{egress}"),),
        mark_secret_file=folder / "mark",
    )
    address = f"127.0.0.1:{sip}"
    config = write_edge(Edge(folder, address, screen_port=events, screen_token=TOKEN), exchange)
    NodeList(folder / "nodes.list").add("one", f"127.0.0.1:{node}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("kamailio", "-DD", "-E", "-f", str(config), "-Y", str(folder)),
                *("-m", "128", "-M", "16", "-P", str(folder / "pid")),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield address, process.pid
    finally:
        end(process)
