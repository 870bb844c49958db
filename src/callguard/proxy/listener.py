"""``POST /api/v1/screen`` in a screening worker: a small HTTP server, on loopback only.

All workers share the port, as they share FastAGI's. Whoever asks must show the token of the setting
``screen_token``: a program that happens to run on this machine has no business to try out who is on
a family's list.
"""

import asyncio
import hmac
import logging
import socket
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from ..asterisk.answering import Answering
from ..households.reader import PolicyUnavailable
from ..portal.api.problem import Kind, Problem, refusal
from ..settings import Settings
from .inquiry import MAX_BODY, read_inquiry
from .replying import DEADLINE, OPEN_HEADER, no_verdict, reply, to_bytes
from .sip_answer import SIPAnswers

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
PATH = "/api/v1/screen"

KEEP_OPEN_SECONDS = 600.0
"""A proxy's connections are quiet at night; to make one anew is a part of the deadline."""

Keep = Callable[[bytes, Callable[[], None]], None]
"""Keeps a verdict's record, then calls what sends the answer; it calls that in any case."""


class Listener:
    """Answers proxies."""

    def __init__(self, settings: Settings, answering: Answering, keep: Keep) -> None:
        token = settings.screen_token.encode()
        # Kamailio's HTTP client can send a password, and no header of its own.
        self._shown = (b"Bearer " + token, b"Basic " + b64encode(b"callguard:" + token))
        self._answering = answering
        self._keep = keep
        self._sip = SIPAnswers(settings.sip_codes, settings.redress_url)
        self._loop = asyncio.get_running_loop()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one question; whatever goes wrong, the call goes on."""
        try:
            self._admit(request)
            async with asyncio.timeout(DEADLINE):
                body = await request.read()
            given = reply(self._answering, self._sip, read_inquiry(body), datetime.now(UTC))
        except Problem as problem:
            return refusal(problem)
        except web.HTTPRequestEntityTooLarge:
            return refusal(Problem(Kind.TOO_LARGE, f"the body has more than {MAX_BODY} bytes"))
        except TimeoutError:
            return opened("deadline")
        except PolicyUnavailable as error:
            log.error("no verdict: %s", error)
            return opened("policies")
        except Exception:
            # Anything else is a bug in the screener; this call goes on all the same.
            log.exception("no verdict")
            return opened("fault")
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
        self._keep(record, partial(_settle, kept))
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
    settings: Settings, answering: Answering, keep: Keep, sock: socket.socket | None = None
) -> web.AppRunner:
    """Answer whoever connects to *sock*, which listens; without one, at the port ``screen_port``.

    Raises:
        OSError: the port cannot be bound.

    """
    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_post(PATH, Listener(settings, answering, keep).answer)
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
