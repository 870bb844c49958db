"""The OpenAPI 3.1 document of the API, made from the table of operations."""

from collections.abc import Iterable, Mapping
from typing import Any

from ... import __version__
from ...people.tokens import NEEDED, PREFIX, Scope
from .operation import Operation
from .problem import CONTENT_TYPE, MEANINGS, Kind
from .shapes import SHAPES, ref

_ABOUT = """\
What the family's pages do, for programs: a household's calls, recordings, lists and protection.

Issue a token in the portal, under More, for one household; send it as `Authorization: Bearer
cg_…`. A token does what its scopes say, and never more than its person may do at that moment.
Every refusal is a problem document (RFC 9457). Numbers are E.164 with `+`; times are RFC 3339.
"""


def document(operations: Iterable[Operation], session_cookie: str) -> dict[str, Any]:
    """Return the document; ``session_cookie`` is the name of the portal's own cookie."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "callguard",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SHAPES),
            "responses": {_name(kind): _refusal(kind) for kind in Kind},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"A household's token, {PREFIX}…, with scopes: "
                    + "; ".join(f"{scope} ({NEEDED[scope]})" for scope in Scope),
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": session_cookie,
                    "description": "The portal's own session, from its own pages only: what "
                    "changes something also needs the header X-CSRF-Token.",
                },
                "api_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The node's setting api_token, for programs of the node.",
                },
                "screen_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The node's setting screen_token, for SIP proxies and switches.",
                },
                "provisioning_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The setting provisioning_token, for the carrier's program.",
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [_parameter(one.name, one.place, one) for one in operation.parameters],
        "responses": {str(one.status): _answer(one) for one in operation.answers}
        | {str(MEANINGS[kind].status): _refused(kind) for kind in refusals(operation)},
    }
    described = [operation.description]
    if operation.scope is not None:
        described.append(f"Scope: `{operation.scope}`.")
        content["x-scope"] = operation.scope.value
    if operation.right is not None:
        described.append(f"The person's right: `{operation.right}`.")
    if operation.proof:
        described.append("A session must have proved lately whose it is.")
    if text := " ".join(part for part in described if part):
        content["description"] = text
    if operation.guarded:
        content["parameters"].append(_IF_MATCH)
    if operation.body is not None:
        content["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.body}},
        }
    of_settings = operation.of_node or operation.of_carrier
    if operation.open or of_settings:
        content["security"] = [{operation.token: []}] if of_settings else []
    return content


_IF_MATCH: Mapping[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "An ETag: go on only if nothing has changed since (RFC 9110).",
    "schema": {"type": "string"},
}


def refusals(operation: Operation) -> list[Kind]:
    """Return the kinds of problem that an operation can answer."""
    kinds = [Kind.MALFORMED, Kind.TOO_MANY]
    if not operation.open:
        kinds += [Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.UNAVAILABLE]
    if any(one.place == "path" for one in operation.parameters):
        kinds.append(Kind.NOT_FOUND)
    if operation.missing:
        kinds.append(Kind.NOT_FOUND)
    if operation.guarded:
        kinds.append(Kind.CHANGED)
    if operation.body is not None:
        kinds += [Kind.TOO_LARGE, Kind.MEDIA_TYPE]
    if operation.can_fail:
        kinds.append(Kind.IMPOSSIBLE)
    return sorted(kinds, key=lambda kind: MEANINGS[kind].status)


def _parameter(name: str, place: str, one: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": one.description,
        "schema": one.schema,
    }


def _answer(answer: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"description": answer.description}
    if answer.schema is not None:
        content["content"] = {"application/json": {"schema": answer.schema}}
    if answer.sound:
        content["content"] = {"audio/wav": {}}
    if answer.tagged:
        content["headers"] = {
            "ETag": {
                "required": True,
                "description": "For If-Match.",
                "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
            }
        }
    return content


def _refused(kind: Kind) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_name(kind)}"}


def _name(kind: Kind) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))


def _refusal(kind: Kind) -> dict[str, Any]:
    return {
        "description": f"{MEANINGS[kind].title}. {MEANINGS[kind].advice}",
        "content": {CONTENT_TYPE: {"schema": ref("Problem")}},
    }
