"""Opens the database and brings its tables up to date."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from ..schema import newest_revision
from .address import database_address

if TYPE_CHECKING:
    from alembic.config import Config

_READS = "callguard_reads"
"""Execution option of a connection that only reads."""

_UPGRADING = 0x63616C6C67756172
"""Key of the advisory lock of an upgrade: "callguar" in ASCII."""

_MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseError(Exception):
    """The households database cannot be opened; the message says why and what to do."""


class NewerDatabaseError(DatabaseError):
    """A newer callguard has written the database; nothing was changed."""


class ReadOnlyDatabaseError(DatabaseError):
    """The database takes no changes, or none from this user."""


class Database:
    """The households database behind *url*, its tables made or upgraded (Alembic)."""

    def __init__(self, url: str) -> None:
        """Open the database.

        Raises:
            DatabaseError: it cannot be opened, or a newer callguard has written it.

        """
        # A table refers to others: whoever writes to one needs to know them all.
        from . import tables  # noqa: F401

        if url.startswith("sqlite:///"):
            folder = Path(url.removeprefix("sqlite:///")).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseError(f"{folder} cannot be made: {error.strerror}") from error
        try:
            self.engine = _engine(url)
            try:
                _upgrade(self.engine)
            except BaseException:
                self.engine.dispose()
                raise
        except SQLAlchemyError as error:
            raise DatabaseError(
                f"the households database cannot be opened: {_cause(error)}"
            ) from error
        except ImportError as error:
            raise DatabaseError(
                f"the households database needs a driver that is not installed: {error.name}"
            ) from error
        self._sessions = sessionmaker(self.engine)
        self._readers = sessionmaker(self.engine.execution_options(**{_READS: True}))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session whose changes are committed at the end, or all undone on an error.

        Raises:
            DatabaseError: the database does not answer, is locked for too long, or refuses.

        """
        try:
            with self._sessions.begin() as session:
                yield session
        except SQLAlchemyError as error:
            raise DatabaseError(
                f"the households database cannot be used: {_cause(error)}"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that only reads: in SQLite it holds up no writer, and waits for none.

        Raises:
            DatabaseError: the database does not answer.

        """
        try:
            with self._readers() as session:
                yield session
        except SQLAlchemyError as error:
            raise DatabaseError(
                f"the households database cannot be used: {_cause(error)}"
            ) from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


_POSTGRESQL: dict[str, Any] = {
    # A server that went away is noticed when a connection is taken, and another one is made.
    "pool_pre_ping": True,
    "pool_size": 5,
    "max_overflow": 10,
    "pool_timeout": 5,
}
"""How connections to PostgreSQL are kept; the figures are per process."""

_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
"""A server that does not answer is given up after 5 seconds (libpq), unless the URL says other; of
several, the next is asked then."""


def _engine(url: str) -> Engine:
    address = database_address(url)
    options: dict[str, Any] = {}
    if address.drivername == "postgresql+psycopg":
        asked = address.query
        patience = {name: value for name, value in _PATIENCE.items() if name not in asked}
        options = {**_POSTGRESQL, "connect_args": patience}
    # What a statement was given may be a caller's number: no error, and so no log, quotes it.
    engine = create_engine(address, hide_parameters=True, **options)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            # Write-ahead mode: the screener's readers never wait for a writer. Full
            # synchronisation: a number that the family added survives a power cut.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted is overwritten: an erased call must not be found in the file.
            connection.execute("PRAGMA secure_delete = ON")
            # sqlite3 itself would begin a transaction only at its first write. What was read
            # before it could have changed by then, and a policy document would lack that change.
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            reads = connection.get_execution_options().get(_READS)
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def look_at_postgresql(url: str) -> None:
    """Look whether the PostgreSQL behind *url* can be used; nothing in it is changed.

    Raises:
        DatabaseError: it does not answer, a newer callguard has written it, or it takes no changes.

    """
    try:
        engine = _engine(url)
        try:
            looking = engine.execution_options(postgresql_readonly=True)
            with looking.connect() as connection:
                revision = _revision(connection)
                if revision is not None and revision > newest_revision():
                    raise NewerDatabaseError(f"its tables are of revision {revision}")
                if why := _read_only(connection, has_tables=revision is not None):
                    raise ReadOnlyDatabaseError(why)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise DatabaseError(_cause(error)) from error
    except ImportError as error:
        raise DatabaseError(f"its driver is not installed: {error.name}") from error


def _read_only(connection: Connection, *, has_tables: bool) -> str:
    """Tell why PostgreSQL will take no changes of ours; empty: it will."""
    if connection.scalar(text("SELECT pg_is_in_recovery()")):
        return "it is a standby"
    if connection.scalar(text("SHOW default_transaction_read_only")) == "on":
        return "default_transaction_read_only is on"
    allowed = (
        "has_table_privilege('alembic_version', 'UPDATE')"
        if has_tables
        else "has_schema_privilege(current_schema(), 'CREATE')"
    )
    if not connection.scalar(text(f"SELECT {allowed}")):
        return "its user may not change it"
    return ""


def migrations() -> "Config":
    """Return Alembic's settings for this package's migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(engine: Engine) -> None:
    with engine.execution_options(**{_READS: True}).connect() as connection:
        if _revision(connection) == newest_revision():
            return
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command
    from alembic.util.exc import CommandError

    config = migrations()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Of several nodes that start at the same moment, one upgrades and the others wait.
            # (SQLite has one writer at a time by itself.)
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerDatabaseError(
                f"the households database is of a newer callguard than this ({error}); "
                "nothing was changed"
            ) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
