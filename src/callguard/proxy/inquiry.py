"""What a proxy asks: a call's caller ID as it came, and the line that it is for."""

from binascii import a2b_base64
from dataclasses import field
from datetime import datetime
from typing import Any

from ..asterisk.question import Question
from ..numbers import CallerID
from ..numbers.caller_id import bare_number
from ..portal.api.json_text import read_json
from ..portal.api.problem import FieldError, Kind, Problem
from ..portal.api.schema import Schema, faults
from ..screening import Action, Reason
from ..values import value

MAX_BODY = 16 * 1024
"""Bytes of a question: five headers of full length in base64."""
MAX_HEADER = 2_048
"""Characters of one header's value, in base64 or not; SIP requests by UDP have 1,300 bytes in all,
usually (RFC 3261 section 18.1.1)."""
MOST_ASSERTED = 4
"""RFC 3325 section 9.1 allows two; the others are not worth reading."""

TEXT, BASE64 = "text", "base64"


def _text(description: str, *examples: str) -> Schema:
    schema: dict[str, Any] = {
        "type": "string",
        "maxLength": MAX_HEADER,
        "description": description,
    }
    return {**schema, "examples": list(examples)} if examples else schema


QUESTION: Schema = {
    "type": "object",
    "properties": {
        "called": _text(
            "The called line: P-Called-Party-ID, or the number in the request's own URI.",
            "<sip:0422990000@example.jp>",
        ),
        "from": _text("The value of From.", '"Anonymous" <sip:anonymous@anonymous.invalid>'),
        "pai": {
            "type": "array",
            "items": _text("One value of P-Asserted-Identity, from a trusted network only."),
            "maxItems": MOST_ASSERTED,
            "examples": [["<sip:+12025550123@example.com>"]],
        },
        "privacy": _text("The value of Privacy.", "id"),
        "number": _text("The caller's number, where the switch has found it out already."),
        "presentation": _text(
            "Its presentation, as Asterisk writes it.", "allowed", "prohib", "unavailable"
        ),
        "abroad": {
            "type": "boolean",
            "description": "The call has come in by a trunk that carries calls from abroad only.",
        },
        "emergency_dialled_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "maxLength": 40,
            "description": "When the line last dialled 110, 118 or 119, if it is known.",
        },
        "passed_on": {
            "type": "array",
            "items": {"type": "string", "enum": [*map(str, Action), *map(str, Reason)]},
            "maxItems": len(Action) + len(Reason),
            "uniqueItems": True,
            "description": "Actions and reasons with which the call goes to a node, which screens "
            "it again and keeps it: of such a verdict nothing is kept here.",
            "examples": [["warn", "challenge", "withheld"]],
        },
        "encoding": {
            "type": "string",
            "enum": [TEXT, BASE64],
            "default": TEXT,
            "description": "How called, from, pai, privacy, number and presentation are written. "
            "A header may hold bytes that JSON cannot: then in base64.",
        },
    },
    "required": ["called"],
    "additionalProperties": False,
    "description": "A call, as a SIP proxy or a switch sees it.",
}


@value
class Inquiry:
    """One question of a proxy."""

    question: Question
    passed_on: frozenset[str] = field(default=frozenset())
    """Actions and reasons of which a node is to screen the call again."""


def read_inquiry(raw: bytes) -> Inquiry:
    """Read the body of a request.

    Raises:
        Problem: it is not of the documented form.

    """
    body = read_json(raw)
    if wrong := faults(QUESTION, body, "body", {}):
        raise Problem(Kind.MALFORMED, "the body is not of the documented form", wrong)
    coded = body.get("encoding") == BASE64
    asserted = tuple(
        _header(header, f"body.pai[{place}]", coded=coded)
        for place, header in enumerate(body.get("pai", ()))
    )
    called, sender, privacy, number, presentation = (
        _header(body.get(name, ""), f"body.{name}", coded=coded)
        for name in ("called", "from", "privacy", "number", "presentation")
    )
    dialled = body.get("emergency_dialled_at")
    return Inquiry(
        Question(
            line=called,
            caller_id=CallerID(
                number=number or _shown(sender, asserted),
                presentation=presentation or "allowed",
                from_header=sender,
                asserted=asserted,
                privacy=privacy,
                abroad=body.get("abroad", False),
            ),
            emergency_dialled_at=None if dialled is None else datetime.fromisoformat(dialled),
        ),
        frozenset(body.get("passed_on", ())),
    )


def _header(text: str, where: str, *, coded: bool) -> str:
    if not coded or not text:
        return text
    try:
        return a2b_base64(text, strict_mode=True).decode("utf-8", "replace")
    except ValueError as error:
        raise Problem(
            Kind.IMPOSSIBLE,
            "a value is not in base64, as encoding says",
            [FieldError(where, "must be base64 (RFC 4648 section 4)")],
        ) from error


def _shown(sender: str, asserted: tuple[str, ...]) -> str:
    """Return the caller's number as Asterisk reads it: the network's word before the caller's."""
    for header in asserted:
        if number := bare_number(header):
            return number
    return bare_number(sender)
