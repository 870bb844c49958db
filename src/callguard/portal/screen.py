"""``POST /api/v1/screen`` at the portal's port: handed on to the screening workers.

They listen on loopback only; a switch elsewhere in the exchange reaches them through here, and
through whatever terminates TLS before the portal.
"""

from collections.abc import AsyncIterator, Callable

import aiohttp
from aiohttp import web

from ..proxy.inquiry import MAX_BODY
from ..proxy.listener import HOST, PATH, opened
from ..proxy.replying import DEADLINE, OPEN_HEADER
from ..settings import Settings
from .api.problem import Kind, Problem, refusal
from .relay import is_near

_KEPT = ("Content-Type", "WWW-Authenticate", OPEN_HEADER)


def relay_questions(
    app: web.Application, settings: Settings, address_of: Callable[[web.Request], str]
) -> None:
    """Add to *app* the operation that the workers answer, within ``DEADLINE`` or not at all."""
    session: list[aiohttp.ClientSession] = []
    patience = aiohttp.ClientTimeout(total=DEADLINE)

    async def connect(_: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=patience) as one:
            session.append(one)
            yield
            session.clear()

    async def ask(request: web.Request) -> web.Response:
        if not is_near(request, address_of):
            raise web.HTTPNotFound
        if not settings.screen_token:
            return refusal(
                Problem(Kind.FORBIDDEN, "the setting screen_token is empty: no proxy may ask")
            )
        body = await _body(request)
        if body is None:
            return refusal(Problem(Kind.TOO_LARGE, f"the body has more than {MAX_BODY} bytes"))
        url = f"http://{HOST}:{settings.screen_port}{PATH}"
        shown = {"Authorization": request.headers.get("Authorization", "")}
        try:
            async with session[0].post(url, data=body, headers=shown) as answer:
                kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except TimeoutError:
            return opened("deadline")
        except aiohttp.ClientError:
            return opened("workers")

    app.cleanup_ctx.append(connect)
    app.router.add_post(PATH, ask)


async def _body(request: web.Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
