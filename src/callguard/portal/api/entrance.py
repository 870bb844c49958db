"""Who asks, and may they: by a token of one household, or by the portal's own session.

A token in the header counts alone, whatever cookies come with it. A session may change something
only with the token against forged requests that pages carry (``X-CSRF-Token``), as forms do.
Another household's things are not there (404), whoever asks.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from aiohttp import web

from ...database import Database, DatabaseError
from ...households.errors import HouseholdError
from ...people.rights import Right, Role, may
from ...people.tokens import Bearer, Tokens
from ...trail import PROVISIONING, Doer
from ..asked import Asked
from ..guard import Guard
from ..ranges import Part
from ..sound import send_sound
from .json_text import read_json
from .operation import Handle, Inquiry, Operation, Reply, read_path, read_query
from .problem import Kind, Problem, refusal
from .schema import faults
from .shapes import SHAPES
from .values import refused

log = logging.getLogger(__name__)

CSRF_HEADER = "X-CSRF-Token"
_BEARER = "bearer "


class Entrance:
    """Stands before every operation."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def add_routes(self, app: web.Application, operations: Iterable[Operation]) -> None:
        """Let *app* answer the operations, those of the services aside."""
        for operation in operations:
            if operation.handle is None:
                continue
            handler = partial(self.answer, operation, operation.handle)
            app.router.add_route(operation.method, operation.pattern, handler)
            if operation.method == "GET":
                app.router.add_route("HEAD", operation.pattern, handler)

    async def answer(
        self, operation: Operation, handle: Handle, request: web.Request
    ) -> web.StreamResponse:
        """Answer a request for *operation*, which *handle* carries out."""
        try:
            asked = await self._guard.ask(request)
            inquiry = await self._admit(operation, asked)
            reply = await asyncio.to_thread(handle, inquiry)
        except Problem as problem:
            return refusal(problem)
        except HouseholdError as error:
            return refusal(refused(error))
        except DatabaseError as error:
            log.warning("the API cannot answer: %s", error)
            away = Problem(
                Kind.UNAVAILABLE, "the database does not answer", headers={"Retry-After": "10"}
            )
            return refusal(away)
        if reply.sound is not None:
            with reply.sound as reader:
                whole = Part(0, reader.length, reader.length, asked=False)
                return await send_sound(request, reader, whole)
        return _response(reply)

    async def _admit(self, operation: Operation, asked: Asked) -> Inquiry:
        request = asked.request
        shown = request.headers.get("Authorization")
        bearer: Bearer | None = None
        if operation.of_carrier:
            _check_carrier(asked.settings.provisioning_token, shown)
        elif shown is not None and not operation.open:
            bearer = await _bearer(asked.database, shown, asked)
            _check_token(operation, bearer, request)
        elif not operation.open:
            self._check_session(operation, asked)
        path = read_path(operation, request.match_info)
        return Inquiry(
            database=asked.database,
            settings=asked.settings,
            household_id=path.get("household", 0),
            person_id=_person_id(bearer, asked),
            bearer=bearer,
            places=asked.places if bearer is None else (),
            language=_language(bearer, asked),
            by=_by(operation, bearer, asked),
            now=asked.now,
            path=path,
            query=read_query(
                operation, {name: request.query.getall(name) for name in set(request.query)}
            ),
            if_match=request.headers.get("If-Match") if operation.guarded else None,
            body=await _body(operation, request),
            headers_only=request.method == "HEAD",
        )

    def _check_session(self, operation: Operation, asked: Asked) -> None:
        if asked.session is None:
            raise Problem(
                Kind.UNAUTHORIZED, "this needs a token of the household", headers=_challenge()
            )
        if operation.of_household and asked.home is None:
            raise _nothing()
        _check_right(operation, asked.home.role if asked.home else None)
        token = asked.request.headers.get(CSRF_HEADER, "")
        if operation.method != "GET" and not self._guard.is_ours(asked.request, token):
            raise Problem(
                Kind.FORBIDDEN,
                f"a session changes something only with the header {CSRF_HEADER}; "
                "programs send a token",
            )
        if operation.proof and not asked.is_proved:
            raise Problem(
                Kind.FORBIDDEN,
                "a session does this only for a while after its person has proved who they are; "
                "confirm it in the portal",
            )


