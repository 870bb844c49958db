"""The database file: made, upgraded, refused, and in step with the models."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text

from callguard.database import Database, DatabaseError
from callguard.database import connection as database_module
from callguard.database.tables import Base
from callguard.households import models
from callguard.households.change import changing
from callguard.households.consent import Consents
from callguard.households.errors import Fault, HouseholdError
from callguard.households.registry import Registry

from ..households.conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER, Household

TABLES = {"alembic_version", *Base.metadata.tables}


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in found}


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found)


def refusal(url: str) -> str:
    """What is said of a database that cannot be opened."""
    with pytest.raises(DatabaseError) as caught:
        Database(url)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(database_module._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


@pytest.mark.database("sqlite")
def test_a_new_database_has_every_table_in_its_newest_form(database: Database, path: Path) -> None:
    assert tables(path) == TABLES
    assert revision(path) == scripts().get_current_head()


def test_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "households.db"
    Database(f"sqlite:///{path}").close()
    assert tables(path) == TABLES


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrations_lead_to_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_there_is_one_line_of_revisions_from_the_first(path: Path) -> None:
    assert len(scripts().get_heads()) == 1
    assert len(scripts().get_bases()) == 1


@pytest.mark.database("sqlite")
def test_opening_again_changes_nothing(home: Household, path: Path) -> None:
    before = path.read_bytes()
    database = Database(f"sqlite:///{path}")
    assert Registry(database).find(LINE) == home.registry.find(LINE)
    database.close()
    assert path.read_bytes() == before


def test_an_older_database_is_upgraded(path: Path) -> None:
    # Before the first revision there is nothing but the table of revisions.
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    database = Database(f"sqlite:///{path}")
    Registry(database).add(LINE, "home", consent_by=None, by=DAUGHTER, now=NOW)
    database.close()
    assert tables(path) == TABLES
    assert revision(path) == scripts().get_current_head()


@pytest.mark.database("sqlite")
def test_every_revision_leads_back(database: Database, path: Path) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(database_module._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables(path) == {"alembic_version"}
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert tables(path) == TABLES


@pytest.mark.database("sqlite")
def test_a_newer_database_is_refused_and_untouched(home: Household, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE of_tomorrow (id INTEGER)")
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
    message = refusal(f"sqlite:///{path}")
    assert "newer callguard" in message
    assert "nothing was changed" in message
    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE listed_numbers (id INTEGER)")
    assert "listed_numbers already exists" in refusal(f"sqlite:///{path}")
    assert tables(path) == {"listed_numbers"}


def test_what_is_no_database_is_refused(path: Path) -> None:
    content = b"not a database, whatever it is" * 100
    path.write_bytes(content)
    assert refusal(f"sqlite:///{path}") == (
        "the households database cannot be opened: file is not a database"
    )
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert refusal(f"sqlite:///{tmp_path}/file/households.db").startswith(str(tmp_path / "file"))


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "unable to open database file" in refusal(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["nonsense", "", "nosuchdatabase://host/name"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    assert refusal(url).startswith("the households database cannot be opened: ")


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_driver(url: str, **options: object) -> None:
        raise ModuleNotFoundError("No module named 'driver'", name="driver")

    monkeypatch.setattr(database_module, "create_engine", no_driver)
    assert refusal("postgresql://host/name") == (
        "the households database needs a driver that is not installed: driver"
    )


@pytest.mark.database("sqlite")
def test_a_transaction_holds_the_database_from_its_first_read(home: Household, path: Path) -> None:
    # Or two changes at the same time would each write a policy document without the other's.
    with (
        changing(home.database, home.id, NOW),
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as another,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        another.execute("BEGIN IMMEDIATE")


@pytest.mark.database("sqlite")
def test_a_database_locked_by_another_says_so(home: Household, path: Path) -> None:
    impatient = Database(f"sqlite:///{path}?timeout=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError) as caught:
            Consents(impatient).revoke(home.id, by=DAUGHTER, now=NOW)
    assert str(caught.value) == "the households database cannot be used: database is locked"
    impatient.close()


def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail_halfway() -> None:
        with database.transaction() as session:
            session.add(models.Household(line=NUMBER, name="home", created_at=NOW, settings={}))
            session.flush()
            raise HouseholdError("stop", Fault.NOT_LISTED)

    with pytest.raises(HouseholdError, match="stop"):
        fail_halfway()
    with database.transaction() as session:
        assert session.scalars(select(models.Household)).all() == []


def test_a_number_is_on_one_list_at_most(home: Household, database: Database) -> None:
    home.lists.put(home.id, DOCTOR, allowed=True, by=DAUGHTER, now=NOW)

    def block_it_too() -> None:
        with database.transaction() as session:
            (household,) = session.scalars(select(models.Household))
            household.numbers.append(
                models.ListedNumber(number=DOCTOR, allowed=False, name="", confirmed_at=NOW)
            )

    with pytest.raises(DatabaseError, match=r"(?i)unique"):
        block_it_too()


@pytest.mark.database("sqlite")
def test_the_file_survives_a_power_cut_and_readers_never_wait(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_the_models_alone_make_the_same_tables() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        made = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert set(made.scalars()) | {"alembic_version"} == TABLES
    engine.dispose()


def test_an_error_does_not_quote_what_the_statement_was_given(database: Database) -> None:
    with pytest.raises(DatabaseError) as caught, database.transaction() as session:
        session.execute(text("SELECT :number FROM nowhere"), {"number": "0422-99-0000"})
    cause = caught.value.__cause__
    assert "0422-99-0000" not in f"{caught.value} {cause}"
