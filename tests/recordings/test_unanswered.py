"""A warned call that was recorded and that nobody took: nothing of it is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from callguard.calllog.models import CallRecord
from callguard.calllog.outcome import Outcome
from callguard.recordings.keys import NodeKey
from callguard.recordings.registering import LONGEST_RINGING
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw

from ..portal.site import NOON
from .conftest import Node
from .left import leave, tone


def sealed(node: Node, call: str, kind: str = "call") -> None:
    """Record a call, up to where its key waits for the database."""
    leave(node.spool.folder, f"{kind}-{call}.wav", tone(1.0))
    (left,) = node.spool.left()
    assert seal(left, node.shelf, NodeKey(node.key_file), Flaw.NONE)


def ends(node: Node, call: str, outcome: Outcome) -> None:
    """Log how the call ended."""
    with node.database.transaction() as session:
        session.execute(
            update(CallRecord).where(CallRecord.call_id == call).values(outcome=outcome.value)
        )


@pytest.mark.parametrize("outcome", [Outcome.LEFT, Outcome.UNANSWERED, Outcome.REFUSED])
def test_of_a_call_that_nobody_took_nothing_is_kept(node: Node, outcome: Outcome) -> None:
    call = node.call(ago=timedelta(seconds=30))
    sealed(node, call)
    registering = node.registering()
    assert registering.register(NOON) == 0
    assert node.shelf.is_waiting(call)
    ends(node, call, outcome)
    assert registering.register(NOON) == 0
    assert node.files() == set()
    assert node.recordings.all(node.household) == []


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.CUT, Outcome.UNKNOWN])
def test_a_conversation_is_kept_once_its_end_is_known(node: Node, outcome: Outcome) -> None:
    call = node.call(ago=timedelta(seconds=30))
    sealed(node, call)
    registering = node.registering()
    assert registering.register(NOON) == 0
    ends(node, call, outcome)
    assert registering.register(NOON) == 1
    assert [one.call_id for one in node.recordings.all(node.household)] == [call]


def test_a_call_whose_end_was_missed_is_taken_for_answered_in_time(node: Node) -> None:
    call = node.call(ago=timedelta(0))
    sealed(node, call)
    registering = node.registering()
    assert registering.register(NOON + LONGEST_RINGING - timedelta(seconds=1)) == 0
    assert registering.register(NOON + LONGEST_RINGING) == 1


def test_a_message_needs_nobody_to_answer(node: Node) -> None:
    call = node.call(ago=timedelta(seconds=30))
    ends(node, call, Outcome.REFUSED)
    sealed(node, call, "message")
    assert node.registering().register(NOON) == 1
