"""``callguard init`` looks at PostgreSQL before its first question; failing, it writes nothing."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from callguard.database.address import database_address, libpq_address

from ..postgres import Postgres
from .conftest import Run
from .test_init import flags


@pytest.fixture
def config(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings' file, not made yet; and whoever is asked fails."""
    (tmp_path / "line").write_text("gateway-word\n")
    (tmp_path / "line").chmod(0o600)

    def asked(prompt: str = "") -> str:
        raise AssertionError(f"asked: {prompt}")

    monkeypatch.setattr("builtins.input", asked)
    path = tmp_path / "etc" / "callguard.toml"
    monkeypatch.setenv("CALLGUARD_CONFIG", str(path))
    return path


@pytest.fixture
def empty(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database without tables, as libpq names it."""
    with postgres.database(None) as url:
        monkeypatch.setenv("CALLGUARD_DATABASE_URL", url)
        yield libpq_address(database_address(url))


def refused(run: Run, config: Path) -> str:
    """Return what is said instead of a question; nothing was written."""
    ran = run("init", "--language", "en")
    assert ran.status == 1
    assert not config.parent.exists()
    return ran.error


def tables(database: str) -> int:
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_a_newer_one_is_refused(run: Run, config: Path, empty: str) -> None:
    with psycopg.connect(empty) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert "is of a newer callguard" in refused(run, config)
    assert tables(empty) == 1


def test_one_that_does_not_answer_is_refused(
    run: Run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "CALLGUARD_DATABASE_URL", f"postgresql://callguard@/callguard?host={tmp_path}"
    )
    assert "start PostgreSQL, or mend database_url" in refused(run, config)


def test_one_that_takes_no_changes_is_refused(
    run: Run, config: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    assert "default_transaction_read_only is on" in refused(run, config)
    monkeypatch.setenv(
        "CALLGUARD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x?connect_timeout=2"
    )
    assert "cannot be used" in refused(run, config)


def test_one_whose_user_may_not_change_it_is_refused(
    run: Run, config: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        host, name = connection.info.host, connection.info.dbname
    monkeypatch.setenv("CALLGUARD_DATABASE_URL", f"postgresql://reader@/{name}?host={host}")
    try:
        assert "its user may not change it" in refused(run, config)
    finally:
        with psycopg.connect(empty, autocommit=True) as connection:
            connection.execute("DROP ROLE reader")


def test_a_good_one_is_signed_up_in(run: Run, config: Path, empty: str) -> None:
    ran = run(*flags(config), "--consent")
    assert ran.status == 0, ran.err
    assert tables(empty) > 10
    assert "reject (withheld)" in ran.out
