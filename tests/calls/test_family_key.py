"""The family and a conversation: called into it by a key, and told of it when it gets long."""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.sipp import Endpoint

from .known import told
from .logged import up
from .members import MEMBERS_TONE, Members, members_at
from .short_sounds import cut_short
from .test_defences import processes
from .test_hang_ups import in_use
from .test_live_listing import CALLERS_TONE, PHONES_TONE, hears, talk

DAUGHTER = "<sip:0422990001@trunk.invalid>"
YUMI = "09099990001"
SAID = {"calling-family": 1600.0, "family-away": 1900.0, "family-join": 2200.0, "scam-key": 1300.0}
"""Tones in place of these announcements, in Hz."""

UNHEARD = 0.02
"""The share of a tone in silence, at most."""


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def family_known(home: Home) -> AsyncIterator[None]:
    """The home's family has a telephone that can be called."""
    await home.command("family", "add", "--line", LINE, YUMI, "--name", "由美")
    await home.command("policy", "set", "--line", LINE, "ask_seconds=10")
    await cut_short(home, tones=SAID)
    yield


@pytest_asyncio.fixture(loop_scope="module")
async def members(home: Home) -> AsyncIterator[Members]:
    """The family's telephones."""
    async with members_at(home.ports.trunk) as members:
        yield members


@asynccontextmanager
async def conversation(
    home: Home, sender: str = DAUGHTER
) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """A caller and the telephone, talking."""
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(sender, talk_seconds=110.0, frequency=CALLERS_TONE) as caller,
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
        await hears(telephone, SAID["calling-family"])
        assert caller.media.heard().tone(SAID["calling-family"]) < UNHEARD
        await yumi.answer()
        await hears(yumi, SAID["family-join"])
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


async def test_if_nobody_comes_only_she_hears_so_and_if_she_hangs_up_nobody_is_called(
    home: Home, members: Members
) -> None:
    before = await in_use(home)
    async with conversation(home) as (caller, telephone):
        await quiet(caller, telephone)
        members.busy.add(YUMI)
        await telephone.press("*5")
        await hears(telephone, SAID["family-away"])
        assert caller.media.heard().tone(SAID["family-away"]) < UNHEARD
        caller.speak()
        telephone.speak()
        await hears(telephone, CALLERS_TONE)
        await hears(caller, PHONES_TONE)

        members.busy.clear()
        await telephone.press("*5")
        yumi = await members.rings(YUMI, 2)
        assert not yumi.ended.is_set()
    await asyncio.wait_for(yumi.ended.wait(), 30)
    await gone(home, before)


async def test_the_scam_key_ends_a_conversation_of_three_as_any_other(
    home: Home, members: Members
) -> None:
    before = await in_use(home)
    async with conversation(home) as (caller, telephone):
        await quiet(caller, telephone)
        await telephone.press("*5")
        yumi = await members.rings(YUMI)
        await yumi.answer()
        await yumi.is_spoken_to()
        await yumi.press("1")
        yumi.speak()
        await hears(telephone, MEMBERS_TONE, 0.2)
        telephone.media.forget()
        await telephone.press("*9")
        await caller.ended()
        await asyncio.wait_for(yumi.ended.wait(), 30)
        await hears(telephone, SAID["scam-key"])
    await gone(home, before)


async def test_the_family_is_told_of_a_long_call_though_callguard_was_started_again(
    home: Home,
) -> None:
    await up(home)
    async with conversation(home, "<sip:0422990188@trunk.invalid>"):
        assert await told(home, "long-call") == 0
        # Eleven minutes pass: her channel has noted when they began to talk.
        channels = await home.asterisk.console("core show channels concise")
        found = re.search(r"^PJSIP/phone-[0-9a-f]+", channels, re.MULTILINE)
        assert found is not None
        noted = await home.asterisk.console(f"core show channel {found[0]}")
        talking = re.search(r"CALLGUARD_TALKING=([0-9a-f]{16})/", noted)
        assert talking is not None
        began = int(time.time()) - 11 * 60
        await home.asterisk.console(
            f"dialplan set chanvar {found[0]} CALLGUARD_TALKING {talking[1]}/{began}/+81422990000"
        )
        (services,) = processes(home, "cg services")
        os.kill(services, signal.SIGKILL)
        async with asyncio.timeout(60):
            while await told(home, "long-call") != 1:
                await asyncio.sleep(0.2)
