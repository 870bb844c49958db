"""How soon a node screens by a changed policy, and how long its first copy of all takes."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from callguard.database import Database
from callguard.households.document import encode
from callguard.households.lists import Lists
from callguard.trail import COMMAND_LINE

from .feed_asker import ask
from .node import BenchError
from .policy_copy import copied
from .portal_homes import FIRST_LINE, policy
from .postgres import Postgres
from .report import percentile
from .traffic import CallerID, arguments, environment

PATIENCE = 10.0
"""Seconds after which a change should have counted long ago."""

_CALLER, _NUMBER = "05099998888", 815099998888
_REFUSED = b"CALLGUARD_REASON=household-block"


def changed(database: Database, port: int, line: str, times: int) -> dict[str, float]:
    """Block a number and let it go again; from asking the database to the first verdict by it.

    The line is that of the first household.
    """
    lists = Lists(database)
    call = environment(arguments(CallerID(_CALLER), line))
    taken = []
    for n in range(times):
        began = time.perf_counter()
        if n % 2:
            lists.take_off(1, _NUMBER, by=COMMAND_LINE, now=datetime.now(UTC))
        else:
            lists.put(1, _NUMBER, allowed=False, by=COMMAND_LINE, now=datetime.now(UTC))
        while (_REFUSED in ask(port, call)) == bool(n % 2):
            if time.perf_counter() > began + PATIENCE:
                raise BenchError(f"a changed policy does not count after {PATIENCE:g} s")
        taken.append((time.perf_counter() - began) * 1000)
    return {"change_p50_ms": percentile(taken, 0.5), "change_p99_ms": percentile(taken, 0.99)}


def first_copy(server: Postgres, folder: Path, policies: int) -> float:
    """Return how many seconds a node that has no policy takes to have *policies* of them."""
    url = server.create("policies")
    Database(url).close()
    with server.connect("policies") as connection:
        connection.execute("SET session_replication_role = replica")  # nobody listens yet
        connection.execute(
            "INSERT INTO policy_documents (line, document) "
            "SELECT %s + n, %s FROM generate_series(1, %s) AS n",
            [FIRST_LINE, encode(policy(datetime.now(UTC))), policies],
        )
        connection.execute("VACUUM ANALYZE")
    return asyncio.run(copied(url, folder / "policies.db", policies))
