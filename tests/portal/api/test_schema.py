"""A request is checked against the schema that the document shows."""

from typing import Any

import pytest

from callguard.portal.api.schema import LINE_PATTERN, Schema, faults

SHARED: dict[str, Schema] = {
    "Name": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": LINE_PATTERN},
}
ENTRY: Schema = {
    "type": "object",
    "properties": {
        "name": {"$ref": "#/components/schemas/Name"},
        "list": {"type": "string", "enum": ["allowed", "blocked"]},
        "until": {"type": ["string", "null"], "format": "date-time"},
        "days": {"type": "integer", "minimum": 1, "maximum": 30},
        "sure": {"type": "boolean"},
        "codes": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Z]{2}$", "title": "two capital letters"},
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}


def said(value: Any) -> list[str]:
    return [f"{fault.field} {fault.detail}" for fault in faults(ENTRY, value, "body", SHARED)]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "母"},
        {"name": "母", "list": "allowed", "until": None, "days": 30, "sure": False},
        {"name": "a", "until": "2026-11-24T12:00:00+09:00", "codes": ["US", "GB"]},
        {"name": "a", "until": "2026-11-24T03:00:00.123Z"},
    ],
)
def test_what_is_of_the_schema_has_no_fault(value: Any) -> None:
    assert said(value) == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "body must be an object"),
        (None, "body must be an object"),
        ({}, "body.name is missing"),
        ({"name": ""}, "body.name must have at least 1 characters"),
        ({"name": "too long"}, "body.name must have at most 5 characters"),
        ({"name": "a\n"}, f"body.name must be {LINE_PATTERN}"),
        ({"name": 1}, "body.name must be a text"),
        ({"name": "a", "nam": "b"}, "body.nam is not known; there are: name, list, until, days"),
        ({"name": "a", "list": "grey"}, "body.list must be one of: allowed, blocked"),
        ({"name": "a", "days": 0}, "body.days must be from 1 to 30"),
        ({"name": "a", "days": True}, "body.days must be a whole number"),
        ({"name": "a", "days": 1.5}, "body.days must be a whole number"),
        ({"name": "a", "sure": 1}, "body.sure must be true or false"),
        ({"name": "a", "until": "tomorrow"}, "body.until must be a time with its offset"),
        ({"name": "a", "until": "2026-11-24T12:00:00"}, "body.until must be a time with its"),
        ({"name": "a", "until": "2026-W48-2T12:00:00Z"}, "body.until must be a time with its"),
        ({"name": "a", "until": 5}, "body.until must be a text or null"),
        ({"name": "a", "codes": []}, "body.codes must have at least 1 items"),
        ({"name": "a", "codes": ["US"] * 4}, "body.codes must have at most 3 items"),
        ({"name": "a", "codes": ["US", "US"]}, "body.codes must not have the same item twice"),
        ({"name": "a", "codes": ["US", "gb"]}, "body.codes[1] must be two capital letters"),
    ],
)
def test_each_fault_names_its_field_and_what_would_do(value: Any, fault: str) -> None:
    (only,) = said(value)
    assert only.startswith(fault)


def test_every_fault_is_told_at_once() -> None:
    assert len(said({"list": "grey", "days": 99})) == 3
