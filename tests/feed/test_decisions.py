"""What a source has decided on reports."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.feed.decisions import Decision, Decisions

from .police import NOW
from .test_report import REPORT

OTHER = replace(REPORT, id="f" * 16)


@pytest.fixture
def decisions(tmp_path: Path) -> Decisions:
    return Decisions(tmp_path / "key.reports.json")


def test_before_the_first_nothing_is_decided(decisions: Decisions) -> None:
    assert decisions.load() == {}


def test_a_decision_is_remembered_with_its_reason(decisions: Decisions) -> None:
    decisions.record([REPORT], Decision.DISMISSED, "a wrong number", NOW)
    decisions.record([OTHER], Decision.ACCEPTED, "batch 3", NOW)
    remembered = Decisions(decisions.path).load()
    assert remembered[REPORT.id] == {
        "number": "+81422990001",
        "decision": "dismissed",
        "about": "a wrong number",
        "at": "2026-11-24T03:00:00.000Z",
    }
    assert remembered[OTHER.id]["decision"] == "accepted"


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_a_damaged_file_is_told_and_kept(decisions: Decisions, content: str) -> None:
    decisions.path.write_text(content)
    with pytest.raises(StoreError, match=r"key\.reports\.json"):
        decisions.record([REPORT], Decision.DISMISSED, "", NOW)
    assert decisions.path.read_text() == content


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Decisions(tmp_path / "none" / "file").record([REPORT], Decision.DISMISSED, "", NOW)


def test_the_file_is_one_that_people_can_read(decisions: Decisions) -> None:
    decisions.record([REPORT], Decision.DISMISSED, "間違い電話", NOW)
    assert "間違い電話" in decisions.path.read_text(encoding="utf-8")
    assert json.loads(decisions.path.read_text(encoding="utf-8")) == decisions.load()
