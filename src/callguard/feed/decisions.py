"""What a reviewing source has decided on each report; a JSON file beside its outbox."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..blocklist.errors import StoreError
from ..blocklist.moments import write_moment
from .report import Report
from .trust_store import replace


class Decision(StrEnum):
    """What becomes of a report."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class Decisions:
    """The file. What was decided once stays decided, wherever the report turns up again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the decisions by the id of the report.

        Raises:
            StoreError: the file cannot be read, or is damaged.

        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise StoreError(f"{self.path} is damaged: {error}") from error
        if not isinstance(content, dict):
            raise StoreError(f"{self.path} is not a file of decisions")
        return content

    def record(
        self, reports: Iterable[Report], decision: Decision, about: str, now: datetime
    ) -> None:
        """Remember what was decided on *reports*. ``about``: the reason, or the batch.

        Raises:
            StoreError: the file cannot be read or written.

        """
        with self._locked():
            new = {
                one.id: {
                    "number": f"+{one.number}",
                    "decision": decision.value,
                    "about": about,
                    "at": write_moment(now),
                }
                for one in reports
            }
            text = json.dumps({**self.load(), **new}, ensure_ascii=False, indent=1)
            try:
                replace(self.path, text.encode())
            except OSError as error:
                raise StoreError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder: of two who decide at once, none must undo the other's decision."""
        try:
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise StoreError(f"{self.path.parent} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
