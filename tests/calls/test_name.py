"""An unknown caller says a name; who answers hears it and decides by a key."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds
from callguard.demo.sipp import Endpoint

from .test_keys import listed

CALLERS_TONE = 440.0


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def names_asked(home: Home) -> AsyncIterator[None]:
    """The home asks callers who are on no list for a name."""
    await home.command("policy", "set", "--line", LINE, "unlisted=challenge", "challenge=name")
    yield


async def hears(end: Endpoint, prompt: str) -> None:
    """Wait until *prompt* has been heard to its end."""
    async with asyncio.timeout(60):
        while not holds(end.media.heard(), prompt):
            await asyncio.sleep(0.1)


def kept(home: Home) -> list[str]:
    """Return the recordings that lie in the home."""
    return [path.name for path in (home.folder / "asterisk/spool/recordings").iterdir()]


async def say_a_name(caller: Endpoint) -> None:
    """Wait for the request, speak for a second, and be silent."""
    await hears(caller, "say-your-name")
    await asyncio.sleep(0.5)
    await caller.say(1.5)


async def test_she_hears_the_name_and_takes_the_call(home: Home) -> None:
    sender = "<sip:0422990601@trunk.invalid>"
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller(sender, talk_seconds=90.0, frequency=CALLERS_TONE) as caller,
    ):
        await say_a_name(caller)
        await hears(telephone, "name-offer")
        await hears(telephone, "name-choices")
        await telephone.press("1")
        caller.speak()
        async with asyncio.timeout(20):
            while telephone.media.heard().tone(CALLERS_TONE) < 0.3:
                telephone.media.forget()
                await asyncio.sleep(0.5)
    async with asyncio.timeout(20):
        while kept(home):
            await asyncio.sleep(0.05)


async def test_she_refuses_the_call_for_good(home: Home) -> None:
    sender = "<sip:0422990602@trunk.invalid>"
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller(sender, talk_seconds=90.0, frequency=CALLERS_TONE) as caller,
    ):
        await say_a_name(caller)
        await hears(telephone, "name-choices")
        await telephone.press("3")
        await caller.ended()
        assert holds(caller.media.heard(), "refused-name")
    assert await listed(home, "0422-99-0602") == "block"
    assert kept(home) == []


async def test_who_says_nothing_is_refused_and_nothing_rings(home: Home) -> None:
    async with home.caller("<sip:0422990603@trunk.invalid>", talk_seconds=60.0) as caller:
        await hears(caller, "say-your-name")
        await caller.ended()
        assert holds(caller.media.heard(), "refused-name")
    assert kept(home) == []
