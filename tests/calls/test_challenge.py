"""An unknown caller must press the digit that is spoken, before the telephone rings."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home
from callguard.demo.recognise import recognise
from callguard.demo.sipp import Endpoint

from .logged import Log, ended, up
from .test_live_listing import CALLERS_TONE, PHONES_TONE, talk

STRANGER = "<sip:0422990199@trunk.invalid>"


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def challenged(home: Home) -> AsyncIterator[None]:
    """The home challenges callers who are on no list."""
    await home.command("policy", "set", "--line", LINE, "unlisted=challenge", "whisper=off")
    await up(home)
    yield


async def asked(caller: Endpoint) -> str:
    """Listen until the digit has been asked for; return it."""
    async with asyncio.timeout(40):
        while True:
            found = await asyncio.to_thread(recognise, caller.media.heard())
            if found.prompt.startswith("challenge-") and found.whole:
                caller.media.forget()
                return found.prompt.removeprefix("challenge-")
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("key_events", [True, False], ids=["events", "tones"])
async def test_a_caller_who_presses_the_digit_is_put_through(
    home: Home, log: Log, key_events: bool
) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(
            STRANGER, talk_seconds=90.0, frequency=CALLERS_TONE, key_events=key_events
        ) as caller,
    ):
        await caller.until("SIP/2.0 200")
        await caller.press(await asked(caller))
        await talk(caller, telephone)
        await home.asterisk.console("channel request hangup all")
        await caller.ended()
    assert (await log.next(ended)).outcome is Outcome.ANSWERED


async def test_who_does_not_pass_is_refused_and_nothing_rings(home: Home, log: Log) -> None:
    """A machine that presses 1 and 9, and one that hangs up while it is asked."""
    async with (
        home.phone() as telephone,
        home.caller(STRANGER, talk_seconds=90.0) as machine,
        home.caller("<sip:0422990198@trunk.invalid>", talk_seconds=2.0) as quitter,
    ):
        await quitter.ended()
        await asked(machine)
        await machine.press("1")
        await asked(machine)
        await machine.press("9")
        await machine.ended()
        assert recognise(machine.media.heard()).prompt == "refused-challenge"
        assert telephone.messages() == []
    async with asyncio.timeout(40):
        while not all(call.outcome for call in await asyncio.to_thread(log.newest)):
            await asyncio.sleep(0.05)
    outcomes = {c.number: c.outcome for c in log.newest() if c.call_id not in log.seen}
    assert outcomes == {81422990199: Outcome.REFUSED, 81422990198: Outcome.LEFT}
