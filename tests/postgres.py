"""A PostgreSQL server for the tests: no TCP port, nothing kept, a database made in an instant."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from callguard.database import Database

from .sqlite import Filling, nothing

_QUICK = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "lc_messages": "C",
}
"""What a server may do without that lives as long as a test run."""

START_SECONDS = 60.0


class Postgres:
    """One server in a temporary folder, reached by its Unix socket as the user ``postgres``."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cgpg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._templates: dict[Filling, str] = {}
        self._programs = _programs()
        # Since release 15 a database is made through the log of changes unless told otherwise.
        self._by_copy = " STRATEGY FILE_COPY" if _version(self._programs / "initdb") >= 15 else ""
        if os.geteuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        subprocess.run(
            [
                *self._as_its_owner(),
                str(self._programs / "initdb"),
                *("--pgdata", str(self.folder / "data"), "--username", "postgres"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in _QUICK.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_its_owner(),
                    str(self._programs / "postgres"),
                    *("-D", str(self.folder / "data"), "-k", str(self.folder), *options),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    told = (self.folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL does not start: {told[-2000:]}") from None
                time.sleep(0.02)  # another process can only be asked again
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: at once, but in order (SIGINT), or as in a crash (SIGQUIT)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """Stop the server and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    @contextlib.contextmanager
    def database(self, filling: Filling | None = nothing) -> Iterator[str]:
        """Yield the URL of a database of one's own, with all tables, filled; bare without one."""
        template = "template0" if filling is None else self._template(filling)
        self._made += 1
        name = f"test_{self._made}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}{self._by_copy}")
        try:
            yield self.url(name)
        finally:
            if self._process is None:
                self.start()
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _template(self, filling: Filling) -> str:
        if filling not in self._templates:
            name = f"template_{len(self._templates)}"
            self._run(f"CREATE DATABASE {name}")
            database = Database(self.url(name))
            filling(database)
            database.close()
            self._templates[filling] = name
        return self._templates[filling]

    def _run(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        )

    @staticmethod
    def _as_its_owner() -> list[str]:
        # The server ends with the tests even if they are killed.
        words = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            words += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        return words


def _programs() -> Path:
    """The folder of the newest server that is installed, as Debian lays it out."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL's server is not installed; run: script/setup dev")
    return Path(on_path).resolve().parent


def _version(program: Path) -> int:
    name = program.parent.parent.name
    return int(name) if name.isdecimal() else 0
