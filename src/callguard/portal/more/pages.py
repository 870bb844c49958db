"""The list of all that is not on the bar: people, notices, consent, help …"""

from aiohttp import web

from ...people.rights import Right
from ..asked import Asked
from ..route import Route


async def more(asked: Asked) -> web.Response:
    """Show the list."""
    return asked.page("more/list.html")


ROUTES = (Route("GET", "/h/{household}/more", more, Right.SEE_CALLS),)
