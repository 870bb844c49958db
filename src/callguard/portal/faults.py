"""Pages for what goes wrong: in plain words, in both languages, telling nothing of the inside."""

import logging
import traceback
from typing import Any

from aiohttp import web

from ..database import DatabaseError
from . import language
from .api.problem import KIND_OF_STATUS, MEANINGS, Kind, Problem, refusal
from .edge import REQUEST_ID, Handler
from .form import BadForm
from .look import Look

log = logging.getLogger(__name__)

API = "/api/"

_WORDS = {
    400: "layout.fault.form",
    403: "layout.fault.forbidden",
    404: "layout.fault.missing",
    405: "layout.fault.method",
    408: "layout.fault.slow",
    413: "layout.fault.large",
    429: "layout.fault.many",
    500: "layout.fault.broken",
    503: "layout.fault.away",
}


def faults(look: Look) -> Any:
    """Return the layer that makes a page of what a handler raises."""

    @web.middleware
    async def layer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            kept = {
                name: error.headers[name]
                for name in ("Allow", "Retry-After")
                if name in error.headers
            }
            return _page(look, request, error.status, kept)
        except TimeoutError:
            return _page(look, request, 408, {})
        except BadForm as error:
            return _page(look, request, 413 if error.too_large else 400, {})
        except DatabaseError as error:
            log.warning("request %s: %s", request[REQUEST_ID], error)
            return _page(look, request, 503, {"Retry-After": "10"})
        except Exception as error:  # noqa: BLE001 - a page for whatever it is
            # Without the error's message, which may hold a number that somebody typed.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("request %s failed: %s\n%s", request[REQUEST_ID], type(error).__name__, where)
            return _page(look, request, 500, {})

    return layer


def _page(look: Look, request: web.Request, status: int, headers: dict[str, str]) -> web.Response:
    key = _WORDS.get(status, "layout.fault.form" if status < 500 else "layout.fault.broken")
    spoken = language.choose(
        None, request.cookies.get(language.COOKIE), request.headers.get("Accept-Language", "")
    )
    if request.path.startswith(API):
        kind = KIND_OF_STATUS.get(status, Kind.MALFORMED if status < 500 else Kind.INTERNAL)
        return refusal(Problem(kind, MEANINGS[kind].advice, headers=headers))
    text = look.fault(
        "layout/fault.html", spoken, key=key, status=status, request_id=request[REQUEST_ID]
    )
    return web.Response(text=text, status=status, headers=headers, content_type="text/html")
