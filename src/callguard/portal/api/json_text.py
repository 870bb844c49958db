"""Reads JSON from strangers: RFC 8259 by the letter, within limits, as I-JSON (RFC 7493).

What two programs could read differently is refused: duplicate names, lone surrogates, numbers
that do not fit, ``NaN``. What the database cannot hold is refused too: NUL.
"""

import json
import math
from typing import Any

from .problem import Kind, Problem

MOST_DEPTH = 8
"""Arrays and objects inside each other: the deepest documented body has three."""
_MOST_DIGITS = 16
"""Digits of a number: more do not survive a program that keeps numbers as doubles (RFC 7493)."""


def read_json(raw: bytes) -> Any:
    """Return what *raw* says.

    Raises:
        Problem: it is not JSON, or JSON that is not taken; ``detail`` says which.

    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except UnicodeDecodeError as error:
        raise _refused(f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg}, line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _refused(_TOO_DEEP) from error
    _check(value)
    return value


_TOO_DEEP = f"more than {MOST_DEPTH} arrays and objects are inside each other"


def _refused(why: str) -> Problem:
    return Problem(Kind.MALFORMED, f"the body is not usable JSON: {why}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise _refused("an object has the same name twice")
    return content


def _constant(word: str) -> Any:
    raise _refused(f"{word} is not a number of JSON")


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise _refused(f"a number has more than {_MOST_DIGITS} digits")
    return int(text)


def _fraction(text: str) -> float | int:
    number = float(text)
    if len(text) > 2 * _MOST_DIGITS or not math.isfinite(number):
        raise _refused("a number is too large or too exact")
    # 2.0 is a whole number, for JSON Schema as for a program that has no others.
    return int(number) if number.is_integer() and abs(number) < 10**_MOST_DIGITS else number


def _check(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict | list):
            if depth > MOST_DEPTH:
                raise _refused(_TOO_DEEP)
            if isinstance(one, dict):
                for name in one:
                    _check_text(name)
            inside = one.values() if isinstance(one, dict) else one
            waiting.extend((item, depth + 1) for item in inside)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _refused("a text holds the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _refused("a text holds half a surrogate pair") from error
