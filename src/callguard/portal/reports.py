"""``POST /api/v1/reports``: another program of this node hands in a household's report.

It must show the token of the setting ``api_token``: that a request comes from this machine says
nothing, since a web page in a browser here can send one too.
"""

import hmac
from collections.abc import Callable

from aiohttp import web

from ..blocklist.errors import StoreError
from ..blocklist.listing import Category
from ..feed.report import MAX_NOTE, Report
from ..households.reader import PolicyUnavailable
from ..line.reporting import ReportRefused
from ..numbers import NumberError
from .api.json_text import read_json
from .api.problem import Kind, Problem, refusal
from .api.schema import LINE_PATTERN, Schema, faults

MAX_BODY = 64 * 1024
"""Bytes of a report; the longest is far below."""
DETAILS: dict[str, Schema] = {
    "number": {
        "type": "string",
        "maxLength": 40,
        "description": "Who called, as people write the number.",
        "examples": ["0422-99-0001"],
    },
    "category": {
        "type": "string",
        "enum": [category.value for category in Category],
        "description": "What the household takes the call for.",
    },
    "note": {
        "type": "string",
        "maxLength": MAX_NOTE,
        "pattern": LINE_PATTERN,
        "description": "What was said. The police read it: it should name nobody.",
    },
    "called_at": {
        "type": "string",
        "pattern": r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})?$",
        "title": "a time such as 2026-11-24T12:00",
        "description": "When; Japan's time unless it has an offset.",
        "examples": ["2026-11-24T12:00"],
    },
}
"""What a report can say, with or without the line."""
REPORT: Schema = {
    "type": "object",
    "properties": {
        **DETAILS,
        "line": {
            "type": "string",
            "maxLength": 40,
            "description": "The home's telephone number; its household must have agreed.",
            "examples": ["0422-99-0000"],
        },
    },
    "required": ["number", "line"],
    "additionalProperties": False,
}

Take = Callable[..., Report]
"""Takes the fields of a report; see :meth:`callguard.line.reporting.Reporting.take`."""


def routes(token: str, take: Take) -> list[web.RouteDef]:
    """Return the page that takes reports; without a *token* it takes none."""

    async def report(request: web.Request) -> web.Response:
        try:
            _admit(token, request.headers.get("Authorization", ""))
            taken = _take(take, _read(await request.read()))
        except Problem as problem:
            return refusal(problem)
        return web.json_response({"id": taken.id}, status=202)

    return [web.post("/api/v1/reports", report)]


def _admit(token: str, shown: str) -> None:
    if not token:
        raise Problem(
            Kind.FORBIDDEN, "the setting api_token is empty: no report is taken over HTTP"
        )
    if not hmac.compare_digest(shown.encode(errors="replace"), f"Bearer {token}".encode()):
        raise Problem(
            Kind.UNAUTHORIZED,
            "this needs the header Authorization: Bearer <api_token>",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _read(raw: bytes) -> dict[str, str]:
    body = read_json(raw)
    if wrong := faults(REPORT, body, "body", {}):
        raise Problem(Kind.MALFORMED, "the body is not a report", wrong)
    content: dict[str, str] = body
    return content


def _take(take: Take, fields: dict[str, str]) -> Report:
    try:
        return take(**fields)
    except (NumberError, ReportRefused) as error:
        raise Problem(Kind.IMPOSSIBLE, str(error)) from error
    except (PolicyUnavailable, StoreError) as error:
        raise Problem(Kind.UNAVAILABLE, str(error)) from error
