"""The node for the carrier's staff: what works, and how its police lists stand."""

from aiohttp import web

from ... import __version__
from ..asked import Asked
from ..route import Route, Who
from .node_state import ask


async def show(asked: Asked) -> web.Response:
    """Show the state of the node."""
    state = await ask(asked.settings.services_socket)
    return asked.page("operator/node.html", state=state, version=__version__)


ROUTES = (Route("GET", "/operator/node", show, Who.OPERATOR),)
