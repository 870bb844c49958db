"""The first page of a household."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from ...blocklist.store import ListStore
from ...calllog.log import Call, CallLog, Tally
from ...feed.state import read_state
from ...households.expectations import HOME, Expectations, Expected
from ...households.proposals import Proposals
from ...households.settings import HouseholdSettings
from ...notify.channels import Channels
from ...people.rights import Right
from ...screening import Reason
from ...words import country_name
from ...words.moments import JAPAN
from ..asked import Asked
from ..calls.shown import show
from ..route import Route
from .attention import attention

LATEST = 3
"""Calls on the first page: what fits without scrolling far."""
DAYS = 7
"""Days of the second tally, today included."""


@dataclass(frozen=True, slots=True)
class Lately:
    """The last days' calls."""

    today: Tally
    week: Tally
    latest: tuple[Call, ...]
    expected: tuple[Expected, ...]
    """What the family expects now."""
    proposed: bool
    """A stronger protection waits for the household's answer."""
    faulty: tuple[str, ...]
    """Names of the reader's channels whose last message did not arrive."""


async def today(asked: Asked) -> web.Response:
    """Show how the protection is, what it did, and what needs attention."""
    lately = await asked.work(_lately, asked)
    policy = await asked.work(
        HouseholdSettings(asked.database).policy, asked.household, now=asked.now
    )
    feed = await asked.work(read_state, ListStore(asked.settings.lists).state)
    return asked.page(
        "today/today.html",
        greeting=_greeting(asked.now),
        policy=policy,
        attention=attention(
            policy,
            listed_tried=lately.week.reasons.get(Reason.FRAUD_LIST, 0),
            feed=feed,
            faulty=lately.faulty,
            proposed=lately.proposed,
        ),
        lately=lately,
        shown=[show(call, asked.language, now=asked.now) for call in lately.latest],
        home_country=HOME,
        countries={
            one.country: country_name(one.country, asked.language) for one in lately.expected
        },
    )


def _lately(asked: Asked) -> Lately:
    database, household, now = asked.database, asked.household, asked.now
    log = CallLog(database)
    midnight = now.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    after = now + timedelta(minutes=1)  # a call of this very moment counts
    ways = Channels(database).of(asked.me.person_id) if asked.may(Right.OWN_NOTICES) else []
    return Lately(
        today=log.tally(household, midnight, after),
        week=log.tally(household, midnight - timedelta(days=DAYS - 1), after),
        latest=log.calls(household, limit=LATEST).calls,
        expected=Expectations(database).running(household, now=now),
        proposed=Proposals(database).open(household) is not None,
        faulty=tuple(way.name for way in ways if way.failure is not None),
    )


def _greeting(now: datetime) -> str:
    hour = now.astimezone(JAPAN).hour
    if 4 <= hour < 11:
        return "morning"
    return "day" if 11 <= hour < 18 else "evening"


ROUTES = (Route("GET", "/h/{household}/today", today, Right.SEE_CALLS),)
