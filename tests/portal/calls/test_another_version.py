"""Calls that a node of another version logged, in words that this one lacks."""

from datetime import timedelta

import pytest

from callguard.calllog.log import CallLog
from callguard.calllog.outcome import Outcome
from callguard.screening import Action, Reason

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
