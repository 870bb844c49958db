"""What was recorded: listed, heard, erased."""

from typing import Any

from ...people.rights import Right
from ...people.tokens import Scope
from ...recordings.errors import DamagedRecording, NoRecording, RecordingElsewhere
from ...recordings.recordings import Recording, Recordings
from ...recordings.shelf import Shelf
from .operation import Answer, Inquiry, Operation, Reply
from .problem import Kind, Problem
from .shapes import ref
from .values import CALL, HOUSEHOLD


def recordings_of(inquiry: Inquiry) -> Recordings:
    """Return the recordings as this request reaches them."""
    settings = inquiry.settings
    return Recordings(inquiry.database, Shelf(settings.recordings), settings.recordings_key)


def _all(inquiry: Inquiry) -> Reply:
    found = recordings_of(inquiry).all(inquiry.household_id)
    return Reply({"recordings": [_json(one) for one in found]})


def _sound(inquiry: Inquiry) -> Reply:
    recordings, call = recordings_of(inquiry), inquiry.path["call"]
    try:
        reader = recordings.open(inquiry.household_id, call)
    except (NoRecording, RecordingElsewhere, DamagedRecording) as error:
        raise Problem(Kind.NOT_FOUND, str(error)) from error
    try:
        if not inquiry.headers_only:
            recordings.heard(inquiry.household_id, call, by=inquiry.by, now=inquiry.now)
    except BaseException:
        with reader:
            raise
    return Reply(sound=reader)


def _erase(inquiry: Inquiry) -> Reply:
    try:
        recordings_of(inquiry).erase(
            inquiry.household_id, inquiry.path["call"], by=inquiry.by, now=inquiry.now
        )
    except NoRecording as error:
        raise Problem(Kind.NOT_FOUND, str(error)) from error
    return Reply(status=204)


def _json(one: Recording) -> dict[str, Any]:
    return {
        "call": one.call_id,
        "kind": one.kind.value,
        "at": one.at.isoformat(),
        "seconds": one.seconds,
        "whole": not one.flaw,
        "heard_at": None if one.heard_at is None else one.heard_at.isoformat(),
        "here": one.here,
    }


_ALL = "/api/v1/households/{household}/recordings"
_ONE = _ALL + "/{call}"

OPERATIONS = (
    Operation(
        name="listRecordings",
        method="GET",
        path=_ALL,
        summary="The household's recordings and messages, newest first",
        right=Right.LISTEN,
        scope=Scope.READ_RECORDINGS,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "What was recorded.", ref("Recordings")),),
        handle=_all,
    ),
    Operation(
        name="getRecording",
        method="GET",
        path=_ONE,
        summary="The sound of one recording",
        description="A WAV file. That it was heard, and by whose program, is in the trail.",
        right=Right.LISTEN,
        scope=Scope.READ_RECORDINGS,
        parameters=(HOUSEHOLD, CALL),
        answers=(Answer(200, "What was said.", sound=True),),
        handle=_sound,
    ),
    Operation(
        name="eraseRecording",
        method="DELETE",
        path=_ONE,
        summary="Erase a recording for good; its call stays in the log",
        right=Right.ERASE_CALLS,
        scope=Scope.ERASE_RECORDINGS,
        proof=True,
        parameters=(HOUSEHOLD, CALL),
        answers=(Answer(204, "Nobody can hear it any more."),),
        handle=_erase,
    ),
)
