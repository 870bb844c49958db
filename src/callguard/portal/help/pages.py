"""The page to turn to when a call seemed odd, or money has gone."""

from aiohttp import web

from ...people.rights import Right
from ..asked import Asked
from ..route import Route


async def show(asked: Asked) -> web.Response:
    """Show whom to call, and what to do."""
    return asked.page("help/help.html", local=asked.settings.police_consultation)


ROUTES = (Route("GET", "/h/{household}/help", show, Right.SEE_CALLS),)
