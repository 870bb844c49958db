"""Whoever hangs up, and whenever: nothing of the call is left behind."""

import asyncio
import random

from callguard.demo.home import Home

from .hanging_up import FLOWS, hang_up, left
from .logged import up


async def in_use(home: Home) -> tuple[int, ...]:
    """Return how many channels, bridges, recordings and processes there are.

    Of files, descriptors and tasks a home that has just been started has ever more for a while;
    ``script/hang-ups`` waits for that to end, and counts those too.
    """
    now = await left(home)
    return now.channels, now.bridges, now.recordings, now.processes


async def test_hang_ups_at_any_step_of_any_flow_leave_nothing(home: Home) -> None:
    await up(home)
    before = await in_use(home)
    assert await hang_up(home, FLOWS, 3, random.Random(20261127)) == 0
    async with asyncio.timeout(120):
        while await in_use(home) != before:
            await asyncio.sleep(0.2)


async def test_an_end_that_vanishes_is_missed_by_its_silence(home: Home) -> None:
    """As when the power fails: no BYE comes, and no sound any more."""
    config = home.folder / "asterisk/etc/pjsip.conf"
    text = config.read_text()
    assert text.count("rtp_timeout=300") == 2
    config.write_text(text.replace("rtp_timeout=300", "rtp_timeout=2"))
    await home.asterisk.console("module reload res_pjsip.so")
    before = await in_use(home)
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller("<sip:0422990001@trunk.invalid>", talk_seconds=600.0) as caller,
    ):
        await telephone.until("ACK")
        await caller.until("SIP/2.0 200")
        assert await in_use(home) > before
        telephone.vanish()
        caller.vanish()
        async with asyncio.timeout(60):
            while await in_use(home) != before:
                await asyncio.sleep(0.2)
