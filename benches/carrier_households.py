"""Policies of any number of households on one node: what they take in memory, and how soon they are
there. ``python -m benches.carrier_households reader|copy …`` measures in a process of its own.
"""

import asyncio
import json
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from callguard.database import Database
from callguard.households.document import encode
from callguard.households.reader import PolicyReader
from callguard.screening import Entry, Policy

from .node import BenchError
from .policy_copy import copied
from .postgres import Postgres
from .traffic import ALLOWED, NOW

FIRST_LINE = 81320000000
"""03-2000-0000; the others follow."""

ASKED = 200_000
"""Lines that are asked for, each at random."""

_FAMILY = ("娘", "息子", "かかりつけ医", "民生委員", "隣の家")


def document(household: int) -> str:
    """Return a household's policy: 5 to 15 numbers, as families have them."""
    chance = random.Random(household)  # noqa: S311
    own = {
        chance.randrange(819010000000, 819099999999): Entry(NOW, chance.choice(_FAMILY))
        for _ in range(chance.randint(5, 15))
    }
    everybodys = {81422980000 + n: Entry(NOW, "family") for n in range(len(ALLOWED) // 4)}
    return encode(Policy(consent=True, logged=True, allow={**everybodys, **own}))


def documents(households: int) -> Iterator[tuple[int, str]]:
    """Yield line and policy of each household; a thousand documents, over and over."""
    drawn = [document(n) for n in range(min(households, 1_000))]
    for n in range(households):
        yield FIRST_LINE + n, drawn[n % len(drawn)]


def lines(households: int, count: int) -> list[str]:
    """Return *count* lines at random, as a channel shows them."""
    chance = random.Random(count)  # noqa: S311
    return [f"0{FIRST_LINE - 81 * 10**9 + chance.randrange(households)}" for _ in range(count)]


def write_households(data: Path, households: int) -> None:
    """Write them into the database of a node that stands alone."""
    path = data / "households.db"
    Database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO policy_documents (line, document) VALUES (?, ?)", documents(households)
        )


def measure_reader(path: Path, households: int) -> dict[str, float]:
    """Return what asking for many lines takes: bytes a household, and µs a line."""
    return _run("reader", str(path), str(households))


def measure_copy(server: Postgres, folder: Path, households: int) -> dict[str, float]:
    """Return how long a node takes to have all policies for the first time, and to compare them."""
    name = f"carrier_{households}"
    url = server.create(name)
    Database(url).close()
    with server.connect(name) as connection:
        connection.execute("SET session_replication_role = replica")  # nobody listens yet
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY policy_documents (line, document) FROM STDIN") as copy,
        ):
            for row in documents(households):
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE policy_documents")
    return _run("copy", url, str(folder / "copy" / "policies.db"), str(households))


def _run(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benches.carrier_households", *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the households cannot be measured: {done.stderr.strip()[-300:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _rss() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def _reader(path: str, households: int) -> dict[str, float]:
    reader = PolicyReader(Path(path))
    chance = random.Random(1)  # noqa: S311
    asked = [FIRST_LINE + chance.randrange(households) for _ in range(min(ASKED, households))]
    reader.policy(FIRST_LINE)
    before = _rss()
    began = time.perf_counter()
    for line in asked:
        if not reader.policy(line).consent:
            raise BenchError(f"{line} has no policy")
    taken = time.perf_counter() - began
    return {"bytes": (_rss() - before) / households, "us": taken / len(asked) * 1e6}


async def _copy(url: str, path: str, households: int) -> dict[str, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first = await copied(url, Path(path), households)
    again = await copied(url, Path(path), households)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"first_s": first, "again_s": again, "bytes": peak * 1024 / households}


def main() -> None:
    """Measure as the command line says."""
    kind, *words = sys.argv[1:]
    figures: Any
    if kind == "reader":
        figures = _reader(words[0], int(words[1]))
    else:
        figures = asyncio.run(_copy(words[0], words[1], int(words[2])))
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
