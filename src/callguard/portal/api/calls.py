"""The household's calls: a page of them, one, and how many were treated how."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ...calllog.errors import CursorError, NoSuchCall
from ...calllog.log import MAX_PAGE, Call, CallLog
from ...calllog.outcome import Outcome
from ...numbers import format_number
from ...people.rights import Right
from ...people.tokens import Scope
from ...recordings.recordings import Recording
from ...screening import Action
from ...words.why import what_happened, why
from .operation import Answer, Inquiry, Operation, Parameter, Reply
from .problem import FieldError, Kind, Problem
from .recordings import recordings_of
from .shapes import SOON, ref, text, words
from .values import CALL, HOUSEHOLD, e164, read_moment

LONGEST_TALLY = timedelta(days=366)
_TALLY = timedelta(days=7)

_TIME = {**SOON, "type": "string"}


def _calls(inquiry: Inquiry) -> Reply:
    query = inquiry.query
    try:
        page = CallLog(inquiry.database).calls(
            inquiry.household_id,
            action=Action(query["action"]) if "action" in query else None,
            outcome=Outcome(query["outcome"]) if "outcome" in query else None,
            search=query.get("search", ""),
            since=_moment(query, "since"),
            until=_moment(query, "until"),
            before=query.get("cursor"),
            limit=query.get("limit", 50),
        )
    except CursorError as error:
        raise Problem(
            Kind.MALFORMED, str(error), [FieldError("query.cursor", "is no page's next")]
        ) from error
    recorded = _recorded(inquiry, [call.call_id for call in page.calls])
    return Reply(
        {
            "calls": [
                call_json(call, inquiry.language, recorded.get(call.call_id)) for call in page.calls
            ],
            "next": page.older,
        }
    )


def _call(inquiry: Inquiry) -> Reply:
    try:
        call = CallLog(inquiry.database).call(inquiry.household_id, inquiry.path["call"])
    except NoSuchCall as error:
        raise Problem(Kind.NOT_FOUND, str(error)) from error
    recording = _recorded(inquiry, [call.call_id]).get(call.call_id)
    return Reply(call_json(call, inquiry.language, recording))


def _tally(inquiry: Inquiry) -> Reply:
    until = _moment(inquiry.query, "until") or inquiry.now
    since = _moment(inquiry.query, "since") or until - _TALLY
    if not since < until <= since + LONGEST_TALLY:
        raise Problem(
            Kind.IMPOSSIBLE,
            f"since must be before until, and at most {LONGEST_TALLY.days} days before",
        )
    tally = CallLog(inquiry.database).tally(inquiry.household_id, since, until)
    return Reply(
        {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "total": tally.total,
            "refused": tally.refused,
            "warned": tally.warned,
            "connected": tally.connected,
            "answered": tally.answered,
        }
    )


def _recorded(inquiry: Inquiry, call_ids: list[str]) -> Mapping[str, Recording]:
    return recordings_of(inquiry).of_calls(inquiry.household_id, call_ids)


def call_json(call: Call, language: str, recording: Recording | None) -> dict[str, Any]:
    """Return a call as the API shows it."""
    return {
        "id": call.call_id,
        "at": call.at.isoformat(),
        "action": call.action.value,
        "reason": call.reason.value,
        "why": why(call, language),
        "happened": what_happened(call, language),
        "origin": call.origin.value,
        "number": None if call.number is None else e164(call.number),
        "number_shown": None if call.number is None else format_number(call.number),
        "name": call.name,
        "list": None if call.allowed is None else ("allowed" if call.allowed else "blocked"),
        "outcome": None if call.outcome is None else call.outcome.value,
        "ended_at": None if call.ended_at is None else call.ended_at.isoformat(),
        "seconds": call.seconds,
        "defence": call.defence,
        "recording": None
        if recording is None
        else {
            "kind": recording.kind.value,
            "seconds": recording.seconds,
            "whole": not recording.flaw,
        },
    }


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    return read_moment(query[name], f"query.{name}") if name in query else None


OPERATIONS = (
    Operation(
        name="listCalls",
        method="GET",
        path="/api/v1/households/{household}/calls",
        summary="The household's calls, newest first",
        right=Right.SEE_CALLS,
        scope=Scope.READ_CALLS,
        parameters=(
            HOUSEHOLD,
            Parameter("action", words(Action), "Only calls so treated."),
            Parameter("outcome", words(Outcome), "Only calls that ended so."),
            Parameter(
                "search",
                text("A number or a name.", most=100),
                "A number as people write it, a part of one, or a part of a name.",
            ),
            Parameter("since", _TIME, "Only calls from this time on."),
            Parameter("until", _TIME, "Only calls before this time."),
            Parameter(
                "cursor",
                {
                    "type": "string",
                    "pattern": "^[0-9]{1,17}-[0-9]{1,18}$",
                    "title": "the next of a page",
                },
                "Where the page begins: the `next` of the page before.",
            ),
            Parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50},
                "Calls on a page.",
            ),
        ),
        answers=(Answer(200, "A page of calls.", ref("Calls")),),
        can_fail=True,
        handle=_calls,
    ),
    Operation(
        name="getCall",
        method="GET",
        path="/api/v1/households/{household}/calls/{call}",
        summary="One call",
        right=Right.SEE_CALLS,
        scope=Scope.READ_CALLS,
        parameters=(HOUSEHOLD, CALL),
        answers=(Answer(200, "The call.", ref("Call")),),
        handle=_call,
    ),
    Operation(
        name="tallyCalls",
        method="GET",
        path="/api/v1/households/{household}/tally",
        summary="How many calls were treated how",
        right=Right.SEE_CALLS,
        scope=Scope.READ_CALLS,
        parameters=(
            HOUSEHOLD,
            Parameter("since", _TIME, "From when; seven days before `until` if left out."),
            Parameter("until", _TIME, "To when; now if left out."),
        ),
        answers=(Answer(200, "The figures.", ref("Tally")),),
        can_fail=True,
        handle=_tally,
    ),
)
