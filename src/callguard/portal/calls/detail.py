"""One call: all that is known of it, and the calls of the same number before and after."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from ...calllog.log import Call, CallLog
from ...words.why import country_of
from ..asked import Asked
from .finding import find_call
from .listing import Wish
from .recording import recorded
from .shown import show

OTHERS = 10
"""Calls of the same number that are shown."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Which police source listed the number, and when."""

    source: str
    at: datetime


async def call(asked: Asked) -> web.Response:
    """Show one call."""
    found = await find_call(asked, asked.part("call"))
    others: tuple[Call, ...] = ()
    if found.number is not None:
        others = await asked.work(
            CallLog(asked.database).last_calls_of_number,
            asked.household,
            found.number,
            limit=OTHERS + 1,
        )
    return asked.page(
        "calls/detail.html",
        one=show(found, asked.language, now=asked.now),
        wish=Wish.of(asked.query),
        recording=(await recorded(asked, [found.call_id])).get(found.call_id),
        country=country_of(found, asked.language),
        listing=_listing(found),
        earlier=[
            show(one, asked.language, now=asked.now)
            for one in others
            if one.call_id != found.call_id
        ][:OTHERS],
    )


def _listing(found: Call) -> Listed | None:
    source, stamp = found.evidence.get("source"), found.evidence.get("listed_at")
    if not isinstance(source, str) or not isinstance(stamp, str):
        return None
    return Listed(source, datetime.fromisoformat(stamp))
