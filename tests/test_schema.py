"""The revision of a database, told without the libraries that make one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

from callguard.database.connection import migrations
from callguard.schema import newest_revision, revision_of


def test_the_newest_is_the_one_that_alembic_upgrades_to() -> None:
    assert newest_revision() == ScriptDirectory.from_config(migrations()).get_current_head()


def test_a_database_just_made_is_of_the_newest(sqlite_template: Path) -> None:
    assert revision_of(sqlite_template) == newest_revision()


def test_looking_leaves_nothing_beside_it(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "households.db"
    path.write_bytes(sqlite_template.read_bytes())
    revision_of(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_waits_in_the_log_beside_it_counts(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "households.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        assert revision_of(path) == "9999"


def test_a_file_whose_name_has_signs_of_an_address_is_read(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "100%25?mode=rwc#.db"
    path.write_bytes(sqlite_template.read_bytes())
    assert revision_of(path) == newest_revision()


def test_what_is_missing_empty_or_damaged_has_none(tmp_path: Path) -> None:
    path = tmp_path / "households.db"
    assert revision_of(path) is None
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    assert revision_of(path) is None
    path.write_bytes(b"no database" * 100)
    assert revision_of(path) is None
    assert revision_of(tmp_path) is None
