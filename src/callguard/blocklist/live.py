"""The lists on disk as one worker sees them: read again when the follower has written."""

import csv
import logging
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from ..numbers import NumberError, parse_typed
from .errors import StoreError
from .index import Index
from .listing import Listing
from .source_list import SourceList
from .store import ListStore

log = logging.getLogger(__name__)


class LiveIndex:
    """A blocklist that :meth:`refresh` brings up to date; asks go to memory only."""

    def __init__(self, store: ListStore, protected: Collection[int] = ()) -> None:
        self._store = store
        self._seen: dict[str, tuple[int, int]] = {}
        self.index = Index((), protected)
        self.refresh()

    def refresh(self) -> None:
        """Read the lists whose files have changed; one that cannot be read stays as it was."""
        for source, stamp in self._store.stamps().items():
            if self._seen.get(source) == stamp:
                continue
            try:
                self.replace(self._store.load(source))
            except StoreError as error:
                log.error("%s", error)
            self._seen[source] = stamp

    def replace(self, changed: SourceList) -> None:
        """Swap one source's list."""
        self.index = self.index.replace(changed)

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* in force at *now*, or None."""
        return self.index.find(number, now)

    def protects(self, number: int) -> bool:
        """Tell whether *number* is warned about, never refused."""
        return self.index.protects(number)


def read_protected(path: Path) -> frozenset[int]:
    """Read the protected numbers: the first column of a CSV file, as people write numbers.

    Raises:
        NumberError: a row's first column is no number, and the message names the line; or the file
            is not CSV in UTF-8.
        OSError: the file cannot be read.

    """
    numbers: set[int] = set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            for row in reader:
                if row and row[0].strip() and not row[0].startswith("#"):
                    numbers.add(parse_typed(row[0]).number)
        except NumberError as error:
            raise NumberError(f"{path}, line {reader.line_num}: {error}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise NumberError(f"{path} is not CSV in UTF-8: {error}") from error
    return frozenset(numbers)
