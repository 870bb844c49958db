"""Which revision of the tables this callguard writes, and which one a database file has.

Read without SQLAlchemy and Alembic, which take half a second to load: a node that starts, and
every process that opens the database, asks this first.
"""

import re
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

_VERSIONS = Path(__file__).parent / "database/migrations/versions"
_NAME = re.compile(r"(\d{4})_\w+\.py")
"""Migrations are one line of revisions, each file called by its number."""


@cache
def newest_revision() -> str:
    """Return the revision that this callguard brings a database to."""
    found = (_NAME.fullmatch(path.name) for path in _VERSIONS.iterdir())
    return max(match[1] for match in found if match)


def revision_of(path: Path) -> str | None:
    """Return the revision of the SQLite file at *path*; None if it has none, or cannot be read."""
    if not path.is_file():
        return None
    # Where nothing waits in a log beside it, none is begun by looking.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as opened:
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None
