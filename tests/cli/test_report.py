"""``callguard report``: what a household says, and what leaves its node."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.blocklist.listing import Category
from callguard.feed.report import Report
from callguard.feed.report_queue import ReportQueue

from .conftest import LINE, Run


def waiting(data: Path) -> list[Report]:
    queue = ReportQueue(data / "reports")
    return [Report.from_bytes(path.read_bytes()) for path in queue.waiting()]


def test_a_report_waits_to_be_sent(household: Run, data: Path) -> None:
    ran = household(
        "report", "0422-99-0001", "--line", LINE, "--category", "refund",
        "--note", "asked for my card", "--called-at", "2026-01-01T12:00",
    )  # fmt: skip
    [report] = waiting(data)
    assert ran.out == f"0422-99-0001 is reported: {report.id}\n"
    assert (report.number, report.category) == (81_422_990_001, Category.REFUND)
    assert report.note == "asked for my card"
    assert report.called_at == datetime(2026, 1, 1, 3, tzinfo=UTC)  # noon in Japan


def test_what_leaves_the_node_does_not_name_the_home(household: Run, data: Path) -> None:
    household("report", "0422-99-0001", "--line", LINE)
    [path] = ReportQueue(data / "reports").waiting()
    sent = path.read_text()
    assert "81422990000" not in sent
    assert "0422990000" not in sent
    assert "home" in sent
    [report] = waiting(data)
    assert (report.called_at, report.category, report.note) == (None, None, "")


def test_two_reports_of_one_home_are_known_to_be_of_one(household: Run, data: Path) -> None:
    other = "050-9999-0000"
    household("household", "add", "--line", other, "--name", "other", "--consent")
    for line in (LINE, LINE, other):
        assert household("report", "0422-99-0001", "--line", line).status == 0
    reports = waiting(data)
    assert len({report.id for report in reports}) == 3
    assert len({report.home for report in reports}) == 2
    assert len({report.node for report in reports}) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("x", "--line", LINE), "'x' is not a telephone number"),
        (("0422-99-0001", "--line", "x"), "'x' is not a telephone number"),
        (("0422-99-0001", "--line", "0422-99-0009"), "household that agreed to screening"),
        (("0422-99-0001", "--line", LINE, "--category", "rude"), "there is no category 'rude'"),
        (("0422-99-0001", "--line", LINE, "--note", "x" * 201), "at most 200 characters"),
        (("0422-99-0001", "--line", LINE, "--note", "two\nlines"), "a note is one line"),
        (("0422-99-0001", "--line", LINE, "--called-at", "noon"), "'noon' is not a time"),
    ],
)
def test_a_report_that_cannot_be_taken_is_told(
    household: Run, data: Path, options: tuple[str, ...], told: str
) -> None:
    assert told in household("report", *options).error
    assert waiting(data) == []


def test_a_call_that_has_not_come_yet_is_not_reported(household: Run) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ran = household("report", "0422-99-0001", "--line", LINE, "--called-at", tomorrow)
    assert ran.error.endswith("has not come yet")


def test_a_household_that_took_its_consent_back_reports_nothing(household: Run) -> None:
    household("household", "consent", "--line", LINE, "--revoke")
    ran = household("report", "0422-99-0001", "--line", LINE)
    assert "agreed to screening" in ran.error


def test_a_number_of_no_country_is_reported_as_it_was_shown(household: Run, data: Path) -> None:
    assert household("report", "+295 257 0110", "--line", LINE).out.startswith("+2952570110 is")
    assert waiting(data)[0].number == 2952570110
    assert "is not a telephone number" in household("report", "2952570110", "--line", LINE).error


def test_110_is_reported_as_lists_hold_it(household: Run, data: Path) -> None:
    assert household("report", "110", "--line", LINE).out.startswith("110 is reported")
    assert waiting(data)[0].number == 81110
