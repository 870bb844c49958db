"""``callguard reports``: a source decides what comes of what households say."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from callguard.blocklist.listing import Category
from callguard.blocklist.source_list import SourceList
from callguard.feed.outbox import Outbox
from callguard.feed.report import Report

from ..feed.police import NOW, number
from ..feed.test_report import REPORT
from .conftest import Ran, Run

LATER = NOW + timedelta(minutes=5)
FIRST = replace(REPORT, id="1" * 16, category=Category.REFUND, note="asked for my card")
SECOND = replace(REPORT, id="2" * 16, home="c" * 32, reported_at=LATER)
OTHER = replace(REPORT, id="3" * 16, number=number(2))


class Desk:
    """The reviewing source."""

    def __init__(self, run: Run, key: Path, feed: redis.Redis) -> None:
        self.run = run
        self.key = key
        self.feed = feed

    def gets(self, *reports: Report) -> None:
        for report in reports:
            self.feed.xadd("callguard:reports", {"report": report.to_bytes()})

    def __call__(self, action: str, *words: str) -> Ran:
        return self.run("reports", action, *words, "--key", str(self.key))

    @property
    def list(self) -> SourceList:
        return Outbox(self.key.with_name(f"{self.key.name}.outbox"), "tokyo").load()


@pytest.fixture
def desk(run: Run, tokyo: Path, feed: redis.Redis) -> Desk:
    return Desk(run, tokyo, feed)


def test_reports_are_listed_by_number(desk: Desk) -> None:
    desk.gets(FIRST, OTHER, SECOND)
    assert desk("list").out == (
        "1111111111111111  0422-99-0001     2 homes, 2026-11-24T03:00+00:00 to "
        "2026-11-24T03:05+00:00, refund\n"
        "  asked for my card\n"
        "3333333333333333  0422-99-0002     1 home, 2026-11-24T03:00+00:00\n"
    )


def test_programs_get_json(desk: Desk) -> None:
    desk.gets(FIRST, SECOND)
    [case] = json.loads(desk("list", "--json").out)
    assert (case["id"], case["number"], case["homes"]) == (FIRST.id, "+81422990001", 2)


def test_nothing_to_decide_is_said(desk: Desk) -> None:
    assert desk("list").out == "nothing to decide\n"
    assert desk("list", "--json").out == "[]\n"


def test_what_is_accepted_is_listed_in_one_batch(desk: Desk) -> None:
    desk.gets(FIRST, SECOND, OTHER)
    ran = desk("accept", FIRST.id, OTHER.id, "--category", "fake-police", "--days", "30")
    assert ran.out == "source tokyo: batch 1 published, 2 numbers\n"
    assert desk("list").out == "nothing to decide\n"
    terms = desk.list.find(FIRST.number)
    assert terms is not None
    assert terms.until is not None
    assert (terms.category, terms.evidence) == (Category.FAKE_POLICE, f"report:{FIRST.id}")
    assert desk.list.find(OTHER.number) is not None
    assert desk.feed.xlen("callguard:feed:tokyo") == 1


def test_a_number_of_no_country_is_listed_and_taken_off_again(desk: Desk) -> None:
    desk.gets(replace(FIRST, number=2952570110))
    ran = desk("accept", FIRST.id, "--category", "fake-police")
    assert ran.out == "source tokyo: batch 1 published, 1 number\n"
    assert desk.list.find(2952570110) is not None
    desk.run("feed", "retract", "--key", str(desk.key), "+2952570110")
    assert desk.list.find(2952570110) is None


def test_any_report_names_its_case(desk: Desk) -> None:
    desk.gets(FIRST, SECOND)
    ran = desk("accept", SECOND.id, FIRST.id, "--category", "refund")
    assert ran.out == "source tokyo: batch 1 published, 1 number\n"


def test_what_is_dismissed_is_remembered_with_its_reason(desk: Desk) -> None:
    desk.gets(FIRST, SECOND)
    ran = desk("dismiss", FIRST.id, "--reason", "the city hall")
    assert ran.out == "dismissed: 1 number\n"
    assert desk("list").out == "nothing to decide\n"
    assert desk.feed.xlen("callguard:feed:tokyo") == 0
    decisions = json.loads(desk.key.with_name("tokyo.json.reports.json").read_text())
    assert decisions[SECOND.id]["about"] == "the city hall"


def test_what_is_reported_after_a_decision_is_a_new_case(desk: Desk) -> None:
    desk.gets(FIRST)
    desk("dismiss", FIRST.id, "--reason", "unclear")
    desk.gets(SECOND)
    assert desk("list").out.startswith(SECOND.id)


def test_a_decided_report_that_is_sent_again_stays_decided(desk: Desk) -> None:
    desk.gets(FIRST)
    desk("dismiss", FIRST.id, "--reason", "unclear")
    desk.gets(FIRST)
    assert desk("list").out == "nothing to decide\n"


@pytest.mark.parametrize(
    "action", [("accept", "--category", "refund"), ("dismiss", "--reason", "")]
)
def test_an_id_that_is_not_open_decides_nothing(desk: Desk, action: tuple[str, ...]) -> None:
    desk.gets(FIRST)
    ran = desk(action[0], FIRST.id, OTHER.id, *action[1:])
    assert ran.error == f"'{OTHER.id}' is no open report; callguard reports list names all"
    assert FIRST.id in desk("list").out


def test_what_could_not_be_published_stays_open(desk: Desk) -> None:
    desk.gets(FIRST)
    assert "no category 'rude'" in desk("accept", FIRST.id, "--category", "rude").error
    desk.feed.set("callguard:feed:tokyo", "no stream")
    assert desk("accept", FIRST.id, "--category", "refund").status == 1
    assert FIRST.id in desk("list").out


def test_strangers_are_told_and_passed_over(desk: Desk) -> None:
    desk.feed.xadd("callguard:reports", {"report": b"\x1b[2J"})
    desk.gets(FIRST)
    ran = desk("list")
    assert ran.err == "1 entries are no reports, and passed over\n"
    assert FIRST.id in ran.out


def test_a_protected_number_is_noted(desk: Desk) -> None:
    desk.gets(replace(FIRST, number=81110))
    ran = desk("accept", FIRST.id, "--category", "fake-police")
    assert ran.out.startswith("110: protected; nodes warn of such calls, and refuse none\n")
