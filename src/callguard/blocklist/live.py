"""The lists on disk as one worker sees them: mapped again when the follower has written."""

import csv
import logging
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from ..numbers import NumberError, parse_typed
from .errors import StoreError
from .index import Index
from .list_file import ListFile
from .listing import Listing
from .roaring import DAMAGED
from .store import ListStore
from .union import Union

log = logging.getLogger(__name__)

PROTECTED = frozenset({81110, 81118, 81119, 819110})
"""Police, coast guard, fire brigade and the police's advice line, whatever else is protected."""


class LiveIndex:
    """A blocklist that :meth:`refresh` brings up to date; asks go to mapped files only."""

    def __init__(self, store: ListStore, protected: Collection[int] = ()) -> None:
        self._store = store
        self._protected = frozenset(protected) | PROTECTED
        self._seen: dict[str, tuple[int, int]] = {}
        self._files: dict[str, ListFile] = {}
        self._damaged = False
        self.index = Index()
        self.has_trials = False
        """Whether any listing may be one that is noted and not acted on."""
        self.refresh()

    def refresh(self) -> None:
        """Map the lists whose files have changed; one that cannot be read stays as it was."""
        stamps = self._store.stamps()
        for source in self._files.keys() - stamps.keys():
            del self._files[source]
        for source, stamp in stamps.items():
            if self._seen.get(source) == stamp:
                continue
            try:
                self._files[source] = self._store.open(source)
            except StoreError as error:
                log.error("%s", error)
        self._seen = stamps
        self._damaged = False
        self.index = Index(self._files.values(), self._union())
        self.has_trials = self.index.has_trials

    def _union(self) -> Union | None:
        if len(self._files) < 2:
            return None
        try:
            return Union.open(self._store.union)
        except (StoreError, OSError):
            return None  # it only speeds up, and the follower writes it anew

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* in force at *now*, or None."""
        try:
            return self.index.find(number, now)
        except DAMAGED as error:
            return self._undamaged(number, now, error).find(number, now)

    def suspended(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* as a suspended line, or None."""
        try:
            return self.index.suspended(number, now)
        except DAMAGED as error:
            return self._undamaged(number, now, error).suspended(number, now)

    def on_trial(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* that is only noted, or None."""
        try:
            return self.index.on_trial(number, now)
        except DAMAGED as error:
            return self._undamaged(number, now, error).on_trial(number, now)

    def _undamaged(self, number: int, now: datetime, error: Exception) -> Index:
        """Return the lists that can be asked for *number*: no source is to hide another's list."""
        if not self._damaged:
            self._damaged = True
            log.error("a list on disk is damaged, and read as if it did not list: %s", error)
        return Index([one for one in self._files.values() if _answers(one, number, now)])

    def protects(self, number: int) -> bool:
        """Tell whether *number* is warned about, never refused."""
        return number in self._protected


def _answers(one: ListFile, number: int, now: datetime) -> bool:
    try:
        one.find(number, now)
    except DAMAGED:
        return False
    return True


def protected_numbers(path: Path | None) -> frozenset[int]:
    """Return the protected numbers that an operator loaded, and those that always are.

    A file that cannot be read is reported, and not in force: no reason to screen nobody.
    """
    if path is None:
        return PROTECTED
    try:
        return read_protected(path) | PROTECTED
    except (NumberError, OSError) as error:
        log.error("protected numbers are not in force: %s", error)
        return PROTECTED


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
