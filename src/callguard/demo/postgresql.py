"""The PostgreSQL that the nodes of an exchange share, and its standby (streaming replication)."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from .place import Part, Place
from .stores import StoreError, until


class PostgreSQL:
    """Two servers with callguard's database, each at one of *places*: a primary, and a standby.

    The standby follows without being waited for, as most do: what the primary had taken and not yet
    sent is lost with it.
    """

    def __init__(self, folder: Path, places: tuple[Place, Place]) -> None:
        self._password, self._standby_password = secrets.token_hex(16), secrets.token_hex(16)
        self.servers = [
            Server(f"postgresql-{number}", folder, place) for number, place in enumerate(places, 1)
        ]
        self.primary = self.servers[0]
        """The one that takes changes."""

    @property
    def url(self) -> str:
        """Return the URL of callguard's database, both servers in it."""
        where = ",".join(f"{one.place.address}:{one.port}" for one in self.servers)
        return f"postgresql://callguard:{self._password}@{where}/callguard"

    @property
    def standby(self) -> "Server":
        """Return the one that follows."""
        return next(one for one in self.servers if one is not self.primary)

    async def start(self) -> None:
        """Make the servers, start them, and wait until they answer.

        Raises:
            StoreError: one does not start.

        """
        await self.primary.make()
        await self.primary.start()
        await asyncio.to_thread(self._prepare)
        await self.rejoin()

    async def stop(self) -> None:
        """Stop both at once, but in order."""
        await asyncio.gather(*(one.stop() for one in self.servers))

    async def fail_over(self) -> None:
        """Have the standby take the primary's place, as whoever is on call does."""
        new = self.standby
        await asyncio.to_thread(new.order, "SELECT pg_promote()")
        self.primary = new

    async def rejoin(self) -> None:
        """Make a standby, from nothing, of the server that is not the primary; wait for it.

        Raises:
            StoreError: it does not start, or does not follow.

        """
        standby = self.standby
        await standby.stop()
        await standby.copy(self.primary, self._standby_password)
        await standby.start()
        await until(self._followed, f"{standby.name} does not follow {self.primary.name}")

    def _followed(self) -> bool:
        found = self.primary.order("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")
        return bool(found)

    def _prepare(self) -> None:
        order = self.primary.order
        order(f"CREATE ROLE callguard LOGIN PASSWORD '{self._password}'")
        order(f"CREATE ROLE standby LOGIN REPLICATION PASSWORD '{self._standby_password}'")
        order("CREATE DATABASE callguard OWNER callguard")


class Server:
    """One PostgreSQL server."""

    def __init__(self, name: str, folder: Path, place: Place) -> None:
        self.name = name
        self.place = place
        self.port = place.ports(1)[0]
        self._home = folder / name
        self._data = self._home / "data"
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not programs:
            raise StoreError("there is no PostgreSQL; apt-get install postgresql brings it")
        self._programs = programs[-1].parent
        self._as_owner: tuple[str, ...] = ()
        if self._user is not None:  # the server refuses to run as root
            ids = f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}"
            self._as_owner = ("setpriv", *ids, "--clear-groups")
        self.part = Part(
            name,
            place,
            [
                *self._as_owner,
                str(self._programs / "postgres"),
                *("-D", str(self._data), "-k", str(self._data)),
                *("-p", str(self.port), "-h", place.address),
            ],
            folder=self._home,
        )

    async def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            StoreError: it does not.

        """
        await self.part.start()
        await until(self._answers, f"{self.name} does not answer (see {self.part.log})")

    async def stop(self) -> None:
        """Stop it at once, but in order."""
        if self.part.alive:
            self.part.signal(signal.SIGCONT)
            os.kill(self.part.pid, signal.SIGINT)
        await self.part.stop()

    def order(self, statement: str) -> list[tuple[object, ...]]:
        """Have the server's owner run a statement; return its rows, if it has some."""
        with self._connect() as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    async def make(self) -> None:
        """Make it, with nothing in it."""
        await self._run(
            "initdb",
            *("--pgdata", str(self._data), "--username", "postgres"),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        rights = self._data / "pg_hba.conf"
        rights.write_text(
            "local all postgres trust\n"
            "host callguard callguard 0.0.0.0/0 scram-sha-256\n"
            "host replication standby 0.0.0.0/0 scram-sha-256\n"
        )

    async def copy(self, primary: "Server", password: str) -> None:
        """Make it a standby of *primary*, in the place of whatever it was."""
        shutil.rmtree(self._data, ignore_errors=True)
        where = make_conninfo(
            host=primary.place.address, port=primary.port, user="standby", password=password
        )
        await self._run(
            "pg_basebackup",
            *("--pgdata", str(self._data), "--write-recovery-conf", "--checkpoint", "fast"),
            *("--no-sync", "--dbname", where),
        )

    async def _run(self, program: str, *words: str) -> None:
        if not self._home.is_dir():
            self._home.mkdir(parents=True)
            if self._user is not None:
                os.chown(self._home, self._user.pw_uid, self._user.pw_gid)
        made = await asyncio.create_subprocess_exec(
            *self.place.prefix,
            *self._as_owner,
            str(self._programs / program),
            *words,
            cwd="/",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await made.communicate()
        if made.returncode:
            raise StoreError(f"{program}: {said.decode(errors='replace').strip()}")

    def _answers(self) -> bool:
        if not self.part.alive:
            raise StoreError(f"{self.name} ended at once; see {self.part.log}")
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._data),
            port=self.port,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )
