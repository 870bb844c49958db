"""Everything by which proxies reach a worker."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from ..asterisk.answering import Answering
from ..settings import Settings
from .desk import Desk, Keep
from .kamailio import serve_kamailio
from .listener import HOST, listen


async def serve_proxies(
    settings: Settings, answering: Answering, keep: Keep, listening: socket.socket
) -> Callable[[], Awaitable[None]]:
    """Answer proxies over HTTP, and Kamailio at its event stream; return what ends that."""
    desk = Desk(settings, answering, keep)
    runner = await listen(settings, desk, listening)
    task: asyncio.Task[None] | None = None
    if settings.kamailio_port:
        task = asyncio.get_running_loop().create_task(
            serve_kamailio(HOST, settings.kamailio_port, settings.screen_token, desk)
        )

    async def end() -> None:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await runner.cleanup()

    return end
