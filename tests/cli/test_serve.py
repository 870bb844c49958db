"""``callguard serve``: what keeps a node from starting is told in one line."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .conftest import Run


def serve(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a node that cannot start."""
    return subprocess.run(
        [sys.executable, "-m", "callguard", "serve"],
        env={"CALLGUARD_DATA": str(data), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_port_that_is_taken_is_told(data: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ran = serve(data, CALLGUARD_AGI_PORT=str(port))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"callguard: 127.0.0.1:{port} cannot be used: Address already in use; "
        "stop what uses it, or set CALLGUARD_AGI_PORT\n"
    )


def test_a_database_of_a_newer_callguard_is_told_and_untouched(
    household: Run, data: Path, free_ports: Callable[..., list[int]]
) -> None:
    with closing(sqlite3.connect(data / "households.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    agi, http = free_ports(2)
    ran = serve(data, CALLGUARD_AGI_PORT=str(agi), CALLGUARD_HTTP_PORT=str(http))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert len(ran.stderr.splitlines()) == 1
    assert "is of a newer callguard than this" in ran.stderr
    with closing(sqlite3.connect(data / "households.db")) as connection:
        assert connection.execute("SELECT count(*) FROM policy_documents").fetchone() == (1,)
