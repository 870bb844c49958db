"""The reports of this node that have not been sent: one file each, so that none is lost."""

import logging
from pathlib import Path

from ..blocklist.errors import StoreError
from .report import Report
from .trust_store import replace

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""So many wait at most: a disk must not fill while the feed is away."""


class ReportQueue:
    """A folder of reports. Any process may put one in; the services send them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, report: Report) -> None:
        """Keep a report, durably, until it is sent.

        Raises:
            StoreError: too many wait, or the disk does not take it.

        """
        waiting = len(self.waiting())
        if waiting >= MAX_WAITING:
            raise StoreError(
                f"{waiting:,} reports wait to be sent, and no more are taken until the feed answers"
            )
        # By name they are in the order in which they came.
        milliseconds = int(report.reported_at.timestamp() * 1000)
        path = self.folder / f"{milliseconds:015d}-{report.id}.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace(path, report.to_bytes())
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error

    def waiting(self) -> list[Path]:
        """Return the files of the reports that have not been sent, the oldest first."""
        return sorted(self.folder.glob("*-*.json"))

    def read(self, path: Path) -> bytes | None:
        """Return one report as it is to be sent; one that is damaged is put aside, and None.

        Raises:
            OSError: it cannot be read.

        """
        data = path.read_bytes()
        try:
            Report.from_bytes(data)
        except ValueError as error:
            log.error("%s is put aside, and not sent: %s", path, error)
            path.rename(path.with_suffix(".damaged"))
            return None
        return data

    def sent(self, path: Path) -> None:
        """Forget a report that the feed has.

        Raises:
            OSError: the disk does not let it go.

        """
        path.unlink(missing_ok=True)
