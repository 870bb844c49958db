"""``POST /api/v1/screen`` in a screening worker: a small HTTP server, on loopback only.

All workers share the port, as they share FastAGI's. Whoever asks must show the token of the setting
``screen_token``: a program that happens to run on this machine has no business to try out who is on
a family's list.
"""

import asyncio
import hmac
import socket
from base64 import b64encode
from functools import partial

from aiohttp import web

from ..portal.api.problem import Kind, Problem, refusal
from ..settings import Settings
from .desk import Desk
from .inquiry import MAX_BODY
from .replying import DEADLINE, OPEN_HEADER, no_verdict, to_bytes

HOST = "127.0.0.1"
PATH = "/api/v1/screen"

KEEP_OPEN_SECONDS = 600.0
"""A proxy's connections are quiet at night; to make one anew is a part of the deadline."""


class Listener:
    """Answers proxies."""

    def __init__(self, token: str, desk: Desk) -> None:
        # Some proxies' HTTP clients can send a password, and no header of their own.
        self._shown = (
            b"Bearer " + token.encode(),
            b"Basic " + b64encode(b"callguard:" + token.encode()),
        )
        self._desk = desk
        self._loop = asyncio.get_running_loop()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one question."""
        try:
            self._admit(request)
            async with asyncio.timeout(DEADLINE):
                body = await request.read()
            given = self._desk.answer(body)
        except Problem as problem:
            return refusal(problem)
        except web.HTTPRequestEntityTooLarge:
            return refusal(Problem(Kind.TOO_LARGE, f"the body has more than {MAX_BODY} bytes"))
        except TimeoutError:
            return opened("deadline")
        if "open" in given.content:
            return opened(given.content["open"])
        if given.record is not None:
            await self._kept(given.record)
        return web.Response(body=to_bytes(given.content), content_type="application/json")

    def _admit(self, request: web.Request) -> None:
        shown = request.headers.get("Authorization", "").encode(errors="replace")
        if not any(hmac.compare_digest(shown, one) for one in self._shown):
            raise Problem(
                Kind.UNAUTHORIZED,
                "this needs the header Authorization: Bearer <screen_token>",
                headers={"WWW-Authenticate": "Bearer"},
            )

    async def _kept(self, record: bytes) -> None:
        """Wait until *record* is on disk, or the disk has been waited for long enough."""
        kept: asyncio.Future[None] = self._loop.create_future()
        self._desk.keep(record, partial(_settle, kept))
        await kept


def opened(why: str) -> web.Response:
    """Return the answer that is no verdict."""
    return web.Response(
        body=to_bytes(no_verdict(why)),
        content_type="application/json",
        headers={OPEN_HEADER: why},
    )


def _settle(kept: "asyncio.Future[None]") -> None:
    if not kept.done():  # whoever asked may be gone
        kept.set_result(None)


async def listen(
    settings: Settings, desk: Desk, sock: socket.socket | None = None
) -> web.AppRunner:
    """Answer whoever connects to *sock*, which listens; without one, at the port ``screen_port``.

    Raises:
        OSError: the port cannot be bound.

    """
    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_post(PATH, Listener(settings.screen_token, desk).answer)
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=KEEP_OPEN_SECONDS, shutdown_timeout=DEADLINE
    )
    await runner.setup()
    site = (
        web.TCPSite(runner, HOST, settings.screen_port)
        if sock is None
        else web.SockSite(runner, sock)
    )
    await site.start()
    return runner
