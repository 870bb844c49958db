"""``script/bench carrier``: an exchange's load: many households, long lists, and an edge.

Four parts, each on a callguard of its own: FastAGI with real policies (``carrier_households``) and
ten million listed numbers (``feed_lists``); ``POST /api/v1/screen``; the calls that a node and an
edge refuse (``carrier_calls``); and what a million policies take in memory and time.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from callguard.blocklist.store import ListStore
from callguard.free_ports import free_ports

from .carrier_calls import TOKEN, Load, measure_calls
from .carrier_households import lines, measure_copy, measure_reader, write_households
from .fastagi import CONCURRENCY, Server, _client, _cores, _play, _server
from .feed_asker import ask
from .feed_lists import SOURCES, draw
from .node import START_SECONDS, BenchError, Node, children, cpu_seconds, temporary_folder
from .postgres import Postgres, running_postgres
from .report import Report, Target
from .traffic import SOURCE, CallerID, Traffic, arguments, environment

TARGETS = {
    "ratio_streams": Target(at_least=1.0),
    "p99_ms": Target(at_most=25),
    "screen_per_s": Target(at_least=4000),
    "edge_ratio_node": Target(at_least=3),
    "call_cpu_us": Target(at_most=250),
    "call_cpu_part": Target(at_most=0.25),
    "policy_bytes": Target(at_most=300),
    "copy_bytes": Target(at_most=300),
    "cold_s": Target(at_most=10),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    households: int
    numbers: int
    """On the police lists of twenty sources."""
    many: int
    """Households of the last part."""
    seconds: float
    rounds: int
    by_node: list[Load]
    at_edge: list[Load]


FULL = Size(
    *(100_000, 10_000_000, 1_000_000, 2.5, 5),
    [Load(1_500, 160), Load(1_500, 320)],
    [Load(10_000, 16), Load(10_000, 32), Load(10_000, 64)],
)
SMALLEST = 500
"""Households; of fewer, a start and a copy tell nothing."""
QUICK = Size(500, 20_000, 500, 1.0, 1, [Load(20, 5)], [Load(50, 5)])


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    report = Report("carrier", targets=TARGETS)
    size = QUICK if quick else FULL
    report.figures = {
        "households": size.households,
        "numbers": size.numbers,
        "many_households": size.many,
    }
    traffic = Traffic(min(size.numbers, 100_000))
    with temporary_folder() as folder:
        traffic.write_list(folder / "data")
        store = ListStore(folder / "data" / "lists")
        for one in draw(size.numbers):
            store.save(one)
        store.save_union((SOURCE, *SOURCES))
        write_households(folder / "data", size.households)
        _asked(report, folder, traffic, size)
    with temporary_folder() as folder:
        report.figures |= measure_calls(folder, size.by_node, size.at_edge)
    with running_postgres() as server:
        for households in _growth(size.many):
            with temporary_folder() as folder:
                grown = _many(server, folder, households)
            report.rounds.setdefault("growth_households", []).append(households)
            for name, value in grown.items():
                report.rounds.setdefault(f"growth_{name}", []).append(value)
    report.figures |= grown  # of the last, which are the most
    return report


def _growth(many: int) -> list[int]:
    return [many // part for part in (1_000, 100, 10, 1) if many // part >= SMALLEST]


def _asked(report: Report, folder: Path, traffic: Traffic, size: Size) -> None:
    """Measure what a worker answers, over FastAGI and over HTTP."""
    server_core, client_core = _cores()
    questions = _questions(traffic, size.households)
    calls = [environment(words).decode() for words in questions]
    (folder / "environments.json").write_text(json.dumps(calls))
    (folder / "bodies.json").write_text(json.dumps([_body(words) for words in questions]))
    agi, http, screen = free_ports(3)
    settings = {"CALLGUARD_SCREEN_TOKEN": TOKEN, "CALLGUARD_SCREEN_PORT": str(screen)}
    node = Node(folder, agi, http, settings)
    with contextlib.ExitStack() as stack:
        stack.enter_context(node.running())
        worker = node.worker()
        os.sched_setaffinity(worker, {server_core})
        streams = stack.enter_context(_server("streams", server_core))
        client = stack.enter_context(_client(folder / "environments.json", client_core))
        rounds: dict[str, list[dict[str, Any]]] = {"callguard": [], "streams": [], "screen": []}
        for _ in range(size.rounds):
            ours = Server(agi, worker)
            rounds["callguard"].append(_play(client, ours, size.seconds, CONCURRENCY))
            rounds["streams"].append(_play(client, streams, size.seconds, CONCURRENCY))
            rounds["screen"].append(_screen(folder, screen, worker, size.seconds, client_core))
    agi, http = free_ports(2)
    two = Node(folder, agi, http, {"CALLGUARD_WORKERS": "2"})
    with two.running() as supervisor, _client(folder / "environments.json", client_core) as client:
        together = [_two(client, two, supervisor, size.seconds) for _ in range(size.rounds)]
    figures = {
        f"{name}_{key}": round(median(one[key] for one in each), 1)
        for name, each in rounds.items()
        for key in (("per_s", "cpu_us") if name == "screen" else ("sessions_per_s", "cpu_us"))
    }
    ratio = figures["callguard_sessions_per_s"] / figures["streams_sessions_per_s"]
    report.figures |= figures | {
        "ratio_streams": round(ratio, 3),
        "p99_ms": round(median(one["p99_ms"] for one in rounds["callguard"]), 2),
        "screen_p99_ms": round(median(one["p99_ms"] for one in rounds["screen"]), 2),
        "two_cpu_us": round(median(together), 1),
        "failed": sum(one["failed"] for each in rounds.values() for one in each),
    }
    report.rounds = {
        name: [round(one.get("sessions_per_s", one.get("per_s", 0)), 1) for one in each]
        for name, each in rounds.items()
    }


def _questions(traffic: Traffic, households: int) -> list[list[str]]:
    """Return calls in the usual mix, each for a household at random."""
    return traffic.questions(5_000, lines(households, 20_000))


def _body(words: list[str]) -> str:
    """Return the question of AGI *words* as a Kamailio asks it."""
    given = dict(word.split("=", 1) for word in words)

    def text(name: str) -> str:
        return b64encode(b64decode(given[name])[1:]).decode()

    asserted = [text("pai")] if given["pai"] != "Og==" else []
    return json.dumps(
        {
            "encoding": "base64",
            "called": text("line"),
            "from": text("from"),
            "pai": asserted,
            "privacy": text("privacy"),
            "abroad": False,
            "passed_on": ["warn", "challenge", "connect"],
        },
        separators=(",", ":"),
    )


def _screen(folder: Path, port: int, worker: int, seconds: float, core: int) -> dict[str, Any]:
    before = cpu_seconds(worker)
    done = subprocess.run(
        [
            *("taskset", "-c", str(core), sys.executable, "-m", "benches.screen_client"),
            *(str(port), TOKEN, str(seconds), str(CONCURRENCY), str(folder / "bodies.json")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the proxies ended: {done.stderr.strip()[-300:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    result["cpu_us"] = (cpu_seconds(worker) - before) / result["asked"] * 1e6
    return result


def _two(client: "subprocess.Popen[str]", node: Node, supervisor: int, seconds: float) -> float:
    """Return the processor time a session of two workers, whichever core they run on."""
    workers = [pid for name, pid in children(supervisor).items() if name.startswith("cg worker")]
    before = sum(map(cpu_seconds, workers))
    result = _play(client, Server(node.agi_port, workers[0]), seconds, CONCURRENCY)
    return (sum(map(cpu_seconds, workers)) - before) / float(result["sessions"]) * 1e6


def _many(server: Postgres, folder: Path, households: int) -> dict[str, float]:
    """Measure what many households take: memory, a start, a first copy."""
    data = folder / "data"
    data.mkdir()
    write_households(data, households)
    read = measure_reader(data / "households.db", households)
    cold = _cold(folder, households)
    copied = measure_copy(server, folder, households)
    return {
        "policy_bytes": round(read["bytes"], 1),
        "policy_us": round(read["us"], 1),
        "cold_s": round(cold, 2),
        "first_copy_s": round(copied["first_s"], 2),
        "compare_s": round(copied["again_s"], 2),
        "copy_bytes": round(copied["bytes"], 1),
    }


def _cold(folder: Path, households: int) -> float:
    """Start a node over the households on its disk; return the seconds until it screens by them."""
    call = CallerID("anonymous", "Anonymous", "prohib")
    question = environment(arguments(call, lines(households, 1)[0]))
    agi, http = free_ports(2)
    node = Node(folder, agi, http, {})
    began = time.perf_counter()
    with node.running(ready=False):
        while True:
            with contextlib.suppress(OSError):
                if b"CALLGUARD_REASON=withheld" in ask(node.agi_port, question):
                    return time.perf_counter() - began
            if time.perf_counter() - began > START_SECONDS:
                raise BenchError("a node that has been started does not know a household")
            time.sleep(0.01)
