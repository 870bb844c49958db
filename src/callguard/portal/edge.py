"""What every answer carries: headers that keep a page to itself, compression, a request's id."""

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Of every answer: no script or style within a page, nothing from elsewhere, in no frame."""
HTTPS_ONLY = "max-age=31536000"
"""Browsers that were here once by HTTPS come by nothing else for a year (RFC 6797)."""

LEAST_TO_COMPRESS = 1_000
"""Bytes below which a compressed answer fits no better into one packet."""

REQUEST_ID = web.RequestKey("request id", str)
"""Names a request in the log and in the answer; it tells nothing."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def dress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Name the request, and compress the answer if it is text of some length."""
    request[REQUEST_ID] = secrets.token_hex(8)
    response = await handler(request)
    if (
        isinstance(response, web.Response)
        and "Content-Encoding" not in response.headers
        and response.content_type.startswith(("text/", "application/json", "application/problem"))
        and isinstance(response.body, bytes)
        and len(response.body) >= LEAST_TO_COMPRESS
    ):
        response.headers["Vary"] = "Accept-Encoding"
        response.enable_compression()
    return response


def headers(*, secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return what puts the headers on an answer as it leaves, a stream of events included.

    ``secure`` says that browsers reach the site by HTTPS.
    """

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = HTTPS_ONLY
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-ID"] = request.get(REQUEST_ID, "")
        # Which library answers, and of which version, is nobody's business.
        response.headers["Server"] = "callguard"

    return put
