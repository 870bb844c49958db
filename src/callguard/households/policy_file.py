"""A node's own copy of all policies: the file that its screener reads, whatever else fails."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
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


_DIFFERING = (
    "FROM temp.theirs LEFT JOIN policy_documents AS own USING (line) "
    "WHERE own.digest IS NOT theirs.digest"
)


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

    def has_copy(self) -> bool:
        """Tell whether there has been a whole copy."""
        table = self._connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'policy_documents'"
        )
        return table.fetchone() is not None

    def replace(self, policies: Iterable[Copied]) -> None:
        """Put *policies* in the place of everything, at one stroke."""
        with self._transaction():
            self.clear()
            self.put(policies)

    def begin(self) -> None:
        """Begin a change that takes several steps; nobody sees it before ``commit``."""
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Have the change seen, at one stroke."""
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the change."""
        self._connection.execute("ROLLBACK")

    def clear(self) -> None:
        """Within a change: make room for a whole copy."""
        self._connection.execute("DROP TABLE IF EXISTS policy_documents")
        self._connection.execute(
            "CREATE TABLE policy_documents "
            "(line INTEGER PRIMARY KEY, digest INTEGER NOT NULL, document TEXT NOT NULL)"
        )

    def put(self, policies: Iterable[Copied]) -> None:
        """Within a change: put policies in; those that are there already cost no write."""
        self._connection.executemany(
            "INSERT INTO policy_documents (line, digest, document) VALUES (?, ?, ?) "
            "ON CONFLICT (line) DO UPDATE SET digest = excluded.digest, "
            "document = excluded.document WHERE digest IS NOT excluded.digest",
            policies,
        )

    def begin_comparison(self) -> None:
        """Forget what was compared before."""
        # A temporary table lies in a file of its own: a million digests take no memory.
        self._connection.execute("DROP TABLE IF EXISTS temp.theirs")
        self._connection.execute(
            "CREATE TEMP TABLE theirs (line INTEGER PRIMARY KEY, digest INTEGER NOT NULL)"
        )

    def compare(self, digests: Iterable[tuple[int, int]]) -> None:
        """Take lines of the database, and the digest of each."""
        self._connection.execute("BEGIN")  # else each row would be one for itself
        self._connection.executemany("INSERT INTO temp.theirs VALUES (?, ?)", digests)
        self._connection.execute("COMMIT")

    def differing(self) -> int:
        """Return how many lines have another policy there, those aside that are gone there."""
        [(count,)] = self._connection.execute(f"SELECT count(*) {_DIFFERING}")
        return int(count)

    def wanted(self) -> list[int]:
        """Return those lines."""
        return [line for (line,) in self._connection.execute(f"SELECT theirs.line {_DIFFERING}")]

    def gone(self) -> list[int]:
        """Return the lines that are gone there."""
        found = self._connection.execute(
            "SELECT line FROM policy_documents WHERE line NOT IN (SELECT line FROM temp.theirs)"
        )
        return [line for (line,) in found]

    def change(self, policies: Collection[Copied], gone: Collection[int]) -> int:
        """Put *policies* in, and take the lines out that are *gone*, at one stroke.

        Return how many lines there are more than before; fewer: below 0.
        """
        lines = [*(line for line, _, _ in policies), *gone]
        with self._transaction():
            before = self._have(lines)
            self.put(policies)
            self._connection.executemany(
                "DELETE FROM policy_documents WHERE line = ?", ((line,) for line in gone)
            )
            return self._have(lines) - before

    def _have(self, lines: Iterable[int]) -> int:
        """Return of how many of *lines* there is a policy."""
        wanted = "SELECT 1 FROM policy_documents WHERE line = ?"
        return sum(
            self._connection.execute(wanted, [line]).fetchone() is not None for line in lines
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

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        self.commit()
