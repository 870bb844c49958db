"""What the log of calls holds of real calls, and how each of them ended."""

import asyncio
import os
import signal
from pathlib import Path

import pytest_asyncio
from sqlalchemy import select

from callguard.calllog.models import CallRecord
from callguard.calllog.outcome import Outcome
from callguard.database import Database
from callguard.demo.home import Home
from callguard.numbers import Origin
from callguard.screening import Action, Reason

from .logged import DISCLOSED, WITHHELD, Log, ended, up
from .test_defences import processes

UNLISTED = "<sip:0422990199@trunk.invalid>"
DAUGHTER = "<sip:0422990001@trunk.invalid>"


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def listening(home: Home) -> None:
    """Callguard, too, listens to what Asterisk tells."""
    await up(home)


async def test_a_withheld_call_that_was_refused(home: Home, log: Log) -> None:
    async with home.caller(WITHHELD) as caller:
        await caller.ended()
    call = await log.next(ended)
    assert (call.action, call.reason, call.outcome) == (
        Action.REJECT,
        Reason.WITHHELD,
        Outcome.REFUSED,
    )
    assert (call.origin, call.number, call.seconds) == (Origin.WITHHELD, None, None)
    assert call.ended_at == call.at


async def test_a_withheld_number_that_the_network_disclosed_is_nowhere_on_disk(
    home: Home, log: Log
) -> None:
    async with home.caller(WITHHELD, *DISCLOSED) as caller:
        await caller.ended()
    call = await log.next(ended)
    assert (call.origin, call.number) == (Origin.WITHHELD, None)
    database = Database(f"sqlite:///{home.folder / 'data' / 'households.db'}")
    with database.reading() as session:
        hidden = session.scalars(
            select(CallRecord.hidden).where(CallRecord.call_id == call.call_id)
        ).one()
    database.close()
    assert hidden is not None
    assert len(hidden) == 32
    for path in (*(home.folder / "data").rglob("*"), home.callguard_log):
        if path.is_file():
            assert b"422990987" not in path.read_bytes(), path


async def test_a_warned_call_that_was_answered(home: Home, log: Log) -> None:
    async with home.phone(ring_seconds=0.1), home.caller(UNLISTED, talk_seconds=3) as caller:
        await caller.ended()
    call = await log.next(ended)
    assert (call.action, call.reason, call.number) == (Action.WARN, Reason.UNLISTED, 81422990199)
    assert call.outcome is Outcome.ANSWERED
    assert call.seconds is not None
    assert call.seconds >= 1


async def test_a_caller_who_hung_up_during_the_warning(home: Home, log: Log) -> None:
    async with home.caller(UNLISTED, quits=True, talk_seconds=0.3) as caller:
        await caller.ended()
    call = await log.next(ended)
    assert (call.action, call.outcome, call.seconds) == (Action.WARN, Outcome.LEFT, None)


async def test_an_allowed_caller_who_gave_up_while_it_rang(home: Home, log: Log) -> None:
    async with (
        home.phone(ring_seconds=60),
        home.caller(DAUGHTER, quits=True, talk_seconds=0.3) as caller,
    ):
        await caller.ended()
    call = await log.next(ended)
    assert (call.action, call.reason) == (Action.CONNECT, Reason.HOUSEHOLD_ALLOW)
    assert (call.outcome, call.name, call.allowed) == (Outcome.UNANSWERED, "daughter", True)


async def test_a_call_that_the_fallback_script_screened(home: Home, log: Log) -> None:
    [worker] = processes(home, "cg worker 1")
    stopped = (home.callguard_pid, worker)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with home.caller(WITHHELD) as caller:
            await caller.ended()
        call = await log.next(ended)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert (call.defence, call.reason, call.outcome) == (
        "fallback",
        Reason.WITHHELD,
        Outcome.REFUSED,
    )


async def test_a_call_that_the_dialplan_screened_alone(
    home: Home, log: Log, tmp_path: Path
) -> None:
    await home.asterisk.console(f"dialplan set global CALLGUARD_FALLBACK {tmp_path / 'nothing'}")
    [worker] = processes(home, "cg worker 1")
    stopped = (home.callguard_pid, worker)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with home.caller(UNLISTED, quits=True, talk_seconds=0.3) as caller:
            await caller.ended()
        shown = await log.next(ended)
        async with home.caller(WITHHELD, *DISCLOSED) as caller:
            await caller.ended()
        hidden = await log.next(ended)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        await home.asterisk.console(
            f"dialplan set global CALLGUARD_FALLBACK {home.asterisk.site.fallback}"
        )
    assert (shown.defence, shown.number, shown.outcome) == ("alone", 81422990199, Outcome.LEFT)
    assert (hidden.defence, hidden.number, hidden.outcome) == ("alone", None, Outcome.REFUSED)


async def test_the_node_tells_what_became_of_the_verdicts(home: Home) -> None:
    journal = (await asyncio.to_thread(home.parts))["journal"]
    assert journal["kept"] > 0
    assert (journal["lost"], journal["strangers"], journal["unreadable"]) == (0, 0, 0)


async def test_without_consent_nothing_is_kept(home: Home, log: Log) -> None:
    await home.command("household", "consent", "--line", "0422-99-0000", "--revoke")
    try:
        async with home.phone(ring_seconds=0.1), home.caller(UNLISTED) as caller:
            await caller.ended()
    finally:
        await home.command("household", "consent", "--line", "0422-99-0000")
    async with home.caller(WITHHELD) as caller:
        await caller.ended()
    assert (await log.next(ended)).reason is Reason.WITHHELD


async def test_a_killed_callguard_loses_no_verdict(home: Home, log: Log) -> None:
    """Killed with every process of it, before the call is in the database."""
    everything = [pid for name in ("cg worker 1", "cg services") for pid in processes(home, name)]
    async with home.caller(WITHHELD) as caller:
        async with asyncio.timeout(10):
            while not any(message.status > 100 for message in caller.messages()):
                await asyncio.sleep(0.002)
        os.kill(home.callguard_pid, signal.SIGKILL)
        for pid in everything:
            os.kill(pid, signal.SIGKILL)
        await caller.ended()
    await home.stop_callguard()
    await home.start_callguard()
    await up(home)
    call = await log.next(ended)
    assert (call.reason, call.outcome) == (Reason.WITHHELD, Outcome.REFUSED)
