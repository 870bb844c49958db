"""``/healthz`` and ``/readyz``: is this node alive, and does it screen calls?"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .. import __version__


@dataclass(frozen=True, slots=True)
class Health:
    """What one part of the node says of itself."""

    ok: bool
    detail: str
    needed: bool = True
    """Whether a node without it is unready; the feed and AMI are not on the path of a verdict."""
    values: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], Awaitable[Health]]


def application(
    checks: dict[str, Check], routes: Iterable[web.AbstractRouteDef] = ()
) -> web.Application:
    """Return the HTTP application; ``checks`` are asked, by name, on each ``/readyz``.

    ``routes`` are those of its other pages.
    """

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive", "version": __version__})

    async def ready(_: web.Request) -> web.Response:
        parts = {name: await check() for name, check in checks.items()}
        good = all(part.ok or not part.needed for part in parts.values())
        content = {
            "status": "ready" if good else "not ready",
            "parts": {
                name: {"ok": part.ok, "detail": part.detail, **part.values}
                for name, part in parts.items()
            },
        }
        return web.json_response(content, status=200 if good else 503)

    app = web.Application()
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.add_routes(routes)
    return app
