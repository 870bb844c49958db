"""Sends what was recorded as it is decrypted: never the whole of it in memory."""

import asyncio

from aiohttp import web

from ..recordings.container import Reader
from ..recordings.errors import DamagedRecording
from .ranges import Part


async def send_sound(request: web.Request, reader: Reader, part: Part) -> web.StreamResponse:
    """Answer *request* with a part of the sound that *reader* gives, a WAV file."""
    response = web.StreamResponse(
        status=part.status, headers={"Content-Type": "audio/wav", **part.headers}
    )
    pieces = reader.read(part.begin, part.end if request.method == "GET" else part.begin)
    try:
        await response.prepare(request)
        while piece := await asyncio.to_thread(next, pieces, b""):
            await response.write(piece)
        await response.write_eof()
    except (ConnectionError, DamagedRecording):
        # Whoever listens has gone; or the rest is not what was recorded, and the answer ends short.
        if request.transport is not None:
            request.transport.abort()
    return response
