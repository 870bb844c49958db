"""The family key: during a conversation a member of the family is called into it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds
from callguard.demo.sipp import Endpoint

from .members import MEMBERS_TONE, Members, members_at
from .test_hang_ups import in_use
from .test_live_listing import CALLERS_TONE, PHONES_TONE, hears, talk
from .test_name import hears as hears_prompt

DAUGHTER = "<sip:0422990001@trunk.invalid>"
YUMI = "09099990001"


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def family_known(home: Home) -> AsyncIterator[None]:
    """The home's family has a telephone that can be called."""
    await home.command("family", "add", "--line", LINE, YUMI, "--name", "由美")
    await home.command("policy", "set", "--line", LINE, "ask_seconds=10")
    yield


@pytest_asyncio.fixture(loop_scope="module")
async def members(home: Home) -> AsyncIterator[Members]:
    """The family's telephones."""
    async with members_at(home.ports.trunk) as members:
        yield members


@asynccontextmanager
async def conversation(home: Home) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """A caller and the telephone, talking."""
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(DAUGHTER, talk_seconds=110.0, frequency=CALLERS_TONE) as caller,
    ):
        await talk(caller, telephone)
        yield caller, telephone
        await home.asterisk.console("channel request hangup all")


async def quiet(*ends: Endpoint) -> None:
    """Have nobody speak, so that an announcement can be told."""
    for end in ends:
        await end.say(0.0)
    for end in ends:
        end.media.forget()


async def gone(home: Home, before: tuple[int, ...]) -> None:
    """Wait until nothing is left of the calls."""
    async with asyncio.timeout(60):
        while await in_use(home) != before:
            await asyncio.sleep(0.2)


async def test_who_presses_1_is_in_the_conversation_and_leaves_it_whole(
    home: Home, members: Members
) -> None:
    before = await in_use(home)
    async with conversation(home) as (caller, telephone):
        await quiet(caller, telephone)
        await telephone.press("*5")
        yumi = await members.rings(YUMI)
        assert yumi.shown == "0422990000"
        await hears_prompt(telephone, "calling-family")
        assert not await asyncio.to_thread(holds, caller.media.heard(), "calling-family")
        await yumi.answer()
        await yumi.hears("family-join")
        await yumi.press("1")
        yumi.speak()
        telephone.speak()
        caller.speak()
        for end in (telephone, caller):
            await hears(end, MEMBERS_TONE, 0.2)
        for tone in (PHONES_TONE, CALLERS_TONE):
            await hears(yumi, tone, 0.2)
        yumi.hang_up()
        await hears(telephone, CALLERS_TONE)
        await hears(caller, PHONES_TONE)
    await gone(home, before)
    assert members.called == [YUMI]
