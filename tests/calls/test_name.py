"""An unknown caller says a name; who answers hears it and decides by a key."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds
from callguard.demo.sipp import Endpoint

from .known import listed
from .logged import Log, ended, up

CALLERS_TONE = 440.0


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def names_asked(home: Home) -> AsyncIterator[None]:
    """The home asks callers who are on no list for a name."""
    await home.command("policy", "set", "--line", LINE, "unlisted=challenge", "challenge=name")
    await up(home)
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


async def test_she_hears_the_name_and_takes_the_call(home: Home, log: Log) -> None:
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
        await home.asterisk.console("channel request hangup all")
        await caller.ended()
    assert (await log.next(ended)).outcome is Outcome.ANSWERED
    assert kept(home) == []


async def test_she_refuses_a_call_for_good_while_another_says_no_name(home: Home, log: Log) -> None:
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller(
            "<sip:0422990602@trunk.invalid>", talk_seconds=90.0, frequency=CALLERS_TONE
        ) as caller,
        home.caller("<sip:0422990603@trunk.invalid>", talk_seconds=90.0) as silent,
    ):
        await say_a_name(caller)
        await hears(telephone, "name-choices")
        await telephone.press("3")
        await caller.ended()
        await silent.ended()
        assert holds(caller.media.heard(), "refused-name")
        assert holds(silent.media.heard(), "refused-name")
        assert telephone.received().count(b"\nINVITE") == 1
    await listed(home, 81422990602, allowed=False)
    assert kept(home) == []
    async with asyncio.timeout(40):
        while not all(call.outcome for call in await asyncio.to_thread(log.newest)):
            await asyncio.sleep(0.05)
    new = [call for call in log.newest() if call.call_id not in log.seen]
    assert [call.outcome for call in new] == [Outcome.REFUSED, Outcome.REFUSED]
