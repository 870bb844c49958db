"""The site as an app on a phone: manifest, service worker, and a page without network."""

import hashlib
import json

from aiohttp import web

from ..asked import Asked

_KEPT = ("style.css", "app.js", "icon.svg")
"""Files that the page without a network needs."""


async def manifest(asked: Asked) -> web.Response:
    """Tell a phone how to install the site (W3C Web Application Manifest)."""
    static = asked.look.static.path
    content = {
        "name": asked.say("front.app.name"),
        "short_name": asked.say("layout.name"),
        "description": asked.say("front.app.about"),
        "lang": asked.language,
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbf8f3",
        "theme_color": "#0b5d57",
        "icons": [
            {"src": static("icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("icon-full.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    return web.Response(
        text=json.dumps(content, ensure_ascii=False), content_type="application/manifest+json"
    )


async def worker(asked: Asked) -> web.Response:
    """Return the service worker, with the names of the files that it keeps."""
    static = asked.look.static
    files = json.dumps([static.path(name) for name in _KEPT])
    text = static.text("front/sw.js").replace("FILES_LIST", files)
    text = text.replace("ICON_PATH", static.path("icon-192.png"))
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return web.Response(
        text=text.replace("FILES_VERSION", version),
        content_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )


async def offline(asked: Asked) -> web.Response:
    """Show what is said without a network; the service worker keeps this page."""
    return asked.page("front/offline.html")
