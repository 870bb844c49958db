"""What can be done about a caller with one tap: allow, allow for today, block, report."""

from datetime import datetime
from functools import partial

from aiohttp import web

from ...blocklist.errors import FeedError
from ...calllog.log import Call
from ...calllog.words_kept import UNKNOWN
from ...feed.report import Report
from ...households.errors import Fault, HouseholdError
from ...households.listed import Listed
from ...households.lists import Lists
from ...line.reporting import Reporting, ReportRefused
from ...numbers import Caller, format_number
from ...trail import What, record
from ..asked import Asked
from ..numbers.doubts import Doubt, doubts
from ..numbers.ending import end_of
from ..numbers.police import is_listed
from ..numbers.undo import way_back
from ..own_policy import OwnPolicy
from .finding import find_call
from .listing import Wish
from .shown import show

DEEDS = ("allow", "today", "block")

_REFUSED = {
    Fault.EMERGENCY: "calls.emergency_never_blocked",
    Fault.TOO_MANY_NUMBERS: "calls.list_full",
}


async def act(asked: Asked) -> web.Response:
    """Put the caller on a list, if nothing speaks against it; else ask first."""
    deed = asked.form.choice("do", DEEDS)
    sure = asked.form.ticked("sure")
    if not asked.form.good():
        raise web.HTTPBadRequest
    call = await find_call(asked, asked.part("call"))
    wish = Wish.of(asked.query)
    back = asked.path("calls", **wish.query())
    if call.number is None:
        return asked.onward(back, "calls.cannot.no_number", done=False)
    if deed != "block" and not sure and await _doubts(asked, call):
        page = f"calls/{call.call_id}/sure"
        return asked.onward(asked.path(page, do=deed, **wish.query()))
    ends = end_of("today", asked.now) if deed == "today" else None
    try:
        before = await asked.work(_put, asked, call.number, deed, ends)
    except HouseholdError as error:
        if error.fault not in _REFUSED:
            raise
        return asked.onward(back, _REFUSED[error.fault])
    return asked.onward(
        back,
        f"calls.done.{deed}",
        undo=await way_back(asked, call.number, before, back),
        who=show(call, asked.language, now=asked.now).who,
    )


async def sure(asked: Asked) -> web.Response:
    """Ask whether a number that something speaks against is to be let through."""
    deed = "today" if asked.query.typed("do") == "today" else "allow"
    call = await find_call(asked, asked.part("call"))
    if call.number is None:
        raise web.HTTPNotFound
    return asked.page(
        "calls/sure.html",
        one=show(call, asked.language, now=asked.now),
        deed=deed,
        wish=Wish.of(asked.query),
        doubts=await _doubts(asked, call),
    )


async def report(asked: Asked) -> web.Response:
    """Report the caller as a scam."""
    if not asked.form.good():
        raise web.HTTPBadRequest
    call = await find_call(asked, asked.part("call"))
    back = asked.path("calls", **Wish.of(asked.query).query())
    if call.number is None:
        return asked.onward(back, "calls.cannot.no_number", done=False)
    try:
        await asked.work(_report, asked, call, call.number)
    except ReportRefused:
        return asked.onward(back, "calls.report.without_consent", done=False)
    except FeedError:
        return asked.onward(back, "calls.report.later", done=False)
    who = show(call, asked.language, now=asked.now).who
    return asked.onward(back, "calls.done.report", who=who)


async def _doubts(asked: Asked, call: Call) -> tuple[Doubt, ...]:
    assert call.number is not None
    caller = (
        None
        if call.origin is UNKNOWN
        else Caller(call.origin, call.number, fault=call.caller.get("fault"))
    )
    listed = partial(is_listed, asked.settings)
    return await asked.work(doubts, call.number, listed=listed, now=asked.now, caller=caller)


def _put(asked: Asked, number: int, deed: str, ends: datetime | None) -> Listed | None:
    return Lists(asked.database).put(
        asked.household,
        number,
        allowed=deed != "block",
        expires_at=ends,
        by=asked.doer,
        now=asked.now,
    )


def _report(asked: Asked, call: Call, number: int) -> Report:
    assert asked.home is not None
    taken = Reporting(asked.settings, OwnPolicy(asked.database, asked.household, asked.now)).take(
        number,
        format_number(asked.home.line),
        asked.now,
        called_at=call.at.isoformat(),
    )
    with asked.database.transaction() as session:
        record(
            session,
            asked.doer,
            What.REPORT,
            household_id=asked.household,
            now=asked.now,
            number=number,
            call=call.call_id,
        )
    return taken
