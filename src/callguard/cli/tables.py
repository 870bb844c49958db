"""Tables of households on the command line: read piece by piece, every wrong row told."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..delimited import EncodingFault, rows_of_file, written
from ..households.applicants import bad_file
from ..households.errors import HouseholdError

SHOWN = 50
"""Wrong rows that are printed; all of them go into the file of ``--faults``."""


def table(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the rows of the file.

    Raises:
        HouseholdError: it is no text in an encoding that spreadsheets write.
        OSError: it cannot be read.

    """
    try:
        yield from rows_of_file(path)
    except EncodingFault as error:
        raise bad_file("it is no text in UTF-8, UTF-16 or Shift_JIS") from error


def digest(path: Path) -> str:
    """Return the SHA-256 of the file: the trail says by it which table was handed in.

    Raises:
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Faults:
    """The wrong rows of a table: the first ones on stderr, all of them in a file if wanted."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: list[tuple[str, str, str]] = []
        self.count = 0

    def add(self, row: int, typed: str, errors: Iterable[HouseholdError]) -> None:
        """Take a wrong row and what is wrong with it."""
        self.count += 1
        why = "; ".join(map(str, errors))
        if self.count <= SHOWN:
            print(f"line {row}: {' '.join(typed.split())}: {why}", file=sys.stderr)
        if self._path is not None:
            self._rows.append((str(row), typed, why))

    def close(self) -> None:
        """Say how many there are beyond those printed, and write the file.

        Raises:
            OSError: it cannot be written.

        """
        if self._path is not None:
            self._path.write_bytes(written([("row", "line", "why"), *self._rows]))
        more = self.count - SHOWN
        if more > 0:
            where = f"; all are in {self._path}" if self._path else "; --faults FILE keeps them all"
            print(f"and {more:,} rows more{where}", file=sys.stderr)
