"""An unknown caller must press the digit that is spoken, before the telephone rings."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import recognise
from callguard.demo.sipp import Endpoint

STRANGER = "<sip:0422990199@trunk.invalid>"


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def challenged(home: Home) -> AsyncIterator[None]:
    """The home challenges callers who are on no list."""
    await home.command("policy", "set", "--line", LINE, "unlisted=challenge")
    yield


async def asked(caller: Endpoint) -> str:
    """Listen until the digit has been asked for; return it."""
    async with asyncio.timeout(30):
        while True:
            found = await asyncio.to_thread(recognise, caller.media.heard())
            if found.prompt.startswith("challenge-") and found.whole:
                caller.media.forget()
                return found.prompt.removeprefix("challenge-")
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("key_events", [True, False], ids=["events", "tones"])
async def test_a_caller_who_presses_the_digit_is_put_through(home: Home, key_events: bool) -> None:
    async with (
        home.phone(ring_seconds=0.2) as telephone,
        home.caller(STRANGER, talk_seconds=40.0, key_events=key_events) as caller,
    ):
        await caller.until("SIP/2.0 200")
        await caller.press(await asked(caller))
        await telephone.until("INVITE")
        await telephone.until("ACK")


async def test_a_machine_that_presses_1_and_9_is_refused(home: Home) -> None:
    async with home.caller(STRANGER, talk_seconds=60.0) as caller:
        await caller.until("SIP/2.0 200")
        await asked(caller)
        await caller.press("1")
        await asked(caller)
        await caller.press("9")
        await caller.ended()
        assert recognise(caller.media.heard()).prompt == "refused-challenge"
