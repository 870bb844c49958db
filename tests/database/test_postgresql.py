"""PostgreSQL: upgraded, refused, lost and found again."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, select, text

from callguard.database import Database, DatabaseError, NewerDatabaseError
from callguard.database import connection as database_module
from callguard.database.tables import Base
from callguard.households.registry import Registry

from ..households.conftest import DAUGHTER, LINE, NOW
from ..postgres import Postgres

TABLES = {"alembic_version", *Base.metadata.tables}

pytestmark = pytest.mark.database("postgresql")


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def refusal(url: str) -> str:
    """What is said of a database that cannot be opened."""
    with pytest.raises(DatabaseError) as caught:
        Database(url)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_every_revision_leads_back_and_leaves_nothing(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(database_module._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        functions = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'callguard%'"
        assert connection.execute(text(functions)).scalar() == 0
    assert tables(database) == {"alembic_version"}
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert tables(database) == TABLES


def test_a_newer_database_is_refused_and_untouched(database: Database, database_url: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="nothing was changed"):
        Database(database_url)
    with database.engine.begin() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert found == "9999"
    assert tables(database) == TABLES


def test_an_upgrade_that_fails_changes_nothing(postgres: Postgres) -> None:
    with postgres.database(None) as url:
        database = Database(url)
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.execute(text("CREATE TABLE listed_numbers (id INTEGER)"))
        assert 'relation "listed_numbers" already exists' in refusal(url)
        assert tables(database) == {"listed_numbers"}
        database.close()


def test_nodes_that_upgrade_at_the_same_moment_do_not_collide(postgres: Postgres) -> None:
    with postgres.database(None) as url, ThreadPoolExecutor(4) as pool:
        databases = list(pool.map(Database, [url] * 4))
        assert all(tables(database) == TABLES for database in databases)
        for database in databases:
            database.close()


def test_its_owner_needs_no_other_right(postgres: Postgres) -> None:
    with postgres.database(None) as url:
        database = Database(url)
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE ROLE callguard_owner LOGIN"))
            name = connection.execute(text("SELECT current_database()")).scalar()
            connection.execute(text(f"ALTER DATABASE {name} OWNER TO callguard_owner"))
            connection.execute(text("CREATE SCHEMA public AUTHORIZATION pg_database_owner"))
        owner = Database(url.replace("postgres@", "callguard_owner@"))
        assert tables(owner) == TABLES
        owner.close()
        with database.engine.begin() as connection:
            connection.execute(text("DROP OWNED BY callguard_owner"))
            connection.execute(text(f"ALTER DATABASE {name} OWNER TO postgres"))
            connection.execute(text("DROP ROLE callguard_owner"))
        database.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_url_as_other_programs_write_it_is_understood(database_url: str, scheme: str) -> None:
    database = Database(f"{scheme}://{database_url.partition('://')[2]}")
    assert tables(database) == TABLES
    database.close()


def test_a_database_that_is_not_there_is_named(postgres: Postgres) -> None:
    assert 'database "nowhere" does not exist' in refusal(postgres.url("nowhere"))
    assert "No such file or directory" in refusal("postgresql://x@/y?host=/nowhere")
    assert "onnection refused" in refusal("postgresql://x@127.0.0.1:1/y")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "timeout" in refusal(f"postgresql://x@127.0.0.1:{port}/y?connect_timeout=1")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop."""
    server = Postgres()
    yield server
    server.remove()


def test_a_server_that_comes_back_is_used_again(own_server: Postgres) -> None:
    with own_server.database() as url:
        database = Database(url)
        registry = Registry(database)
        registry.add(LINE, "home", consent_by=None, by=DAUGHTER, now=NOW)
        own_server.stop()
        with pytest.raises(DatabaseError, match=r"^the households database cannot be used: "):
            registry.find(LINE)
        own_server.start()
        assert registry.find(LINE).name == "home"
        registry.rename(registry.find(LINE).id, "another", by=DAUGHTER, now=NOW)
        database.close()


def test_a_lost_connection_undoes_what_was_begun(database: Database, database_url: str) -> None:
    def lose_it() -> None:
        with database.transaction() as session:
            session.execute(
                text("INSERT INTO attempts VALUES ('a', 1, '2026-11-24 03:00', '2026-11-24 03:00')")
            )
            session.execute(select(text("pg_terminate_backend(pg_backend_pid())")))

    with pytest.raises(DatabaseError):
        lose_it()
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM attempts")).scalar() == 0
