"""What calls are expected, from where and until when; to begin with one, and to end it early."""

from datetime import timedelta

from aiohttp import web

from ...households.expectations import HOME, Expectations
from ...people.rights import Right
from ...words.countries import country_codes, country_name
from ...words.moments import say_moment
from ..asked import Asked
from ..flash import Undo
from ..form import Form
from ..route import Route

MINUTES = (30, 60, 120, 240, 480, 1440)
"""How long a call can be expected; two hours are usual."""

_PAGE = "expectations"


async def show(asked: Asked) -> web.Response:
    """Show what is expected, and a form to expect another call."""
    return await _show(asked, None)


async def expect(asked: Asked) -> web.Response:
    """Expect a call from the country given, Japan if none, for so many minutes, 120 if none."""
    country = asked.form.choice("country", (HOME, *country_codes()), default=HOME)
    minutes = asked.form.choice("minutes", map(str, MINUTES), default="120")
    back = asked.back
    if not asked.form.good():
        return await _show(asked, asked.form)
    expected = await asked.work(
        Expectations(asked.database).expect,
        asked.household,
        country=country,
        duration=timedelta(minutes=int(minutes)),
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(
        asked.path(_PAGE) if back == "/" else back,
        "expectations.begun",
        undo=Undo(asked.path(f"{_PAGE}/stop"), {"country": country}),
        place=_place(asked, country),
        until=say_moment(expected.until, asked.language, now=asked.now),
    )


async def stop(asked: Asked) -> web.Response:
    """Expect it no longer."""
    country = asked.form.choice("country", (HOME, *country_codes()))
    back = asked.back
    if not asked.form.good():
        raise web.HTTPBadRequest
    stopped = await asked.work(
        Expectations(asked.database).stop,
        asked.household,
        country,
        by=asked.doer,
        now=asked.now,
    )
    return asked.onward(
        asked.path(_PAGE) if back == "/" else back,
        "expectations.stopped" if stopped else "expectations.over",
        place=_place(asked, country),
    )


async def _show(asked: Asked, form: Form | None) -> web.Response:
    running = await asked.work(Expectations(asked.database).running, asked.household, now=asked.now)
    abroad = sorted(
        (country_name(code, asked.language), code) for code in country_codes() if code != HOME
    )
    return asked.page(
        "expectations/expectations.html",
        status=200 if form is None else 422,
        form=form,
        running=[(one.country, _place(asked, one.country), one.until) for one in running],
        places=[(HOME, _place(asked, HOME)), *((code, name) for name, code in abroad)],
        lengths=[(one, timedelta(minutes=one)) for one in MINUTES],
        may_change=asked.may(Right.CHANGE_LISTS),
    )


def _place(asked: Asked, country: str) -> str:
    if country == HOME:
        return asked.say("expectations.home")
    return country_name(country, asked.language)


_PATH = "/h/{household}/expectations"

ROUTES = (
    Route("GET", _PATH, show, Right.SEE_PROTECTION),
    Route("POST", _PATH, expect, Right.CHANGE_LISTS),
    Route("POST", f"{_PATH}/stop", stop, Right.CHANGE_LISTS),
)
