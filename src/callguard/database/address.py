"""Reads the URL of the database: PostgreSQL may be several servers, of which one takes changes."""

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+psycopg"


def database_address(url: str) -> URL:
    """Return *url* as SQLAlchemy takes it.

    PostgreSQL's is read as libpq reads it, several servers included
    (``postgresql://callguard@a.example,b.example:5433/callguard``). Of several, a standby is passed
    over unless the URL says otherwise (``target_session_attrs``): it takes no changes.

    Raises:
        sqlalchemy.exc.ArgumentError: it is no URL of a database; its text is not quoted, since it
            may hold a password.
        ImportError: PostgreSQL's driver is not installed.

    """
    scheme, _, rest = url.partition("://")
    if scheme in {"postgresql", "postgres", _DRIVER}:
        several = _several(rest)
        if several is not None:
            return several
        url = f"{_DRIVER}://{rest}"
    try:
        return make_url(url)
    except ValueError as error:
        raise ArgumentError("the port in database_url is no number") from error


def libpq_address(url: URL) -> str:
    """Return PostgreSQL's *url*, as :func:`database_address` gave it, as libpq takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _several(rest: str) -> URL | None:
    """Return the address if it names several servers."""
    if "," not in rest and "%2c" not in rest.lower():
        return None
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts: dict[str, Any] = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError as error:
        raise ArgumentError("database_url is no URL of a database") from error
    if "," not in str(parts.get("host", "")):
        return None
    user, password = parts.pop("user", None), parts.pop("password", None)
    name = parts.pop("dbname", None)
    parts.setdefault("target_session_attrs", "read-write")
    query = {key: str(value) for key, value in parts.items()}
    return URL.create(_DRIVER, user, password, database=name, query=query)
