"""The database, opened when it is first asked for: health pages answer without one."""

import threading
import time
from collections.abc import Callable

from ..database import Database, DatabaseError

PAUSE_SECONDS = 2.0
"""After a failure nobody tries again for so long, so that not each visitor waits for its end."""


class Opening:
    """Opens the database behind *url* once, for whoever asks first."""

    def __init__(self, url: str, steady: Callable[[], float] = time.monotonic) -> None:
        """Open nothing yet. ``steady`` is a steady clock, in seconds."""
        self._url = url
        self._steady = steady
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._failed: tuple[float, DatabaseError] | None = None

    def __call__(self) -> Database:
        """Return the database; call it in a thread.

        Raises:
            DatabaseError: it does not answer now.

        """
        return self._database or self._open()

    def close(self) -> None:
        """Close every connection."""
        if self._database is not None:
            self._database.close()

    def _open(self) -> Database:
        with self._lock:
            if self._failed is not None and self._steady() < self._failed[0]:
                raise DatabaseError(str(self._failed[1]))
            try:
                self._database = self._database or Database(self._url)
            except DatabaseError as error:
                self._failed = (self._steady() + PAUSE_SECONDS, error)
                raise
            return self._database
