"""A database of an older callguard is brought up to date, one of a newer is left as it was."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from callguard.database import Database, DatabaseError
from callguard.database.connection import NewerDatabaseError, migrations
from callguard.households.registry import Registry

from ..postgres import Postgres

pytestmark = pytest.mark.slow

SCRIPTS = ScriptDirectory.from_config(migrations())
REVISIONS = [script.revision for script in reversed([*SCRIPTS.walk_revisions()])]
FIRST = [
    "INSERT INTO households (id, line, name, created_at, settings) "
    "VALUES (1, 81422990000, 'a home', '2025-04-01 00:00:00', '{}')",
    "INSERT INTO consents (id, household_id, text_version, given_by, given_at) "
    "VALUES (1, 1, '1', 'subscriber', '2025-04-01 00:00:00')",
    "INSERT INTO listed_numbers (id, household_id, number, allowed, name, confirmed_at) "
    "VALUES (1, 1, 81422990001, true, 'daughter', '2025-04-01 00:00:00')",
]


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'households.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(None) as url:
        yield url


def make(url: str, revision: str) -> None:
    """Make the database as it was at *revision*, with one household of the first version."""
    engine = create_engine(url)
    if url.startswith("sqlite"):
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode = WAL"))
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
        for statement in FIRST:
            connection.execute(text(statement))
        connection.execute(
            text("INSERT INTO policy_documents (line, document) VALUES (81422990000, :document)"),
            {"document": json.dumps({"consent": True})},
        )
        command.upgrade(config, revision)
    engine.dispose()


@pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_household_of_any_older_version_is_there_after_the_upgrade(
    empty_url: str, revision: str
) -> None:
    make(empty_url, revision)
    database = Database(empty_url)
    try:
        home = Registry(database).find("0422-99-0000")
        assert (home.name, home.screened) == ("a home", True)
    finally:
        database.close()


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_a_newer_database_is_refused_in_one_line_and_not_one_byte_is_changed(
    empty_url: str, tmp_path: Path
) -> None:
    make(empty_url, REVISIONS[-1])
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = (tmp_path / "households.db").read_bytes()
    with pytest.raises(NewerDatabaseError) as caught:
        Database(empty_url)
    assert isinstance(caught.value, DatabaseError)
    assert len(str(caught.value).splitlines()) == 1
    assert (tmp_path / "households.db").read_bytes() == before


def test_each_revision_follows_on_the_one_before() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS
