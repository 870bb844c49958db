"""Calls that a node of another version logged, in words that this one lacks."""

from datetime import timedelta
from pathlib import Path

import pytest

from callguard.calllog.evidence import Evidence, verify
from callguard.calllog.log import CallLog
from callguard.calllog.models import CallRecord
from callguard.calllog.outcome import Outcome
from callguard.notify.choices import Rhythm
from callguard.notify.digests import Digest, compose_digest
from callguard.numbers import Origin
from callguard.screening import Action, Reason
from callguard.trail import COMMAND_LINE

from ..api.client import Program
from ..called import log_call
from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite", "postgresql")


def call_with_a_strange_end(site: Site) -> str:
    return log_call(
        site.database,
        site.household,
        "0422-99-0199",
        NOON - timedelta(minutes=5),
        action=Action.WARN,
        reason=Reason.UNLISTED,
        outcome="transferred",
        seconds=30,
    )


async def test_pages_show_a_call_whose_end_they_have_no_word_for(site: Site) -> None:
    call_id = call_with_a_strange_end(site)
    visitor = site.visitor()
    for page in ("today", "calls", f"calls/{call_id}"):
        answer = await visitor.get(site.path(page))
        assert answer.status == 200, page
        assert "0422-99-0199" in answer.words
        assert "注意の案内を流しました（そのあとは不明です）" in answer.words


async def test_its_end_counts_as_unknown(site: Site) -> None:
    call_id = call_with_a_strange_end(site)
    log_call(site.database, site.household, "0422-99-0198", NOON, outcome="refused")
    log_call(site.database, site.household, "0422-99-0197", NOON)
    log = CallLog(site.database)
    found = log.calls(site.household, outcome=Outcome.UNKNOWN).calls
    assert [(call.call_id, call.outcome) for call in found] == [(call_id, Outcome.UNKNOWN)]
    tally = log.tally(site.household, NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert tally.outcomes == {Outcome.UNKNOWN: 1, Outcome.REFUSED: 1}


STRANGE = {"action": "divert", "reason": "deepfake-voice", "origin": "satellite"}


def strange_calls(site: Site) -> tuple[str, str]:
    """Two calls of which nothing is told in a word of this version: with a number, and without."""
    with_number = log_call(
        site.database, site.household, "0422-99-0199", NOON - timedelta(minutes=5)
    )
    without = log_call(site.database, site.household, None, NOON - timedelta(minutes=4))
    with site.database.transaction() as session:
        for record in session.query(CallRecord):
            for column, word in STRANGE.items():
                setattr(record, column, word)
            record.caller = {**record.caller, "origin": "satellite", "kind": "orbital"}
            record.evidence = {"expires_at": "someday", "until": "soon"}
            record.outcome = "transferred"
    return with_number, without


async def test_pages_show_a_call_that_they_have_no_word_for_at_all(site: Site) -> None:
    with_number, without = strange_calls(site)
    visitor = site.visitor()
    for page in ("today", "calls", f"calls/{with_number}", f"calls/{without}"):
        answer = await visitor.get(site.path(page))
        assert answer.status == 200, page
        assert "どう扱ったかは不明です" in answer.words
        if page != "today":
            assert "理由は表示できません" in answer.words
        if page != f"calls/{without}":
            assert "0422-99-0199" in answer.words
        if page != f"calls/{with_number}":
            assert "番号が分からない電話" in answer.words
    sure = await visitor.get(site.path(f"calls/{with_number}/sure?do=allow"))
    assert sure.status == 200


async def test_the_api_tells_such_a_call_as_unknown(site: Site) -> None:
    with_number, _ = strange_calls(site)
    answer = await Program.of(site).get(f"calls/{with_number}")
    told = {name: answer.content[name] for name in (*STRANGE, "outcome", "number_shown")}
    assert told == dict.fromkeys((*STRANGE, "outcome"), "unknown") | {
        "number_shown": "0422-99-0199"
    }
    assert (await Program.of(site).get("calls")).status == 200
    tally = await Program.of(site).get(f"tally?until={(NOON + timedelta(1)).isoformat()[:19]}Z")
    assert (tally.content["total"], tally.content["refused"]) == (2, 0)


async def test_it_can_be_handed_over_as_evidence(site: Site, tmp_path: Path) -> None:
    strange_calls(site)
    archive = Evidence(site.database, tmp_path / "evidence.json").export(
        site.household,
        call_id=None,
        since=NOON - timedelta(hours=1),
        until=NOON,
        basis="刑事訴訟法第197条第2項",
        by=COMMAND_LINE,
        now=NOON,
    )
    assert verify(archive.content).calls == 2


async def test_a_digest_counts_what_it_has_words_for(site: Site) -> None:
    strange_calls(site)
    day = Digest(1, Rhythm.DAILY, NOON - timedelta(days=1), NOON)
    log = CallLog(site.database)
    assert compose_digest(log, site.household, day, "ja", now=NOON) is None
    log_call(site.database, site.household, "0422-99-0198", NOON - timedelta(hours=1))
    told = compose_digest(log, site.household, day, "ja", now=NOON)
    assert told is not None
    assert "0422-99-0199" not in told


async def test_a_hidden_caller_by_a_line_from_abroad_is_shown(site: Site) -> None:
    call_id = log_call(site.database, site.household, None, NOON, origin=Origin.OVERSEAS)
    visitor = site.visitor()
    for page in ("today", "calls", f"calls/{call_id}"):
        answer = await visitor.get(site.path(page))
        assert answer.status == 200, page
        assert "海外からの電話" in answer.words
