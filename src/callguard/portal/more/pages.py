"""The list of all that is not on the bar: people, notices, consent, help …"""

from typing import NamedTuple

from aiohttp import web

from ...people.rights import Right
from ..asked import Asked
from ..route import Route


class Entry(NamedTuple):
    """A line of the list; its words are ``more.<name>``."""

    name: str
    path: str
    right: Right | None = None
    """Who sees the line; None: everybody."""


HOUSEHOLD = (
    Entry("expectations", "/h/{household}/expectations", Right.CHANGE_LISTS),
    Entry("notices", "/h/{household}/notices", Right.OWN_NOTICES),
    Entry("people", "/h/{household}/people", Right.SEE_PEOPLE),
    Entry("consent", "/h/{household}/consent", Right.SEE_CONSENT),
    Entry("trail", "/h/{household}/trail", Right.SEE_TRAIL),
    Entry("evidence", "/h/{household}/calls/evidence", Right.EXPORT_EVIDENCE),
    Entry("grants", "/h/{household}/grants", Right.GRANT_ACCESS),
    Entry("tokens", "/h/{household}/tokens", Right.USE_TOKENS),
    Entry("help", "/h/{household}/help"),
)
OWN = (Entry("account", "/account"),)


async def more(asked: Asked) -> web.Response:
    """Show the list, without what the person may not do."""
    entries = [one for one in HOUSEHOLD if one.right is None or asked.may(one.right)]
    return asked.page(
        "more/list.html",
        household=[(one.name, _path(asked, one)) for one in entries],
        own=[(one.name, one.path) for one in OWN],
    )


def _path(asked: Asked, entry: Entry) -> str:
    return entry.path.replace("{household}", str(asked.household))


ROUTES = (Route("GET", "/h/{household}/more", more, Right.SEE_CALLS),)
