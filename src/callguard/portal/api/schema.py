"""Checks a request against the very schema that the OpenAPI document shows.

Only the words of JSON Schema (2020-12) that the document uses are known; a test sees that it uses
no other. So what is documented and what is taken cannot differ.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .problem import FieldError

Schema = Mapping[str, Any]

LINE_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""One line of text: no control characters, which no display and no database wants."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
"""RFC 3339, in capital letters and without leap seconds; Python alone takes far more."""
KNOWN_WORDS = frozenset(
    {
        "$ref", "type", "enum", "properties", "required", "additionalProperties", "minProperties",
        "items", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern",
        "format", "minimum", "maximum", "description", "examples", "default", "title",
    }
)  # fmt: skip
"""The words that a schema of the document may use."""


def faults(
    schema: Schema, value: Any, where: str, shared: Mapping[str, Schema]
) -> list[FieldError]:
    """Return what is wrong with *value*: nothing, if it is of *schema*.

    Args:
        schema: of the document.
        value: as read from JSON.
        where: the name of the value, such as ``body``.
        shared: the schemas that a ``$ref`` can name.

    """
    return list(_faults(schema, value, where, shared))


def _faults(
    schema: Schema, value: Any, where: str, shared: Mapping[str, Schema]
) -> Iterator[FieldError]:
    if "$ref" in schema:
        schema = shared[schema["$ref"].rpartition("/")[2]]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(kind, value) for kind in kinds):
        yield FieldError(where, f"must be {' or '.join(_ARTICLES[kind] for kind in kinds)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        choices = ", ".join("null" if one is None else str(one) for one in schema["enum"])
        yield FieldError(where, f"must be one of: {choices}")
    elif isinstance(value, str):
        yield from _text_faults(schema, value, where)
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            yield FieldError(where, f"must be from {low} to {high}")
    elif isinstance(value, dict):
        yield from _object_faults(schema, value, where, shared)
    elif isinstance(value, list):
        yield from _array_faults(schema, value, where, shared)


_ARTICLES = {
    "object": "an object",
    "array": "an array",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return False
    return isinstance(value, _TYPES[kind])


def _text_faults(schema: Schema, value: str, where: str) -> Iterator[FieldError]:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < least:
        yield FieldError(where, f"must have at least {least} characters")
    elif most is not None and len(value) > most:
        yield FieldError(where, f"must have at most {most} characters")
    elif "pattern" in schema and not _matches(schema["pattern"], value):
        wanted = schema.get("title", schema["pattern"])
        yield FieldError(where, f"must be {wanted}")
    elif schema.get("format") == "date-time" and not _is_moment(value):
        yield FieldError(where, "must be a time with its offset, such as 2026-11-24T12:00:00+09:00")


def _matches(pattern: str, text: str) -> bool:
    # "$" is the end in JSON Schema (ECMA 262), and the end or a last line feed in Python.
    return bool(re.search(pattern.removesuffix("$") + r"\Z", text))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return bool(_MOMENT.fullmatch(text))


def _object_faults(
    schema: Schema, value: dict[str, Any], where: str, shared: Mapping[str, Schema]
) -> Iterator[FieldError]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield FieldError(f"{where}.{name}", "is missing")
    if len(value) < schema.get("minProperties", 0):
        yield FieldError(where, "must not be empty")
    for name, item in value.items():
        if name in properties:
            yield from _faults(properties[name], item, f"{where}.{name}", shared)
        elif schema.get("additionalProperties") is False:
            known = ", ".join(properties)
            yield FieldError(f"{where}.{name[:40]}", f"is not known; there are: {known}")


def _array_faults(
    schema: Schema, value: list[Any], where: str, shared: Mapping[str, Schema]
) -> Iterator[FieldError]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least:
        yield FieldError(where, f"must have at least {least} items")
        return
    if most is not None and len(value) > most:
        yield FieldError(where, f"must have at most {most} items")
        return
    if schema.get("uniqueItems") and len({repr(item) for item in value}) < len(value):
        yield FieldError(where, "must not have the same item twice")
    for place, item in enumerate(value):
        yield from _faults(schema["items"], item, f"{where}[{place}]", shared)
