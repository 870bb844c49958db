"""Hands the node's own pages on to ``services``, which answers them over a Unix socket.

Readiness, figures and reports come from the process that has the feed and AMI. That the portal is
alive it says itself, whatever else is down.
"""

import ipaddress
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from .. import __version__
from .api.problem import Kind, Problem, refusal
from .reports import MAX_BODY

PATIENCE = aiohttp.ClientTimeout(total=5)
"""How long the services may take; whoever watches the node asks again."""

_NEAR = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "::1/128",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "169.254.0.0/16",
    )
)
"""Loopback, private and link-local networks (RFC 1918, 4193, 3927, 4291)."""

_KEPT = ("Content-Type", "WWW-Authenticate")


def relay(app: web.Application, services: Path, address_of: Callable[[web.Request], str]) -> None:
    """Add to *app* the pages that the services answer at the socket *services*.

    They are for watching a node, not for the world: an address of the Internet finds none.
    """
    session: list[aiohttp.ClientSession] = []

    async def connect(_: web.Application) -> AsyncIterator[None]:
        # The system's limit on the length of such a path is kept when the node starts.
        connector = aiohttp.UnixConnector(path=str(services))
        async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as one:
            session.append(one)
            yield
            session.clear()

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive", "version": __version__})

    async def ask(request: web.Request) -> web.Response:
        if not is_near(request, address_of):
            raise web.HTTPNotFound
        body = await _body(request)
        passed = {
            name: request.headers[name]
            for name in ("Accept", "Authorization", "Content-Type")
            if name in request.headers
        }
        url = f"http://services{request.path}"
        try:
            async with session[0].request(request.method, url, data=body, headers=passed) as answer:
                kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except (aiohttp.ClientError, TimeoutError):
            return _away(request)

    app.cleanup_ctx.append(connect)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ask)
    app.router.add_get("/metrics", ask)
    app.router.add_post("/api/v1/reports", ask)


def is_near(request: web.Request, address_of: Callable[[web.Request], str]) -> bool:
    """Tell whether a request comes from this machine or a private network.

    One that was handed on by a proxy that is not the trusted one could come from anywhere.
    """
    address = address_of(request)
    if "X-Forwarded-For" in request.headers and address == request.remote:
        return False
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found in network for network in _NEAR)


async def _body(request: web.Request) -> bytes | None:
    if not request.can_read_body:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
    return bytes(body)


def _away(request: web.Request) -> web.Response:
    if request.path == "/readyz":
        part = {"ok": False, "detail": "the services do not answer"}
        return web.json_response({"status": "not ready", "parts": {"services": part}}, status=503)
    return refusal(Problem(Kind.UNAVAILABLE, "the services do not answer; try again"))
