"""A node's own copy of all policies: the file that its screener reads, whatever else fails."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

Copied = tuple[int, int, str]
"""A policy: the line (E.164 digits), the document's digest as the database has it, the document."""


def differing(path: Path, theirs: Mapping[int, int]) -> int:
    """Count the lines of a node's copy that differ from the digests in the database.

    Raises:
        sqlite3.Error: there is no copy, or it is damaged.

    """
    with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as file:
        own = dict(file.execute("SELECT line, digest FROM policy_documents").fetchall())
    return sum(own.get(line) != theirs.get(line) for line in own.keys() | theirs.keys())


def is_damage(error: Exception) -> bool:
    """Tell whether a file must be made anew; a full or busy disk is no damage."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError | sqlite3.IntegrityError
    )


def discard(path: Path) -> None:
    """Take a damaged file out of use; who reads it notices, and waits for another.

    Raises:
        OSError: the disk does not let it go.

    """
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


class PolicyFile:
    """The policies in one SQLite file, written by one process and read by ``reader``.

    The file has no table before the first whole copy: until then a node knows nothing of any
    line, which is another thing than to know that a line has no household.

    Every method waits for the disk, and raises OSError or ``sqlite3.Error`` if that fails.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        # One task uses it, from one thread at a time.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # What a power cut takes away, the next comparison with the database brings back.
        self._connection.execute("PRAGMA synchronous = NORMAL")

    def digests(self) -> dict[int, int] | None:
        """Return each line's digest, or None before the first whole copy."""
        table = self._connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'policy_documents'"
        )
        if table.fetchone() is None:
            return None
        found = self._connection.execute("SELECT line, digest FROM policy_documents")
        return dict(found.fetchall())

    def replace(self, policies: Iterable[Copied]) -> None:
        """Put *policies* in the place of everything, at one stroke."""
        with self._transaction():
            self._connection.execute("DROP TABLE IF EXISTS policy_documents")
            self._connection.execute(
                "CREATE TABLE policy_documents "
                "(line INTEGER PRIMARY KEY, digest INTEGER NOT NULL, document TEXT NOT NULL)"
            )
            self._put(policies)

    def change(self, policies: Iterable[Copied], gone: Iterable[int]) -> None:
        """Put *policies* in, and take the lines out that are *gone*, at one stroke."""
        with self._transaction():
            self._put(policies)
            self._connection.executemany(
                "DELETE FROM policy_documents WHERE line = ?", ((line,) for line in gone)
            )

    def check(self) -> None:
        """Read the whole file, past what this connection remembers of it.

        Raises:
            sqlite3.DatabaseError: it is damaged.

        """
        name = quote(str(self._path.absolute()))
        with closing(sqlite3.connect(f"file:{name}?mode=ro", uri=True)) as connection:
            [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the file is damaged: {verdict}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _put(self, policies: Iterable[Copied]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO policy_documents (line, digest, document) VALUES (?, ?, ?)",
            policies,
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