def _check_carrier(token: str, shown: str | None) -> None:
    wanted = f"Bearer {token}".encode()
    if not token or not hmac.compare_digest((shown or "").encode(errors="replace"), wanted):
        raise Problem(
            Kind.UNAUTHORIZED,
            "this needs the token of the setting provisioning_token",
            headers=_challenge(),
        )


def _by(operation: Operation, bearer: Bearer | None, asked: Asked) -> Doer:
    if operation.of_carrier:
        return Doer(PROVISIONING.who, address=asked.address)
    return asked.doer if bearer is None else _doer(bearer, asked.address)


async def _bearer(database: Database, shown: str, asked: Asked) -> Bearer:
    found = None
    if shown[: len(_BEARER)].lower() == _BEARER:
        secret = shown[len(_BEARER) :].strip()
        found = await asyncio.to_thread(Tokens(database).find, secret, now=asked.now)
    if found is None:
        raise Problem(
            Kind.UNAUTHORIZED,
            "the token is wrong, has expired or was revoked, or its person may use it no longer",
            headers=_challenge('error="invalid_token"'),
        )
    return found


def _check_token(operation: Operation, bearer: Bearer, request: web.Request) -> None:
    if operation.of_household and request.match_info["household"] != str(bearer.household_id):
        raise _nothing()
    _check_right(operation, bearer.role)
    if operation.scope is not None and operation.scope not in bearer.scopes:
        raise Problem(
            Kind.FORBIDDEN,
            f"the token has no scope {operation.scope}",
            headers=_challenge(f'error="insufficient_scope", scope="{operation.scope}"'),
        )


def _check_right(operation: Operation, role: Role | None) -> None:
    right: Right | None = operation.right
    if right is not None and not may(role, right):
        raise Problem(Kind.FORBIDDEN, f"a {role} has no right to this ({right})")


def _challenge(*more: str) -> dict[str, str]:
    """Return the header of RFC 6750 section 3."""
    return {"WWW-Authenticate": ", ".join(('Bearer realm="callguard"', *more))}


def _nothing() -> Problem:
    return Problem(Kind.NOT_FOUND, "there is nothing here")


def _person_id(bearer: Bearer | None, asked: Asked) -> int | None:
    if bearer is not None:
        return bearer.person_id
    return asked.session.person_id if asked.session else None


def _language(bearer: Bearer | None, asked: Asked) -> str:
    return asked.language.value if bearer is None else bearer.language


def _doer(bearer: Bearer, address: str) -> Doer:
    # The trail says that it was a program, and whose.
    return Doer(f"{bearer.person} ({bearer.name})"[:100], bearer.person_id, address)


async def _body(operation: Operation, request: web.Request) -> Any:
    if operation.body is None:
        return None
    if request.content_type != "application/json":
        raise Problem(Kind.MEDIA_TYPE, "send the body as Content-Type: application/json")
    raw = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > operation.max_body:
            raise Problem(Kind.TOO_LARGE, f"the body has more than {operation.max_body} bytes")
    body = read_json(bytes(raw))
    if wrong := faults(operation.body, body, "body", SHAPES):
        raise Problem(Kind.MALFORMED, "the body is not of the documented form", wrong)
    return body


def _response(reply: Reply) -> web.Response:
    if reply.content is None:
        return web.Response(status=reply.status, headers=reply.headers)
    return web.Response(
        text=json.dumps(reply.content, ensure_ascii=False),
        status=reply.status,
        headers=reply.headers,
        content_type="application/json",
    )
