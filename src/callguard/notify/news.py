"""News is told where it happens, in the transaction of the event itself.

What was not committed has not happened and is told to nobody; what was committed is not lost,
whatever becomes of the process. Who hears of it is decided later, by :mod:`.desk`.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .models import News
from .topics import Topic

MAX_KEY = 80


def tell(
    session: Session,
    household_id: int,
    topic: Topic,
    *,
    key: str,
    detail: dict[str, Any],
    now: datetime,
) -> bool:
    """Tell that something happened; return whether it was news.

    ``key`` says what makes it the same: of one household and topic, each key is told once, ever.
    ``detail`` holds JSON values; of a call its id only, so that erasing the call is enough.
    """
    return tell_all(session, [household_id], topic, key=key, detail=detail, now=now) == 1


def tell_all(
    session: Session,
    household_ids: Iterable[int],
    topic: Topic,
    *,
    key: str,
    detail: dict[str, Any],
    now: datetime,
) -> int:
    """Tell several households the same; return for how many it was news."""
    rows = [
        {
            "household_id": household_id,
            "topic": topic.value,
            "key": _key(household_id, topic, key),
            "at": now,
            "detail": detail,
        }
        for household_id in household_ids
    ]
    if not rows:
        return 0
    return len(session.execute(_insert(session, rows)).all())


def _insert(session: Session, rows: list[dict[str, Any]]) -> Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(News).values(rows).on_conflict_do_nothing().returning(News.id)
    return sqlite.insert(News).values(rows).on_conflict_do_nothing().returning(News.id)


def _key(household_id: int, topic: Topic, key: str) -> str:
    text = f"{household_id}:{topic}:{key}"
    if len(text) <= MAX_KEY:
        return text
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"{household_id}:{topic}:{digest}"
