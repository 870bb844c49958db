"""The fixture ``database``: each test has its own, on both kinds, with every table."""

import pytest
from sqlalchemy import inspect, text

from callguard.database import Database
from callguard.database.tables import Base


@pytest.mark.parametrize("again", [1, 2])
def test_a_test_begins_with_every_table_and_nothing_in_it(database: Database, again: int) -> None:
    assert {*Base.metadata.tables} < set(inspect(database.engine).get_table_names())
    with database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM people")).scalar() == 0
        session.execute(
            text("INSERT INTO attempts VALUES ('a', 1, '2026-11-24 03:00', '2026-11-24 03:00')")
        )


def test_it_runs_on_the_kind_that_the_url_names(database: Database, database_url: str) -> None:
    assert database_url.startswith(database.engine.dialect.name)
