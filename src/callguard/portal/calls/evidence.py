"""Handing calls over as evidence: a signed archive, on a basis that is written down."""

from datetime import date, datetime, time, timedelta

from aiohttp import web

from ...calllog.errors import EvidenceError
from ...calllog.evidence import MAX_BASIS, MIN_BASIS, Archive, Evidence
from ...calllog.log import Call, CallLog
from ...people.rights import Right
from ...recordings.handing_over import Sounds
from ...words.moments import JAPAN
from ..asked import Asked
from ..form import Form
from .finding import find_call
from .recording import recordings
from .shown import show


async def ask(asked: Asked) -> web.Response:
    """Show the form for one call (``call`` in the address), or for a period."""
    call = asked.query.text("call", most=16, needed=False)
    return _page(asked, await find_call(asked, call) if call else None, None)


async def export(asked: Asked) -> web.Response:
    """Answer with the archive."""
    form = asked.form
    name = form.text("call", most=16, needed=False)
    basis = form.text("basis", most=MAX_BASIS)
    if basis and len(basis) < MIN_BASIS:
        form.fault("basis", "calls.evidence.basis_missing")
    sounds = form.ticked("recordings") and asked.may(Right.LISTEN)
    call = await find_call(asked, name) if name else None
    period = None if call else _period(form)
    if not form.good():
        return _page(asked, call, form)
    try:
        archive = await asked.work(_export, asked, call, period, basis, sounds=sounds)
    except EvidenceError:
        # What else can be wrong is that the period holds no call, or too many.
        none = period is None or not await asked.work(_any_call, asked, period)
        many = "too_long" if sounds else "too_many"
        form.fault("" if call else "first", f"calls.evidence.{'none' if none else many}")
        return _page(asked, call, form)
    return web.Response(
        body=archive.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{archive.name}"'},
    )


def _page(asked: Asked, call: Call | None, form: Form | None) -> web.Response:
    today = asked.now.astimezone(JAPAN).date()
    return asked.page(
        "calls/evidence.html",
        status=200 if form is None else 422,
        form=form,
        one=None if call is None else show(call, asked.language, now=asked.now),
        first=(today - timedelta(days=30)).isoformat(),
        last=today.isoformat(),
        most=MAX_BASIS,
        may_listen=asked.may(Right.LISTEN),
    )


def _period(form: Form) -> tuple[datetime, datetime]:
    first, last = _day(form, "first"), _day(form, "last")
    if last < first:
        form.fault("last", "calls.evidence.order")
    midnight = time(tzinfo=JAPAN)
    return (
        datetime.combine(first, midnight),
        datetime.combine(last, midnight) + timedelta(days=1),
    )


def _day(form: Form, name: str) -> date:
    text = form.text(name, most=10)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        form.fault(name, "calls.evidence.no_day")
        return date(2000, 1, 1)
    if not 2000 <= day.year <= 2100:  # far from where counting in seconds ends
        form.fault(name, "calls.evidence.no_day")
        return date(2000, 1, 1)
    return day


def _export(
    asked: Asked,
    call: Call | None,
    period: tuple[datetime, datetime] | None,
    basis: str,
    *,
    sounds: bool,
) -> Archive:
    own = Sounds(recordings(asked)) if sounds else None
    return Evidence(asked.database, asked.settings.evidence_key, own).export(
        asked.household,
        call_id=call.call_id if call else None,
        since=period[0] if period else None,
        until=period[1] if period else None,
        basis=basis,
        by=asked.doer,
        now=asked.now,
    )


def _any_call(asked: Asked, period: tuple[datetime, datetime]) -> bool:
    log = CallLog(asked.database)
    return bool(log.calls(asked.household, since=period[0], until=period[1], limit=1).calls)
