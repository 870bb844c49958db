"""The OpenAPI document: whole, and in the words that the checker knows."""

from collections.abc import Iterator
from typing import Any

import pytest

from callguard.people.tokens import Scope
from callguard.portal.api.document import document
from callguard.portal.api.operations import OPERATIONS
from callguard.portal.api.problem import Kind
from callguard.portal.api.schema import KNOWN_WORDS
from callguard.portal.api.shapes import SHAPES

DOCUMENT = document(OPERATIONS, "callguard")


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema, and where it stands."""
    waiting: list[tuple[str, Any]] = [*SHAPES.items()]
    for one in OPERATIONS:
        waiting += [(f"{one.name} {p.name}", p.schema) for p in one.parameters]
        waiting += [(f"{one.name} {a.status}", a.schema) for a in one.answers if a.schema]
        waiting += [(one.name, one.body)] if one.body else []
    while waiting:
        where, schema = waiting.pop()
        yield where, schema
        waiting += [(f"{where}.{name}", s) for name, s in schema.get("properties", {}).items()]
        if "items" in schema:
            waiting.append((f"{where}[]", schema["items"]))


def test_the_checker_knows_every_word_of_the_schemas() -> None:
    unknown = {word for _, schema in schemas() for word in schema} - KNOWN_WORDS
    assert not unknown


def test_every_reference_leads_somewhere() -> None:
    for where, schema in schemas():
        if "$ref" in schema:
            assert schema["$ref"].rpartition("/")[2] in SHAPES, where


def test_every_shape_is_used() -> None:
    used = {s["$ref"].rpartition("/")[2] for _, s in schemas() if "$ref" in s} | {"Problem"}
    assert set(SHAPES) == used


def test_an_object_takes_no_field_that_is_not_documented() -> None:
    for where, schema in schemas():
        if "properties" in schema:
            assert schema["additionalProperties"] is False, where
            assert set(schema.get("required", ())) <= set(schema["properties"]), where


def test_a_text_that_is_taken_has_a_limit() -> None:
    for one in OPERATIONS:
        taken = [p.schema for p in one.parameters] + ([one.body] if one.body else [])
        while taken:
            schema = taken.pop()
            if "$ref" in schema:
                schema = SHAPES[schema["$ref"].rpartition("/")[2]]
            kinds = schema["type"]
            if "string" in ([kinds] if isinstance(kinds, str) else kinds):
                bounded = {"maxLength", "enum"} & set(schema)
                assert bounded or "*" not in schema["pattern"], (one.name, schema)
            taken += schema.get("properties", {}).values()
            if "items" in schema:
                assert schema["maxItems"], (one.name, schema)
                taken.append(schema["items"])


def test_every_operation_is_described_and_named_once() -> None:
    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)
    for one in OPERATIONS:
        described = DOCUMENT["paths"][one.path][one.method.lower()]
        assert described["operationId"] == one.name
        assert described["summary"]
        assert {p.name for p in one.parameters if p.place == "path"} == {
            part.strip("{}") for part in one.path.split("/") if part.startswith("{")
        }


def test_every_scope_opens_something() -> None:
    assert {one.scope for one in OPERATIONS if one.scope} == set(Scope)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_problem_is_in_the_document(kind: Kind) -> None:
    name = "".join(word.capitalize() for word in kind.split("-"))
    assert DOCUMENT["components"]["responses"][name]["description"]
