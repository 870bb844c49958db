"""Which calls on their way out a suspension ends, and what Asterisk is asked to do then."""

import logging
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.ami import AMIEvent
from callguard.asterisk.suspended_calls import SuspendedCalls
from callguard.screening import Reason

from ..screening.samples import NOW, Listed
from .manager import Manager

LINE = 815099993001
CALLER = "PJSIP/ingress-own-00000001"


class Exchange(Manager):
    """The suspended lines, and the actions that Asterisk is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: set[int] = set()
        self.public: set[int] = set()
        self.calls = SuspendedCalls(self, self.action, lambda: NOW, {Reason.SUSPENDED: 480})

    def suspended(self, number: int, now: datetime) -> Listed | None:
        return Listed(now) if number in self.lines else None

    def protects(self, number: int) -> bool:
        return number in self.public

    def lets_out(self, caller: str = f"+{LINE}", unique: str = "1.1") -> None:
        words = {"UserEvent": "CallguardOutbound", "Channel": CALLER, "Uniqueid": unique}
        self.calls.receive(AMIEvent("UserEvent", {**words, "CallID": "c1", "Caller": caller}))

    def run(self) -> Coroutine[Any, Any, None]:
        return self.calls.run()


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


ENDED = {
    "Action": "Redirect",
    "Channel": CALLER,
    "Context": "callguard-suspended",
    "Exten": "480",
    "Priority": "1",
}


async def test_a_call_is_ended_once_when_its_line_is_suspended(exchange: Exchange) -> None:
    exchange.lets_out()
    exchange.calls.changed()
    assert await exchange.carried_out() == []
    exchange.lines = {LINE}
    exchange.calls.changed()
    exchange.calls.changed()
    assert await exchange.carried_out() == [ENDED]


async def test_one_that_was_let_out_by_the_list_of_a_moment_ago_is_ended(
    exchange: Exchange,
) -> None:
    exchange.lines = {LINE}
    exchange.lets_out()
    assert await exchange.carried_out() == [ENDED]


async def test_a_protected_line_and_a_call_that_is_over_are_left_alone(exchange: Exchange) -> None:
    exchange.public = {LINE}
    exchange.lets_out()
    exchange.lets_out("+815099993002", "1.2")
    exchange.calls.receive(AMIEvent("Hangup", {"Uniqueid": "1.2"}))
    exchange.lines = {LINE, 815099993002}
    exchange.calls.changed()
    assert await exchange.carried_out() == []


async def test_without_ami_the_call_goes_on_and_the_log_says_so_without_its_number(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.fault = "not connected"
    exchange.lines = {LINE}
    with caplog.at_level(logging.INFO):
        exchange.lets_out()
        await exchange.carried_out()
    assert "call c1 could not be ended: not connected" in caplog.text
    assert "5099993001" not in caplog.text


@given(st.text())
def test_what_is_no_number_is_not_followed(caller: str) -> None:
    exchange = Exchange()
    exchange.lets_out(f"x{caller}")
    exchange.lines = {LINE}
    exchange.calls.changed()
    assert not exchange.actions
