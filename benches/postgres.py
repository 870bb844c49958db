"""A PostgreSQL server to measure: as it is installed, but for memory and where it listens."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from .node import BenchError

_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "lc_messages": "C",
}
"""What is not as installed: no TCP port, memory for five million calls, room to load them."""

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server, reached by a Unix socket in *folder* as the user ``postgres``."""

    folder: Path

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of the database *name*."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def create(self, name: str) -> str:
        """Make an empty database; return its URL."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return a connection of one's own to the database *name*; each statement is committed."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True)


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server in a temporary folder that is gone afterwards; it syncs to disk as it should.

    Raises:
        BenchError: there is none installed, or it does not start.

    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="cgpg-", dir="/tmp"))  # a socket's path is short
    as_owner = ["setpriv", "--pdeathsig", "INT"]  # it ends with the bench, even if that is killed
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    try:
        subprocess.run(
            [
                *as_owner,
                str(programs / "initdb"),
                *("--pgdata", str(folder / "data"), "--username", "postgres", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *as_owner,
                    str(programs / "postgres"),
                    *("-D", str(folder / "data"), "-k", str(folder), *options),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        server = Postgres(folder)
        try:
            _wait(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # at once, whoever is connected
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Postgres, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                told = (server.folder / "log").read_text(errors="replace").splitlines()
                raise BenchError(f"PostgreSQL does not start: {(told or [''])[-1]}") from error
            time.sleep(0.02)
        else:
            return


def _programs() -> Path:
    """Return the folder of the newest server that is installed, as Debian lays it out."""
    found = sorted(
        (
            place
            for place in Path("/usr/lib/postgresql").glob("*/bin")
            if (place / "initdb").exists()
        ),
        key=lambda place: int(place.parent.name) if place.parent.name.isdecimal() else 0,
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1]
    if on_path is None:
        raise BenchError("PostgreSQL's server is not installed; run: script/setup dev")
    return Path(on_path).resolve().parent
