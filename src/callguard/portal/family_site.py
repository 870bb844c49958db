"""The family's site: every page, behind its guard, as one aiohttp application."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from aiohttp import web

from ..database import Database
from ..settings import Settings
from . import edge
from .address import address_of, connection_of
from .api.entrance import Entrance
from .api.operations import OPERATIONS
from .faults import faults
from .guard import Guard
from .limits import BY_ADDRESS, BY_SESSION, Limit, Rate
from .look import FOLDER, Look
from .route import Route
from .static import Static
from .website import table


def family_site(
    settings: Settings,
    open_database: Callable[[], Database],
    clock: Callable[[], datetime],
    *,
    look: Look | None = None,
    by_address: Rate = BY_ADDRESS,
    by_session: Rate = BY_SESSION,
) -> web.Application:
    """Return the application.

    Args:
        settings: the node's.
        open_database: gives the database; called in a thread, at every request.
        clock: the time, aware.
        look: templates, words and static files; read anew if None.
        by_address: how much one address may ask for.
        by_session: how much one session may.

    """
    look = look or Look(Static(FOLDER))
    guard = Guard(settings, open_database, look, clock, partial(address_of, settings))
    addresses, sessions = Limit(by_address), Limit(by_session)

    @web.middleware
    async def limit(request: web.Request, handler: edge.Handler) -> web.StreamResponse:
        if not request.path.startswith("/static/"):
            now = time.monotonic()
            wait = addresses.wait(connection_of(address_of(settings, request)), now)
            who = request.headers.get("Authorization") or request.cookies.get(guard.cookies.session)
            if not wait and who:
                wait = sessions.wait(who, now)
            if wait:
                raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
        return await handler(request)

    app = web.Application(middlewares=[edge.dress, faults(look), limit])
    app.on_response_prepare.append(edge.headers(secure=guard.cookies.secure))
    for route in table():
        app.router.add_route(route.method, route.pattern, partial(_answer, guard, route))
        if route.method == "GET":
            app.router.add_route("HEAD", route.pattern, partial(_answer, guard, route))
    Entrance(guard).add_routes(app, OPERATIONS)
    app.router.add_get("/static/{name:.+}", look.static.serve)
    return app


async def _answer(guard: Guard, route: Route, request: web.Request) -> web.StreamResponse:
    return await guard.answer(route, request)
