"""``POST /api/v1/reports``: another program of this node hands in a household's report.

It must show the token of the setting ``api_token``: that a request comes from this machine says
nothing, since a web page in a browser here can send one too.
"""

import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from ..blocklist.errors import StoreError
from ..feed.report import Report
from ..households.reader import PolicyUnavailable
from ..numbers import NumberError
from ..reporting import ReportRefused

_NEEDED = ("number", "line")
_FIELDS = (*_NEEDED, "category", "note", "called_at")

Take = Callable[..., Report]
"""Takes the fields of a report; see :meth:`callguard.reporting.Reporting.take`."""


def routes(token: str, take: Take) -> list[web.RouteDef]:
    """Return the page that takes reports; without a *token* it takes none."""

    async def report(request: web.Request) -> web.Response:
        if not token:
            return _refusal(403, "the setting api_token is empty: no report is taken over HTTP")
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            refusal = _refusal(401, "this needs the header Authorization: Bearer <api_token>")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        try:
            taken = take(**_fields(json.loads(await request.read())))
        except (NumberError, ReportRefused, ValueError, RecursionError) as error:
            return _refusal(400, str(error))
        except (PolicyUnavailable, StoreError) as error:
            return _refusal(503, str(error))
        return web.json_response({"id": taken.id}, status=202)

    return [web.post("/api/v1/reports", report)]


def _fields(content: Any) -> dict[str, str]:
    if not isinstance(content, dict):
        raise ReportRefused(f"not a JSON object with {', '.join(_FIELDS)}")
    for name, value in content.items():
        if name not in _FIELDS:
            raise ReportRefused(f"there is no field {name[:40]!r}; there are {', '.join(_FIELDS)}")
        if not isinstance(value, str):
            raise ReportRefused(f"{name} is not a text")
    for name in _NEEDED:
        if name not in content:
            raise ReportRefused(f"field {name} is missing")
    return content


def _refusal(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
