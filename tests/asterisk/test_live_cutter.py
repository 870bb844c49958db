"""Which calls a listing ends, and what Asterisk is asked to do then."""

import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest

from callguard.asterisk.ami import AMIEvent
from callguard.asterisk.live_cutter import LiveCutter
from callguard.households.reader import PolicyUnavailable
from callguard.screening import Action, Entry, Policy, Reason

from ..screening.samples import NOW, Listed, PoliceList
from .manager import Manager
from .test_live_calls import CALLER, LINE, NUMBER, verdict

SUBSCRIBER = "PJSIP/phone-00000002"
MINUTE = timedelta(minutes=1)


class Exchange(Manager):
    """One line, its policy, the police list, and the actions that Asterisk is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: Policy | None = Policy(consent=True)
        self.police = PoliceList()
        self.log: list[tuple[str, bool, int]] = []
        """What the log of calls is told: the call's name, whether it is being cut off, and how
        many actions Asterisk had been sent by then."""
        self.cutter = LiveCutter(self, self, self.action, lambda: NOW, cutting=self.cutting)

    def cutting(self, call_id: str, *, done: bool) -> None:
        self.log.append((call_id, done, len(self.actions)))

    def policy(self, line: int | None) -> Policy:
        assert line == LINE
        if self.chosen is None:
            raise PolicyUnavailable("policies cannot be read")
        return self.chosen

    def find(self, number: int, now: datetime) -> Listed | None:
        return self.police.find(number, now)

    @property
    def has_trials(self) -> bool:
        return False

    def on_trial(self, number: int, now: datetime) -> None:
        return None

    def protects(self, number: int) -> bool:
        return self.police.protects(number)

    def screens(self, **changed: str) -> None:
        self.cutter.receive(AMIEvent("UserEvent", verdict(**changed)))

    def answers(self) -> None:
        headers = {"UserEvent": "CallguardAnswered", "Channel": SUBSCRIBER, "Call": CALLER}
        self.cutter.receive(AMIEvent("UserEvent", headers))

    def lists(self, number: int = NUMBER, at: datetime = NOW) -> None:
        self.police = PoliceList({number: Listed(at)}, self.police.protected)
        self.cutter.listed({number})

    def run(self) -> Coroutine[Any, Any, None]:
        return self.cutter.run()


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


REFUSAL = {
    "Action": "Redirect",
    "Channel": f"PJSIP/trunk-{CALLER}",
    "Context": "callguard-listed",
    "Exten": "607",
    "Priority": "1",
}


async def test_both_ends_of_an_answered_call_are_sent_their_ways_at_once(
    exchange: Exchange,
) -> None:
    exchange.screens()
    exchange.answers()
    exchange.lists()
    assert await exchange.carried_out() == [
        REFUSAL
        | {
            "Exten": "caller",
            "ExtraChannel": SUBSCRIBER,
            "ExtraContext": "callguard-listed",
            "ExtraExten": "subscriber",
            "ExtraPriority": "1",
        }
    ]


async def test_a_call_that_nobody_has_answered_is_refused(exchange: Exchange) -> None:
    exchange.screens()
    exchange.lists()
    assert await exchange.carried_out() == [REFUSAL]


async def test_the_nodes_own_sip_answer_is_given(exchange: Exchange) -> None:
    exchange.cutter = LiveCutter(
        exchange, exchange, exchange.action, lambda: NOW, {Reason.FRAUD_LIST: 486}
    )
    exchange.screens()
    exchange.lists()
    assert await exchange.carried_out() == [REFUSAL | {"Exten": "486"}]


async def test_a_call_that_a_worker_let_through_by_the_list_of_before_is_refused(
    exchange: Exchange,
) -> None:
    exchange.lists()
    exchange.screens()
    assert await exchange.carried_out() == [REFUSAL]


async def test_a_call_is_cut_off_once(exchange: Exchange) -> None:
    exchange.screens()
    exchange.lists()
    exchange.lists()
    assert len(await exchange.carried_out()) == 1


async def test_other_callers_talk_on(exchange: Exchange) -> None:
    exchange.screens()
    exchange.lists(NUMBER + 1)
    assert await exchange.carried_out() == []


async def test_a_listing_that_is_not_acted_on_ends_no_call(exchange: Exchange) -> None:
    exchange.screens()
    exchange.cutter.listed({NUMBER})
    assert await exchange.carried_out() == []


@pytest.mark.parametrize(
    "choices",
    [
        {"cut_listed_calls": False},
        {"fraud_list": Action.WARN},
        {"fraud_list": Action.CONNECT},
        {"consent": False},
        {"allow": {NUMBER: Entry(NOW + MINUTE)}},
    ],
    ids=str,
)
async def test_what_the_household_lets_go_on_goes_on(
    exchange: Exchange, choices: dict[str, Any]
) -> None:
    exchange.chosen = Policy(**{"consent": True, **choices})
    exchange.screens(Action="connect", Reason="household-allow")
    exchange.lists()
    assert await exchange.carried_out() == []


@pytest.mark.parametrize(
    "entry", [Entry(NOW - MINUTE), Entry(NOW + MINUTE, expires_at=NOW)], ids=["before", "expired"]
)
async def test_the_listing_wins_over_an_entry_that_does_not_know_of_it(
    exchange: Exchange, entry: Entry
) -> None:
    exchange.chosen = Policy(consent=True, allow={NUMBER: entry})
    exchange.screens(Action="connect", Reason="household-allow")
    exchange.lists()
    assert await exchange.carried_out() == [REFUSAL]


async def test_a_protected_number_is_never_cut_off(exchange: Exchange) -> None:
    exchange.police = PoliceList({}, frozenset({NUMBER}))
    exchange.screens()
    exchange.lists()
    assert await exchange.carried_out() == []


async def test_without_a_policy_the_call_goes_on(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.chosen = None
    exchange.screens()
    exchange.lists()
    assert await exchange.carried_out() == []
    assert "call 0123456789abcdef goes on" in caplog.text


async def test_asterisk_may_refuse_one_and_the_next_is_cut_off(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    exchange.fault = "Redirect: Channel does not exist"
    exchange.screens(Uniqueid="1.1")
    exchange.screens(Uniqueid="1.2")
    exchange.lists()
    assert len(await exchange.carried_out()) == 2
    assert "could not be cut off: Redirect: Channel does not exist" in caplog.text
    assert "99" not in caplog.text


async def test_the_log_of_calls_is_told_first(exchange: Exchange) -> None:
    """A call may be over before Asterisk has answered."""
    exchange.screens()
    exchange.answers()
    exchange.lists()
    await exchange.carried_out()
    assert exchange.log == [("0123456789abcdef", True, 0)]


async def test_the_log_of_calls_is_told_of_one_that_could_not_be_cut_off(
    exchange: Exchange,
) -> None:
    exchange.fault = "No such channel"
    exchange.screens()
    exchange.lists()
    await exchange.carried_out()
    assert exchange.log == [
        ("0123456789abcdef", True, 0),
        ("0123456789abcdef", False, 1),
    ]
