"""The URL of the database: one server, or several of which one takes changes."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from callguard.database import Database, DatabaseError
from callguard.database.address import database_address, libpq_address
from callguard.households.replica import server_address

from ..postgres import Postgres

TWO = "postgresql://callguard:p%40ss@192.0.2.41:5433,192.0.2.42/callguard"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_several_servers_are_read_as_libpq_reads_them(scheme: str) -> None:
    address = database_address(f"{scheme}://{TWO.partition('://')[2]}")
    assert address.drivername == "postgresql+psycopg"
    assert conninfo_to_dict(libpq_address(address)) == {
        "user": "callguard",
        "password": "p@ss",
        "dbname": "callguard",
        "host": "192.0.2.41,192.0.2.42",
        "port": "5433,",
        "target_session_attrs": "read-write",
    }


def test_what_the_url_asks_for_counts() -> None:
    for address in (
        f"{TWO}?target_session_attrs=primary&sslmode=require",
        "postgresql:///callguard?host=a,b&target_session_attrs=primary&sslmode=require",
    ):
        known = conninfo_to_dict(libpq_address(database_address(address)))
        assert (known["target_session_attrs"], known["sslmode"]) == ("primary", "require")


def test_one_server_is_asked_whatever_it_is() -> None:
    address = database_address("postgresql://callguard:a%2Cb@db.example/callguard")
    assert address.password == "a,b"
    assert not address.query


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://callguard:secret@a,b/callguard?nonsense=1",
        "postgresql://callguard:secret@a:x/callguard",
        "callguard:secret@a",
    ],
)
def test_what_is_no_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        database_address(url)
    assert "secret" not in str(refused.value)
    with pytest.raises(DatabaseError, match=r"^the households database cannot be opened: ") as told:
        Database(url)
    assert "secret" not in str(told.value)
    with pytest.raises(psycopg.ProgrammingError, match=r"^database_url is no URL of a database$"):
        server_address(url)


def test_a_server_that_is_gone_or_takes_no_changes_is_passed_over(postgres: Postgres) -> None:
    """Nobody is at the first; the second is asked, until nothing may be written there."""
    with postgres.database() as url:
        name = make_url(url).database
        both = f"postgresql://postgres@/{name}?host=/nowhere,{postgres.folder}"
        database = Database(both)
        with psycopg.connect(server_address(both)) as connection:
            read_only = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
            connection.execute(read_only.encode())
        database.close()
        with pytest.raises(DatabaseError, match="session is read-only"):
            Database(both)
