"""The families' database as a file, while others write to it, and back into an empty one."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ..households.replica import server_address
from ..settings import Settings
from .errors import BackupError

SQLITE = "households.db"
POSTGRESQL = "households.dump"

_PAGES = 1000
"""Copied at a time; writers have their turn in between."""

_REVISION = "SELECT version_num FROM alembic_version"


def copy_database(settings: Settings, folder: Path) -> tuple[Path, str]:
    """Write the database as it stands to a file in *folder*; return it and its schema's revision.

    Raises:
        BackupError: it cannot be read.

    """
    if settings.replicated:
        return _dump(settings.households, folder / POSTGRESQL)
    source, target = settings.database_file, folder / SQLITE
    if not source.is_file():
        raise BackupError(f"there is no database {source}; set CALLGUARD_DATA")
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as theirs,
            closing(sqlite3.connect(target)) as ours,
        ):
            theirs.backup(ours, pages=_PAGES, sleep=0.01)
            [verdict] = ours.execute("PRAGMA quick_check").fetchone()
            [revision] = ours.execute(_REVISION).fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}") from error
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}")
    return target, str(revision)


def restore_database(settings: Settings, file: Path) -> None:
    """Put a database back; *file* may be moved.

    Raises:
        BackupError: there is one already, it is of the other kind, or it cannot be written.

    """
    if settings.replicated != (file.name == POSTGRESQL):
        kind = "PostgreSQL" if file.name == POSTGRESQL else "SQLite"
        raise BackupError(f"the backup is of {kind}; set database_url to such a database")
    if settings.replicated:
        _load(settings.households, file)
        return
    target = settings.database_file
    if target.exists():
        raise BackupError(f"{target} is there already; move it away first")
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)


def _dump(url: str, target: Path) -> tuple[Path, str]:
    try:
        with psycopg.connect(server_address(url), connect_timeout=10) as connection:
            row = connection.execute(_REVISION.encode()).fetchone()
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be read: {_first_line(error)}") from error
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={target}")
    return target, str(row[0]) if row else ""


def _load(url: str, file: Path) -> None:
    try:
        with psycopg.connect(server_address(url), connect_timeout=10) as connection:
            row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be reached: {_first_line(error)}") from error
    if row is not None and row[0] is not None:
        raise BackupError("the database has tables already; make an empty one, and name it")
    _run(
        url,
        *("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction"),
        str(file),
        database="--dbname",
    )


def _run(url: str, program: str, *words: str, database: str = "--dbname") -> None:
    """Run a program of PostgreSQL's; its password goes by the environment, which others cannot
    read as they can a command line.
    """
    known: dict[str, Any] = conninfo_to_dict(server_address(url))
    environ = {**os.environ}
    if password := known.pop("password", None):
        environ["PGPASSWORD"] = str(password)
    try:
        ran = subprocess.run(
            [program, database, make_conninfo(**known), *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BackupError(f"there is no {program}; install PostgreSQL's client programs") from error
    if ran.returncode:
        raise BackupError(f"{program}: {(ran.stderr.strip().splitlines() or ['it failed'])[0]}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
