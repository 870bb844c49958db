"""What went wrong, in the one form of every refusal: RFC 9457 (problem details for HTTP)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web

CONTENT_TYPE = "application/problem+json"
PROBLEMS = "/api/v1/problems/"
"""Where a problem's ``type`` leads: to what it means and what to do."""


class Kind(StrEnum):
    """The kinds of problem. Programs rely on the words: none is ever renamed."""

    MALFORMED = "malformed"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD = "method"
    CHANGED = "changed"
    TOO_LARGE = "too-large"
    MEDIA_TYPE = "media-type"
    IMPOSSIBLE = "impossible"
    TOO_MANY = "too-many"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind of problem is, for the reader of the documentation."""

    status: int
    title: str
    advice: str


MEANINGS: Mapping[Kind, Meaning] = {
    Kind.MALFORMED: Meaning(
        400,
        "The request is not of the documented form",
        "errors names each field and what it must be; nothing was changed.",
    ),
    Kind.UNAUTHORIZED: Meaning(
        401,
        "This needs a valid token",
        "Send Authorization: Bearer with a token of the household. It may have expired or been "
        "revoked, or its person may have left the household.",
    ),
    Kind.FORBIDDEN: Meaning(
        403,
        "This is not allowed with this token or to this person",
        "Issue a token with the scope that detail names, or ask the household's manager.",
    ),
    Kind.NOT_FOUND: Meaning(
        404,
        "There is nothing here",
        "It does not exist, or it is of a household that this token is not for.",
    ),
    Kind.METHOD: Meaning(
        405,
        "This cannot be done here",
        "The header Allow says which methods there are.",
    ),
    Kind.CHANGED: Meaning(
        412,
        "It has been changed meanwhile",
        "Read it again, and send If-Match with the new ETag.",
    ),
    Kind.TOO_LARGE: Meaning(
        413,
        "The request is too large",
        "detail says how many bytes are taken; divide an import into several.",
    ),
    Kind.MEDIA_TYPE: Meaning(
        415,
        "The body must be JSON",
        "Send Content-Type: application/json.",
    ),
    Kind.IMPOSSIBLE: Meaning(
        422,
        "The request is understood, and cannot be carried out",
        "detail says why, such as a number that cannot exist; nothing was changed.",
    ),
    Kind.TOO_MANY: Meaning(
        429,
        "Too many requests",
        "Wait for the seconds that Retry-After says.",
    ),
    Kind.INTERNAL: Meaning(
        500,
        "Something failed in callguard",
        "It is in callguard's log, under the request's id. Nothing was half done.",
    ),
    Kind.UNAVAILABLE: Meaning(
        503,
        "The database or the node's services do not answer",
        "Try again later. Calls are screened meanwhile as before.",
    ),
}
KIND_OF_STATUS: Mapping[int, Kind] = {meaning.status: kind for kind, meaning in MEANINGS.items()}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    """Where it is: ``body.numbers[3].name``, ``query.limit``, ``path.number``."""
    detail: str

    def to_json(self) -> dict[str, str]:
        """Return the member of ``errors``."""
        return {"field": self.field, "detail": self.detail}


class Problem(Exception):
    """A request that is refused; ``detail`` says why to the person who wrote the program."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return MEANINGS[self.kind].status

    def to_json(self) -> dict[str, Any]:
        """Return the problem document (RFC 9457 section 3)."""
        content: dict[str, Any] = {
            "type": PROBLEMS + self.kind,
            "title": MEANINGS[self.kind].title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            content["errors"] = [error.to_json() for error in self.errors]
        return content


def refusal(problem: Problem) -> web.Response:
    """Return the answer that says *problem*."""
    return web.json_response(
        problem.to_json(),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )
