"""The API about itself: its document, and what a kind of problem means."""

from ..cookies import Cookies
from .operation import Answer, Inquiry, Operation, Parameter, Reply
from .problem import MEANINGS, PROBLEMS, Kind
from .shapes import ref, words


def _problem(inquiry: Inquiry) -> Reply:
    kind = Kind(inquiry.path["problem"])
    meaning = MEANINGS[kind]
    return Reply(
        {
            "type": PROBLEMS + kind,
            "title": meaning.title,
            "status": meaning.status,
            "advice": meaning.advice,
        }
    )


def _document(inquiry: Inquiry) -> Reply:
    from .operations import the_document  # which has this operation in it

    return Reply(the_document(Cookies(inquiry.settings).session))


OPERATIONS = (
    Operation(
        name="getDocument",
        method="GET",
        path="/api/v1/openapi.json",
        summary="This document",
        open=True,
        right=None,
        scope=None,
        answers=(Answer(200, "OpenAPI 3.1.", {"type": "object"}),),
        handle=_document,
    ),
    Operation(
        name="getProblem",
        method="GET",
        path="/api/v1/problems/{problem}",
        summary="What a kind of problem means",
        open=True,
        right=None,
        scope=None,
        parameters=(Parameter("problem", words(Kind), "The last part of a `type`.", "path"),),
        answers=(Answer(200, "What it means, and what to do.", ref("Meaning")),),
        handle=_problem,
    ),
)
