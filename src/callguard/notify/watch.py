"""Watches what tells nobody by itself: a police source that has fallen silent."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from ..blocklist.moments import read_moment
from ..database import Database
from ..feed.state import read_state
from ..households.consent_text import Purpose
from ..households.models import Consent
from .news import tell_all
from .topics import Topic

STALE_FOR = timedelta(hours=6)
"""Beyond when the source said it would speak again: a short cut of the line worries nobody."""
BATCH = 500

log = logging.getLogger(__name__)


class FeedWatch:
    """Tells the households when the feed, as the follower writes it to *path*, has become old."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self._told: set[tuple[str, str]] = set()

    def look(self, *, now: datetime) -> int:
        """Tell of each source that is silent, once each time; return to how many households."""
        told = 0
        sources = read_state(self._path).get("sources", {})
        for source, one in sources.items():
            since = one.get("since")
            if one.get("state") != "stale" or since is None or (source, since) in self._told:
                continue
            if now - read_moment(since) >= STALE_FOR:
                told += self._tell(source, since, now)
                self._told.add((source, since))
        return told

    def _tell(self, source: str, since: str, now: datetime) -> int:
        """Tell every household that is screened."""
        with self._database.reading() as session:
            screened = session.scalars(
                select(Consent.household_id)
                .where(Consent.revoked_at.is_(None), Consent.purpose == Purpose.SCREENING.value)
                .distinct()
                .order_by(Consent.household_id)
            ).all()
        told = 0
        for begin in range(0, len(screened), BATCH):
            with self._database.transaction() as session:
                told += tell_all(
                    session,
                    screened[begin : begin + BATCH],
                    Topic.FEED_STALE,
                    key=f"{source}:{since}",
                    detail={"source": source, "since": read_moment(since).isoformat()},
                    now=now,
                )
        log.warning("source %s is silent since %s: %d households told", source, since, told)
        return told
