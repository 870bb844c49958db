"""The family is asked about an unknown caller, on telephones of theirs, and decides by a key."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home

from .members import Members, members_at
from .test_call_log import Log, ended, up
from .test_name import kept, say_a_name

CALLERS_TONE = 440.0
YUMI, KEN = "09099990001", "08099990002"


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def family_asked(home: Home) -> AsyncIterator[None]:
    """The home asks the family first about callers who are on no list."""
    await home.command("family", "add", "--line", LINE, YUMI, "--name", "由美")
    await home.command("family", "add", "--line", LINE, KEN, "--name", "健")
    await chooses(home, "unlisted=challenge", "challenge=family", "ask_seconds=10")
    await up(home)
    yield


async def chooses(home: Home, *settings: str) -> None:
    await home.command("policy", "set", "--line", LINE, *settings)


@pytest.fixture
def log(home: Home) -> Log:
    """The home's log of calls from now on."""
    log = Log(home)
    log.mark()
    return log


@pytest_asyncio.fixture(loop_scope="module")
async def members(home: Home) -> AsyncIterator[Members]:
    """The family's telephones."""
    async with members_at(home.ports.trunk) as members:
        yield members


async def test_a_member_puts_the_call_through(home: Home, log: Log, members: Members) -> None:
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller(
            "<sip:0422990611@trunk.invalid>", talk_seconds=90.0, frequency=CALLERS_TONE
        ) as caller,
    ):
        await say_a_name(caller)
        yumi = await members.rings(YUMI)
        assert yumi.shown == "0422990000"
        await yumi.answer()
        await yumi.hears("family-offer")
        await yumi.hears("family-choices")
        assert b"INVITE" not in telephone.received()
        await yumi.press("1")
        await telephone.until("ACK")
        await yumi.hears("family-done")
        caller.speak()
        async with asyncio.timeout(20):
            while telephone.media.heard().tone(CALLERS_TONE) < 0.3:
                telephone.media.forget()
                await asyncio.sleep(0.5)
        await home.asterisk.console("channel request hangup all")
        await caller.ended()
    call = await log.next(ended)
    assert call.outcome is Outcome.ANSWERED
    assert call.evidence["family"] == {"said": "connect", "name": "由美"}
    assert members.called == [YUMI]
    assert kept(home) == []
