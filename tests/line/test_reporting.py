"""A household's report of a scam call: what is taken, what is not, and what leaves the node."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.blocklist.listing import Category
from callguard.feed.report_queue import ReportQueue
from callguard.line.reporting import Reporting, ReportRefused
from callguard.numbers import NumberError
from callguard.screening import Policy
from callguard.settings import Settings

NOW = datetime(2026, 11, 27, 3, 0, 30, tzinfo=UTC)
LINE, NEIGHBOUR = "0422-99-0000", "0422-99-0500"


class Consents:
    """One home has agreed, its neighbour has not."""

    def policy(self, line: int | None) -> Policy:
        return Policy(consent=line == 81422990000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def reporting(settings: Settings) -> Reporting:
    return Reporting(settings, Consents())


def test_a_report_is_kept_until_it_is_sent_and_names_no_home(
    reporting: Reporting, settings: Settings
) -> None:
    report = reporting.take(
        "090-9999-0001",
        LINE,
        NOW,
        category="refund",
        note="\u3000還付金があると言われた ",
        called_at="2026-11-27T11:58",
    )
    assert report.category is Category.REFUND
    assert report.note == "還付金があると言われた"
    assert report.called_at == datetime(2026, 11, 27, 2, 58, tzinfo=UTC)  # Japan's time was meant
    (waiting,) = ReportQueue(settings.reports).waiting()
    assert waiting.read_bytes() == report.to_bytes()
    assert b"422990000" not in report.to_bytes()


def test_a_home_keeps_its_pseudonym_and_another_has_another(settings: Settings) -> None:
    everybody = Reporting(settings, type("All", (), {"policy": lambda *_: Policy(consent=True)})())
    first, again = (everybody.take("090-9999-0001", LINE, NOW) for _ in range(2))
    other = everybody.take("090-9999-0001", NEIGHBOUR, NOW)
    assert first.home == again.home != other.home
    assert first.node == other.node


def test_a_home_that_has_not_agreed_reports_nothing(
    reporting: Reporting, settings: Settings
) -> None:
    with pytest.raises(ReportRefused, match="0422-99-0500 is not the line of a household"):
        reporting.take("090-9999-0001", NEIGHBOUR, NOW)
    assert not settings.reports.exists() or not any(settings.reports.iterdir())


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        ("called_at", "yesterday", "is not a time such as"),
        ("called_at", "2026-11-28T12:00", "has not come yet"),
        ("category", "burglary", "there is no category 'burglary'; there are fake-police"),
        ("note", "x" * 10_000, "characters"),
        ("note", "a\0b", "one line"),
    ],
    ids=["no time", "tomorrow", "no category", "too long", "no text"],
)
def test_a_field_that_makes_no_sense_is_named(
    reporting: Reporting, field: str, text: str, fault: str
) -> None:
    with pytest.raises(ReportRefused, match=fault):
        reporting.take("090-9999-0001", LINE, NOW, **{field: text})


def test_a_clock_that_is_a_little_ahead_is_borne_with(reporting: Reporting) -> None:
    soon = (NOW + timedelta(seconds=30)).isoformat()
    assert reporting.take("090-9999-0001", LINE, NOW, called_at=soon).called_at is not None


def test_a_number_that_cannot_exist_is_reported_as_it_was_shown(reporting: Reporting) -> None:
    assert reporting.take("+2952570110", LINE, NOW).number == 2952570110
    assert reporting.take(815099990001, LINE, NOW).number == 815099990001
    with pytest.raises(NumberError):
        reporting.take("anonymous", LINE, NOW)
