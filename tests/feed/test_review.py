"""Reports as a reviewer sees them."""

from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from callguard.blocklist.errors import FeedError
from callguard.feed import review as module
from callguard.feed.connect import connect
from callguard.feed.report import Report
from callguard.feed.review import open_cases, read_inbox

from .police import NOW, number
from .test_report import FULL, REPORT

MINUTE = timedelta(minutes=1)


def report(n: int, last: int, home: str = "a", node: str = "b", minutes: int = 0) -> Report:
    return replace(
        REPORT,
        id=f"{n:016x}",
        number=number(last),
        home=home * 32,
        node=node * 32,
        reported_at=NOW + minutes * MINUTE,
    )


def test_reports_of_one_number_are_one_case() -> None:
    one, two, other = report(1, 1), report(2, 1, home="c", minutes=5), report(3, 2, minutes=9)
    first, second = open_cases([one, other, two], ())
    assert (first.id, first.number, first.reports) == (one.id, number(1), (one, two))
    assert (first.homes, first.nodes, first.last_at) == (2, 1, NOW + 5 * MINUTE)
    assert second.reports == (other,)


def test_a_home_counts_once_however_often_it_reports() -> None:
    [case] = open_cases([report(n, 1) for n in range(5)], ())
    assert (case.homes, len(case.reports)) == (1, 5)


def test_the_same_pseudonym_on_two_nodes_is_two_homes() -> None:
    [case] = open_cases([report(1, 1), report(2, 1, node="c")], ())
    assert (case.homes, case.nodes) == (2, 2)


def test_what_most_homes_report_comes_first_then_the_newest() -> None:
    cases = open_cases(
        [report(1, 1), report(2, 2, minutes=1), report(3, 3), report(4, 3, home="c")], ()
    )
    assert [case.number for case in cases] == [number(3), number(2), number(1)]


def test_what_is_decided_is_not_open_and_what_comes_later_is() -> None:
    assert open_cases([report(1, 1)], {report(1, 1).id}) == []
    [case] = open_cases([report(1, 1), report(2, 1)], {report(1, 1).id})
    assert case.id == report(2, 1).id


def test_a_case_names_no_home() -> None:
    [case] = open_cases([FULL], ())
    content = case.to_json()
    assert FULL.home not in str(content)
    assert content["reports"] == [
        {
            "id": FULL.id,
            "reported": "2026-11-24T03:00:00+00:00",
            "called": "2026-11-24T03:00:00+00:00",
            "category": "refund",
            "note": FULL.note,
        }
    ]


def test_the_stream_is_read_whole_and_strangers_are_counted(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 3)
    for n in range(7):
        client.xadd("callguard:reports", {"report": report(n, n).to_bytes()})
        client.xadd("callguard:reports", {"report": b"spoilt", "number": "+81110"})
    client.xadd("callguard:reports", {"weather": "fine"})
    inbox = read_inbox(client)
    assert list(inbox.reports.values()) == [report(n, n) for n in range(7)]
    assert inbox.strangers == 8


def test_a_report_that_takes_anothers_id_changes_nothing(client: redis.Redis) -> None:
    for one in (report(1, 1), report(1, 2)):
        client.xadd("callguard:reports", {"report": one.to_bytes()})
    assert list(read_inbox(client).reports.values()) == [report(1, 1)]


def test_a_feed_without_reports_is_empty(client: redis.Redis) -> None:
    assert not read_inbox(client).reports


def test_a_feed_that_is_away_is_told() -> None:
    with (
        connect("redis://127.0.0.1:1") as away,
        pytest.raises(FeedError, match="the feed cannot be reached"),
    ):
        read_inbox(away)
