"""``callguard feed why``."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap64

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Operation
from callguard.blocklist.store import ListStore
from callguard.feed.audit import AuditTrail

from ..feed.police import NOW, Source, add, number, remove
from .conftest import Run

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)


class Lists:
    """A node that has taken in what tokyo says."""

    def __init__(self, data: Path) -> None:
        self.tokyo = Source()
        self.store = ListStore(data / "lists")
        self.trail = AuditTrail(data / "audit")

    def takes(self, *operations: Operation, **changes: Any) -> None:
        self.trail.append("tokyo", [self.tokyo.signs(*operations)], NOW)
        self.store.save(replace(NodeList(self.tokyo.list), **changes))


@pytest.fixture
def node(data: Path) -> Lists:
    return Lists(data)


def test_a_listing_is_explained(run: Run, node: Lists) -> None:
    node.takes(add(1, evidence="A-17", until=LATER))
    until = LATER.isoformat(timespec="seconds")
    said = f"fake-police, reference A-17, until {until}"
    assert run("feed", "why", "0422-99-0001").out == (
        "0422-99-0001 is listed\n"
        f"  tokyo: {said}, since 2026-11-24T03:00:00+00:00\n"
        "history\n"
        f"  2026-11-24T03:00:00+00:00  tokyo, batch 1: listed, {said}\n"
    )


def test_a_number_that_is_not_listed_any_more_has_a_history(run: Run, node: Lists) -> None:
    node.takes(add(1))
    node.takes(remove(1))
    ran = run("feed", "why", "+81 422 99 0001")
    assert ran.status == 0
    assert ran.out == (
        "0422-99-0001 is not listed\n"
        "history\n"
        "  2026-11-24T03:00:00+00:00  tokyo, batch 1: listed, fake-police\n"
        "  2026-11-24T03:00:00+00:00  tokyo, batch 2: retracted\n"
    )


def test_a_number_that_nobody_has_listed(run: Run) -> None:
    ran = run("feed", "why", "0422-99-0001")
    assert (ran.status, ran.out) == (0, "0422-99-0001 is not listed\n")


@pytest.mark.parametrize(
    ("operation", "changes", "told"),
    [
        (add(1, simulated=True), {}, "    on trial: "),
        (add(1), {"shadow": True}, "    its source is on trial: "),
        (add(1), {"held": BitMap64([number(1)]), "held_since": 1}, "    held: "),
    ],
    ids=["on trial", "shadow", "held"],
)
def test_what_is_noted_and_not_acted_on_is_told(
    run: Run, node: Lists, operation: Operation, changes: dict[str, Any], told: str
) -> None:
    node.takes(operation, **changes)
    assert f"\n{told}" in run("feed", "why", "0422-99-0001").out


def test_a_protected_number_is_told(run: Run, node: Lists) -> None:
    assert run("feed", "why", "#9110").out == (
        "#9110 is not listed\n  protected: calls are warned about, never refused\n"
    )


def test_a_reference_cannot_command_the_terminal(run: Run, node: Lists) -> None:
    node.takes(add(1, evidence="\x1b[2J"))
    assert "\x1b" not in run("feed", "why", "0422-99-0001").out


def test_programs_get_json(run: Run, node: Lists) -> None:
    node.takes(add(1, evidence="A-17"))
    node.takes(remove(1))
    node.takes(add(1))
    content = json.loads(run("feed", "why", "0422-99-0001", "--json").out)
    assert (content["number"], content["protected"]) == ("+81422990001", False)
    [listing] = content["listings"]
    assert (listing["source"], listing["category"]) == ("tokyo", "fake-police")
    assert content["history"][0] == {
        "source": "tokyo",
        "batch": 1,
        "issued": "2026-11-24T03:00:00.000Z",
        "received": "2026-11-24T03:00:00.000Z",
        "did": "listed",
        "category": "fake-police",
        "reference": "A-17",
    }
    assert [event["did"] for event in content["history"]] == ["listed", "retracted", "listed"]


@pytest.mark.parametrize("number", ["x", "0422-99-0001..0422-99-0002"])
def test_what_is_no_number_is_told(run: Run, number: str) -> None:
    assert "is not a telephone number" in run("feed", "why", number).error
