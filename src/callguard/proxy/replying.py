"""From a proxy's question to its answer: the verdict that a node would give, and what to do now."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ..asterisk.answering import Answering
from ..calllog.record import Defence
from ..portal.api.schema import Schema
from ..screening import Action, Reason
from .inquiry import Inquiry
from .sip_answer import ROUTES, Route, SIPAnswers

OPEN_HEADER = "Callguard-Open"
"""Says of an answer that it is no verdict, and why there is none: the call goes on."""

WHY_OPEN: Mapping[str, str] = {
    "question": "the question is not of the documented form",
    "deadline": "no answer in time",
    "policies": "the policies cannot be read",
    "workers": "no worker listens",
    "fault": "a fault of callguard's own, which is in its log",
}

ANSWER: Schema = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": [action.value for action in Action]},
        "route": {
            "type": "string",
            "enum": [route.value for route in Route],
            "description": "refuse: give the answer in sip; node: hand the call to a node, the "
            "caller is to hear something first; onward: let it go on.",
        },
        "reason": {
            "type": "string",
            "enum": [reason.value for reason in Reason],
            "description": "Why; not with open.",
        },
        "caller": {"type": "object", "description": "Who calls, as far as it is known."},
        "evidence": {"type": "object", "description": "What the reason rests on."},
        "call": {
            "type": "string",
            "pattern": "^[0-9a-f]{16}$",
            "description": "The call's name in the log; not if a node screens it again.",
        },
        "sip": {
            "type": "object",
            "properties": {
                "code": {"type": "integer", "minimum": 400, "maximum": 699},
                "phrase": {"type": "string"},
                "headers": {
                    "type": "object",
                    "description": "Header fields by name, such as Call-Info (RFC 8688).",
                },
            },
            "required": ["code", "phrase", "headers"],
            "additionalProperties": False,
            "description": "With refuse only.",
        },
        "open": {
            "type": "string",
            "enum": list(WHY_OPEN),
            "description": "There is no verdict, and why: the call goes on.",
        },
    },
    "required": ["action", "route"],
    "additionalProperties": False,
    "description": "A verdict, and what a proxy does with the call.",
}

DEADLINE = 0.3
"""Seconds in which a proxy is answered, one way or the other."""


class Reply(NamedTuple):
    """What a proxy is told, and what is kept of it first."""

    content: dict[str, Any]
    record: bytes | None
    """For the journal; None: nothing is kept."""


def reply(answering: Answering, sip: SIPAnswers, inquiry: Inquiry, now: datetime) -> Reply:
    """Return the answer to *inquiry*, asked at *now* (aware).

    Raises:
        PolicyUnavailable: the line's policy cannot be read.

    """
    question = inquiry.question
    verdict, policy = answering.decide(question, now)
    content = verdict.to_json()
    # Who is to be told a new number hears it from a node.
    told = "told" in verdict.evidence
    if told or verdict.action in inquiry.passed_on or verdict.reason in inquiry.passed_on:
        content["route"] = Route.NODE.value
        return Reply(content, None)
    content["route"] = ROUTES[verdict.action].value
    line = question.line_number()
    call_id, record = answering.keep(verdict, policy, line, now, Defence.DAEMON)
    content["call"] = call_id
    if verdict.action is Action.REJECT:
        content["sip"] = sip.of(verdict.reason, call_id)
    return Reply(content, record)


def no_verdict(why: str) -> dict[str, Any]:
    """Return the answer that is no verdict: the call goes on, to a node where there is one."""
    return {"action": Action.CONNECT.value, "route": Route.NODE.value, "open": why}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_bytes(content: dict[str, Any]) -> bytes:
    """Return *content* as it is sent."""
    return _encode(content).encode()
