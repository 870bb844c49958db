"""One operation of the API: what it takes and gives, who may do it, and what carries it out."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ...database import Database
from ...people.members import Place
from ...people.rights import Right
from ...people.tokens import Bearer, Scope
from ...recordings.container import Reader
from ...settings import Settings
from ...trail import Doer
from .problem import FieldError, Kind, Problem
from .schema import Schema, faults
from .shapes import SHAPES

MAX_BODY = 16 * 1024
"""Bytes of a body, unless an operation says otherwise: the longest entry in Japanese, four times
over."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in the path or in the query of a request."""

    name: str
    schema: Schema
    description: str
    place: Literal["path", "query"] = "query"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers if all goes well."""

    status: int
    description: str
    schema: Schema | None = None
    """None: the answer has no body."""
    tagged: bool = False
    """It carries an ETag."""
    sound: bool = False
    """Its body is a WAV file."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request, read and permitted."""

    database: Database
    settings: Settings
    household_id: int
    """0 where the operation is of no household."""
    person_id: int | None
    """None where anyone may ask."""
    bearer: Bearer | None
    """The token; None: a person's own session, or nobody."""
    places: tuple[Place, ...]
    """The households of a session's person."""
    language: str
    by: Doer
    now: datetime
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    """The values that were given, of the types of their schemas."""
    body: Any = None
    if_match: str | None = None
    """The header If-Match."""
    headers_only: bool = False
    """HEAD: what is answered has no body."""

    def must_match(self, tag: str | None) -> None:
        """Go on only if what is there now is what the request was written for.

        ``tag`` is the ETag of what is there; None: nothing is (RFC 9110 section 13.1.1).

        Raises:
            Problem: If-Match was sent, and something else is there.

        """
        if self.if_match is None:
            return
        wanted = [one.strip() for one in self.if_match.split(",")]
        if tag is None or ("*" not in wanted and tag not in wanted):
            raise Problem(Kind.CHANGED, "If-Match names another state than the present one")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sound: Reader | None = None
    """Sent in place of *content*, and closed."""


def tagged(content: Any, status: int = 200) -> Reply:
    """Return a reply with the ETag of its content."""
    return Reply(content, status, {"ETag": etag(content)})


def etag(content: Any) -> str:
    """Return the strong ETag of *content*."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


Handle = Callable[[Inquiry], Reply]
"""Carries an operation out, in a thread of its own: the database waits. It raises a Problem, or a
HouseholdError, whose message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one path."""

    name: str
    """The operationId."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    description: str = ""
    right: Right | None
    """What the person must be allowed; None: nothing."""
    scope: Scope | None
    """What a token must be for; None: any token will do."""
    open: bool = False
    """Anyone may, without a token."""
    proof: bool = False
    """A session must have proved lately whose it is; so must who issued a token."""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    max_body: int = MAX_BODY
    answers: tuple[Answer, ...]
    guarded: bool = False
    """It honours If-Match."""
    can_fail: bool = False
    """Well-formed requests may be impossible to carry out (422)."""
    handle: Handle | None
    """None: another process of the node answers it, to a token of the node's settings."""
    token: Literal["api_token", "screen_token", "provisioning_token"] = "api_token"  # noqa: S105 - a setting's name
    """The setting that holds this token, or that of the carrier's own program."""
    missing: bool = False
    """What the body names may not be there (404)."""

    @property
    def of_node(self) -> bool:
        """Whether another process of the node answers it, and the portal hands it on."""
        return self.handle is None

    @property
    def of_carrier(self) -> bool:
        """Whether it is the carrier's own program's, with a token of the node's settings."""
        return self.token == "provisioning_token"  # noqa: S105 - a setting's name

    @property
    def of_household(self) -> bool:
        """Whether the path names a household."""
        return "{household}" in self.path

    @property
    def pattern(self) -> str:
        """The path as aiohttp's router reads it."""
        return self.path.replace("{household}", "{household:[0-9]{1,18}}")


def read_query(operation: Operation, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the values of the query.

    Raises:
        Problem: one is unknown, given twice, or not of its schema.

    """
    known = {one.name: one for one in operation.parameters if one.place == "query"}
    wrong, values = [], {}
    for name, texts in given.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            wrong.append(FieldError(f"query.{name[:40]}", f"is not known; there are: {listed}"))
        elif len(texts) != 1:
            wrong.append(FieldError(f"query.{name}", "is given more than once"))
        else:
            values[name] = _typed(known[name].schema, texts[0])
            wrong += faults(known[name].schema, values[name], f"query.{name}", SHAPES)
    if wrong:
        raise Problem(Kind.MALFORMED, "the query is not of the documented form", wrong)
    return values


def read_path(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the path.

    Raises:
        Problem: one is not of its schema: nothing is there.

    """
    values = {}
    for one in operation.parameters:
        if one.place == "path":
            values[one.name] = _typed(one.schema, given[one.name])
            if faults(one.schema, values[one.name], one.name, SHAPES):
                raise Problem(Kind.NOT_FOUND, "there is nothing here")
    return values


def _typed(schema: Schema, text: str) -> Any:
    if schema.get("type") == "integer" and text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    return text
