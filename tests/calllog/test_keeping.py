"""The log of calls in the services: the journal comes in, ends are written, old calls go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from callguard.calllog.alone import alone_call_id
from callguard.calllog.collector import Collector
from callguard.calllog.counts import Counts
from callguard.calllog.endings import GRACE
from callguard.calllog.group_commit import GroupCommit
from callguard.calllog.journal import Journal
from callguard.calllog.keeping import CallKeeping
from callguard.calllog.outcome import Outcome
from callguard.database import Database, DatabaseError
from callguard.households.reader import PolicyUnavailable
from callguard.screening import Policy

from .conftest import NOW, Home, Written, record_of

pytestmark = pytest.mark.database("sqlite")


class Policies:
    """What the line has agreed to; or that cannot be read."""

    def __init__(self) -> None:
        self.policy_of_all: Policy | None = Policy(consent=True, logged=True)

    def policy(self, line: int | None) -> Policy:
        if self.policy_of_all is None:
            raise PolicyUnavailable("damaged")
        return self.policy_of_all


class Services:
    def __init__(self, folder: Path, url: str) -> None:
        self.now = NOW
        self.policies = Policies()
        self.fault = ""
        self._url = url
        self.journal = GroupCommit(Journal(folder), Counts(1).slot(0))
        self.keeping = CallKeeping(
            self._open,
            lambda database: Collector(folder, database),
            self.journal,
            self.policies,
            lambda: self.now,
        )
        self.task = asyncio.create_task(self.keeping.run())

    def _open(self) -> Database:
        if self.fault:
            raise DatabaseError(self.fault)
        return Database(self._url)

    def tells(self, event: str, call_id: str = "00000000000000ab", **headers: str) -> None:
        """Send an AMI event about a call."""
        name, _, of_user = event.partition(":")
        all_headers = {"Uniqueid": "1.1", "Channel": "PJSIP/trunk-1", "CallID": call_id, **headers}
        self.keeping.told(name, {**all_headers, "UserEvent": of_user} if of_user else all_headers)

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await asyncio.to_thread(self.journal.close)


@pytest.fixture
async def services(
    folder: Path, database_url: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Services]:
    monkeypatch.setattr("callguard.calllog.keeping.COLLECT_SECONDS", 0.01)
    services = Services(folder, database_url)
    yield services
    await services.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.005)


async def test_a_call_comes_in_and_its_end_follows(
    services: Services, home: Home, written: Written
) -> None:
    services.tells("UserEvent:Callguard", Action="warn", Reason="unlisted", Defence="daemon")
    written(record_of(call_id="00000000000000ab"))
    await until(lambda: len(home.calls()) == 1)
    assert home.calls()[0].outcome is None
    services.tells("DialEnd", DialStatus="ANSWER")
    services.now += timedelta(seconds=9)
    services.tells("Hangup")
    await until(lambda: home.calls()[0].outcome is not None)
    assert (home.calls()[0].outcome, home.calls()[0].seconds) == (Outcome.ANSWERED, 9)


async def test_an_end_that_was_missed_while_ami_was_away(
    services: Services, home: Home, written: Written
) -> None:
    services.tells("UserEvent:Callguard", Action="warn", Reason="unlisted", Defence="daemon")
    written(record_of(call_id="00000000000000ab"))
    assert services.keeping.channels() == {"PJSIP/trunk-1": "1.1"}
    services.keeping.missed("1.1")
    await until(lambda: [call.outcome for call in home.calls()] == [Outcome.UNKNOWN])


async def test_a_call_that_ami_never_told_of(
    services: Services, home: Home, written: Written
) -> None:
    written(record_of())
    await until(lambda: len(home.calls()) == 1)
    services.now += GRACE * 2
    await until(lambda: home.calls()[0].outcome is Outcome.UNKNOWN)


ALONE = {"Action": "warn", "Reason": "unlisted", "Origin": "domestic", "Number": "0422990199"}


async def test_a_call_that_the_dialplan_screened_alone(services: Services, home: Home) -> None:
    services.tells("UserEvent:CallguardAlone", **ALONE, Line="0422990000")
    services.tells("UserEvent:Callguard", "1.1", Action="warn", Reason="unlisted", Defence="alone")
    services.tells("Hangup")
    await until(lambda: [call.outcome for call in home.calls()] == [Outcome.LEFT])
    [call] = home.calls()
    assert (call.call_id, call.number) == (alone_call_id("1.1"), 81422990199)


@pytest.mark.parametrize("policy", [Policy(), Policy(consent=True), None])
async def test_alone_it_is_not_kept_where_nobody_agreed(
    services: Services, home: Home, policy: Policy | None, written: Written
) -> None:
    services.policies.policy_of_all = policy
    services.tells("UserEvent:CallguardAlone", **ALONE, Line="0422990000")
    services.policies.policy_of_all = Policy(consent=True, logged=True)
    services.tells("UserEvent:CallguardAlone", **ALONE, Line="0422990000", Uniqueid="2.2")
    await until(lambda: len(home.calls()) >= 1)
    assert [call.call_id for call in home.calls()] == [alone_call_id("2.2")]


async def test_a_database_that_does_not_answer_is_told_and_waited_for(
    folder: Path,
    database_url: str,
    home: Home,
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("callguard.calllog.keeping.COLLECT_SECONDS", 0.001)
    monkeypatch.setattr("callguard.calllog.keeping.MAX_PAUSE", 0.01)
    services = Services(folder, database_url)
    services.fault = "the households database cannot be used: nobody answers"
    written(record_of())
    await until(lambda: services.keeping.fault == services.fault)
    services.fault = ""
    await until(lambda: len(home.calls()) == 1)
    await until(lambda: services.keeping.fault == "")
    await services.stop()
    waits = [record for record in caplog.records if "wait in the journal" in record.message]
    assert len(waits) == 1


async def test_a_bug_takes_nothing_else_with_it(
    services: Services, home: Home, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def collect(self: Collector, now: datetime) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Collector, "collect", collect)
        await until(lambda: "error of the program" in services.keeping.fault)
    written(record_of())
    await until(lambda: len(home.calls()) == 1)


async def test_old_calls_are_erased_at_the_start(
    folder: Path, database_url: str, home: Home
) -> None:
    home.called(at=NOW - timedelta(days=91))
    kept = home.called()
    services = Services(folder, database_url)
    await until(lambda: [call.call_id for call in home.calls()] == [kept])
    await services.stop()


async def test_a_call_that_is_cut_off(services: Services, home: Home, written: Written) -> None:
    services.tells("UserEvent:Callguard", Action="warn", Reason="unlisted", Defence="daemon")
    written(record_of(call_id="00000000000000ab"))
    services.tells("DialEnd", DialStatus="ANSWER")
    services.keeping.cutting("00000000000000ab", done=True)
    services.tells("Hangup")
    await until(lambda: [call.outcome for call in home.calls()] == [Outcome.CUT])
