"""A household lets the carrier's staff see its calls for some days, and ends it."""

from aiohttp import web

from ...people.grants import MOST_DAYS, Grants
from ...people.rights import Right
from ...trail import Line, Trail, What
from ...words.deeds import doer_in_words
from ..asked import Asked
from ..form import Form
from ..route import Route

_PAGE = "grants"


async def show(asked: Asked) -> web.Response:
    """Show whether they may, until when, and who has looked."""
    return await _show(asked, None)


async def give(asked: Asked) -> web.Response:
    """Let them see the calls for the days chosen."""
    days = asked.form.whole("days", 1, MOST_DAYS)
    if not asked.form.good():
        return await _show(asked, asked.form)
    grants = Grants(asked.database)
    await asked.work(grants.give, asked.household, days, by=asked.doer, now=asked.now)
    return asked.onward(asked.path(_PAGE), "grants.given", n=days)


async def end(asked: Asked) -> web.Response:
    """End it at once."""
    asked.form.good()
    await asked.work(Grants(asked.database).end, asked.household, by=asked.doer, now=asked.now)
    return asked.onward(asked.path(_PAGE), "grants.ended")


async def _show(asked: Asked, form: Form | None) -> web.Response:
    grants = await asked.work(Grants(asked.database).all, asked.household)
    looks = await asked.work(
        Trail(asked.database).page, asked.household, what=(What.LOOK,), limit=20
    )

    def who(line: Line) -> str:
        return doer_in_words(line.who, asked.language)

    return asked.page(
        "grants/grants.html",
        status=200 if form is None else 422,
        form=form,
        running=next((one for one in grants if one.holds(asked.now)), None),
        past=[one for one in grants if not one.holds(asked.now)],
        looks=looks.lines,
        who=who,
    )


ROUTES = (
    Route("GET", "/h/{household}/grants", show, Right.GRANT_ACCESS),
    Route("POST", "/h/{household}/grants", give, Right.GRANT_ACCESS, proof=True),
    Route("POST", "/h/{household}/grants/end", end, Right.GRANT_ACCESS),
)
