"""The sound of each announcement, as the telephone plays it.

The recordings are PCM in WAV files, 8 kHz: browsers play what Asterisk plays. They are sent in
parts if a browser asks for a range; Safari plays nothing that cannot be (RFC 9110 section 14).
"""

from pathlib import Path

from aiohttp import web

from ...prompts import load
from ..asked import Asked
from ..route import Route, Who

_DAY = 86_400


async def sound(asked: Asked) -> web.StreamResponse:
    """Send a recording."""
    prompt = load().get(asked.part("name").removesuffix(".wav"))
    if prompt is None or not asked.part("name").endswith(".wav"):
        raise web.HTTPNotFound
    path: Path = prompt.audio()
    return web.FileResponse(
        path, headers={"Cache-Control": f"private, max-age={_DAY}", "Content-Type": "audio/wav"}
    )


ROUTES = (Route("GET", "/announcements/{name}", sound, Who.SIGNED_IN, html=False),)
