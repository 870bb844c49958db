"""How long calls are kept, and erasing them before."""

from aiohttp import web

from ...calllog.collector import Collector
from ...calllog.erasure import Erasure
from ...calllog.errors import CallLogError, NoSuchCall
from ...calllog.log import Call
from ...households.registry import Registry
from ...households.settings import MAX_RETENTION_DAYS, MIN_RETENTION_DAYS, HouseholdSettings
from ...line.keys import OnTheLine
from ...notify.occasions import calls_noted
from ...recordings.shelf import Shelf
from ..asked import Asked
from ..form import Form
from .finding import find_call
from .shown import show

WHAT = ("call", "number", "all")
"""What can be erased: one call, every call of its number, every call of the household."""


async def records(asked: Asked) -> web.Response:
    """Show what can be done with the records of calls."""
    return await _records(asked, None)


async def keep(asked: Asked) -> web.Response:
    """Set for how many days calls are kept."""
    form = asked.form
    days = form.whole("days", MIN_RETENTION_DAYS, MAX_RETENTION_DAYS)
    if not form.good():
        return await _records(asked, form)
    await asked.work(
        HouseholdSettings(asked.database).keep_calls,
        asked.household,
        days,
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(asked.path("calls/records"), "calls.keep.done", days=days, n=days)


async def ask(asked: Asked) -> web.Response:
    """Ask whether calls are to be erased."""
    name = asked.query.text("call", most=16, needed=False)
    call = await find_call(asked, name) if name else None
    return _ask(asked, call, _what(call, asked.query.typed("of")), None)


async def erase(asked: Asked) -> web.Response:
    """Erase calls for good."""
    form = asked.form
    name = form.text("call", most=16, needed=False)
    of = form.choice("of", WHAT)
    if not form.ticked("sure"):
        form.fault("sure", "calls.erase.sure_missing")
    # An address made up: a call without a name, or all the calls although one was named.
    if (of == "all") is bool(name):
        raise web.HTTPBadRequest
    call = await find_call(asked, name) if name else None
    if call is not None and _what(call, of) != of:
        raise web.HTTPBadRequest
    if not form.good():
        return _ask(asked, call, of, form)
    try:
        count = await asked.work(_erase, asked, call, of)
    except NoSuchCall as error:
        raise web.HTTPNotFound from error
    except CallLogError:
        form.fault("", "calls.erase.later")
        return _ask(asked, call, of, form)
    return asked.onward(asked.path("calls"), "calls.erase.done", count=count, n=count)


def _what(call: Call | None, wish: str) -> str:
    if call is None:
        return "all"
    return "number" if wish == "number" and call.number is not None else "call"


def _ask(asked: Asked, call: Call | None, of: str, form: Form | None) -> web.Response:
    return asked.page(
        "calls/erase.html",
        status=200 if form is None else 422,
        form=form,
        one=None if call is None else show(call, asked.language, now=asked.now),
        of=of,
    )


def _erase(asked: Asked, call: Call | None, of: str) -> int:
    # What is still in the journal is brought in first, so that it does not come after.
    collector = Collector(
        asked.settings.journal,
        asked.database,
        calls_noted,
        OnTheLine(asked.settings, asked.database).heed,
    )
    erasure = Erasure(asked.database, collector.settle, Shelf(asked.settings.recordings).forget)
    if call is None:
        return erasure.all(asked.household, by=asked.doer, now=asked.now)
    if of == "number" and call.number is not None:
        return erasure.number(asked.household, call.number, by=asked.doer, now=asked.now)
    erasure.call(asked.household, call.call_id, by=asked.doer, now=asked.now)
    return 1


async def _records(asked: Asked, form: Form | None) -> web.Response:
    home = await asked.work(Registry(asked.database).get, asked.household)
    return asked.page(
        "calls/records.html",
        status=200 if form is None else 422,
        form=form,
        days=home.retention_days,
    )
