"""Files that never change: style sheet, scripts, pictures. Their names hold a digest.

They lie in ``portal/static/`` and, for what belongs to one feature, in the feature's own folder.
All are read once and kept in memory, texts compressed as well.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOR_EVER = "public, max-age=31536000, immutable"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes | None
    content_type: str


class Static:
    """The static files below *folder*, the portal's."""

    def __init__(self, folder: Path) -> None:
        self._paths: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        for path in sorted(folder.glob("*/*")):
            if path.suffix in _TYPES:
                name = path.relative_to(folder).as_posix().removeprefix("static/")
                self._keep(name, path)

    def path(self, name: str) -> str:
        """Return the address of a file, such as ``style.css`` or ``sign_in/passkey.js``."""
        return self._paths[name]

    def text(self, name: str) -> str:
        """Return what is in a text file."""
        return self._files[self._paths[name]].content.decode()

    @property
    def paths(self) -> dict[str, str]:
        """The address of every file, by name."""
        return dict(self._paths)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request for a file."""
        found = self._files.get(request.path)
        if found is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": FOR_EVER, "Content-Type": found.content_type}
        body = found.content
        if found.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = found.compressed
        return web.Response(body=body, headers=headers)

    def _keep(self, name: str, path: Path) -> None:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        stem, dot, suffix = name.rpartition(".")
        address = f"/static/{stem}.{digest}{dot}{suffix}"
        packed = None if path.suffix == ".png" else gzip.compress(content, 9, mtime=0)
        self._paths[name] = address
        self._files[address] = _File(content, packed, _TYPES[path.suffix])
