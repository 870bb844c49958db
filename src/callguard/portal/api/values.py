"""Values that several operations name: the household, a number."""

from datetime import datetime

from ...households.errors import Fault, HouseholdError
from ...numbers import NumberError, parse_typed
from .operation import Parameter
from .problem import FieldError, Kind, Problem

HOUSEHOLD = Parameter(
    "household",
    {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "The household's id; `GET /api/v1/me` tells it.",
    "path",
)

CALL = Parameter(
    "call",
    {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "The call's id.",
    "path",
)


def e164(number: int) -> str:
    """Write a number as the API does: ``+81422990001``, ``110``."""
    return str(number) if number < 1000 else f"+{number}"


def read_number(text: str, where: str) -> int:
    """Read a number as people write it.

    Raises:
        Problem: it is none, or one that cannot exist.

    """
    try:
        return parse_typed(text).number
    except NumberError as error:
        raise Problem(Kind.IMPOSSIBLE, str(error), [FieldError(where, str(error))]) from error


def read_moment(text: str, where: str) -> datetime:
    """Read a time that is of the documented form.

    Raises:
        Problem: there is no such time, such as a 30th of February.

    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        why = f"{text!r} is no time of the calendar"
        raise Problem(Kind.IMPOSSIBLE, why, [FieldError(where, why)]) from error


_NOT_THERE = {Fault.NO_HOUSEHOLD, Fault.NOT_LISTED, Fault.NO_TELEPHONE, Fault.NO_PROPOSAL}


def refused(error: HouseholdError) -> Problem:
    """Return the problem that says why a household's change cannot be made."""
    if error.fault in _NOT_THERE:
        return Problem(Kind.NOT_FOUND, str(error))
    field = error.values.get("field") or error.values.get("setting")
    errors = [FieldError(f"body.{field}", str(error))] if field else []
    return Problem(Kind.IMPOSSIBLE, str(error), errors)
