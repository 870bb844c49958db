"""Who did what, when and from where: the newest first, page by page."""

from aiohttp import web

from ...people.rights import Right
from ...trail import Line, Trail
from ...words.deeds import deed_in_words, doer_in_words
from ..asked import Asked
from ..route import Route

_LINES = 50


async def show(asked: Asked) -> web.Response:
    """Show one page of the trail."""
    page = await asked.work(
        Trail(asked.database).page, asked.household, before=_before(asked), limit=_LINES
    )

    def who(line: Line) -> str:
        return doer_in_words(line.who, asked.language)

    def what(line: Line) -> str:
        return deed_in_words(line.what, line.detail, asked.language)

    return asked.page("trail/trail.html", page=page, who=who, what=what, first=not _before(asked))


def _before(asked: Asked) -> int | None:
    typed = asked.query.typed("before")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 18):
        raise web.HTTPNotFound
    return int(typed)


ROUTES = (Route("GET", "/h/{household}/trail", show, Right.SEE_TRAIL),)
