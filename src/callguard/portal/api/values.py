"""Values that several operations name: the household, a number."""

from ...numbers import NumberError, parse_typed
from .operation import Parameter
from .problem import FieldError, Kind, Problem

HOUSEHOLD = Parameter(
    "household",
    {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "The household's id; `GET /api/v1/me` tells it.",
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
