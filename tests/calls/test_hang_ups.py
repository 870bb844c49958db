"""Whoever hangs up, and whenever: nothing of the call is left behind."""

import asyncio
import random
import re
from contextlib import AsyncExitStack

from callguard.demo.home import LINE, Home
from callguard.demo.sipp import Endpoint

CALLS = 10
"""By each way of being checked; a SIPp each."""
LONGEST = 26.0
"""Seconds: by a digit the whole way to the refusal, by a name until she hears it."""


async def left(home: Home) -> tuple[int, int, int]:
    """Return how many channels, bridges and recordings there are."""
    channels = await home.asterisk.console("core show channels count")
    bridges = await home.asterisk.console("bridge show all")
    found = re.search(r"(\d+) active channel", channels)
    assert found is not None
    rows = [line for line in bridges.splitlines() if line.strip()]
    recordings = home.folder / "asterisk/spool/recordings"
    return int(found[1]), len(rows), len(list(recordings.iterdir()))


async def test_twenty_hang_ups_at_any_step_leave_nothing(home: Home) -> None:
    chance = random.Random(20261127)
    before = await left(home)
    async with home.phone(ring_seconds=1.0, calls=1000), AsyncExitStack() as calls:
        callers: list[Endpoint] = []
        for challenge in ("name", "digit"):
            # What is changed while some are being asked counts from the next call on.
            await home.command(
                "policy", "set", "--line", LINE, "unlisted=challenge", f"challenge={challenge}"
            )
            new = [
                await calls.enter_async_context(
                    home.caller(
                        f"<sip:042299{number}@trunk.invalid>",
                        talk_seconds=chance.uniform(0.01, LONGEST),
                        frequency=440.0,
                    )
                )
                for number in chance.sample(range(1000, 2000), CALLS)
            ]
            for caller in new:
                await caller.until("SIP/2.0 200")
                caller.speak()  # a name
            callers += new
        assert await left(home) > before
        await asyncio.gather(*(caller.ended(120.0) for caller in callers))
        # She still hears the name to its end, and the choices.
        async with asyncio.timeout(60):
            while await left(home) != before:
                await asyncio.sleep(0.2)


async def test_an_end_that_vanishes_is_missed_by_its_silence(home: Home) -> None:
    """As when the power fails: no BYE comes, and no sound any more."""
    config = home.folder / "asterisk/etc/pjsip.conf"
    text = config.read_text()
    assert text.count("rtp_timeout=300") == 2
    config.write_text(text.replace("rtp_timeout=300", "rtp_timeout=2"))
    await home.asterisk.console("module reload res_pjsip.so")
    before = await left(home)
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        home.caller("<sip:0422990001@trunk.invalid>", talk_seconds=600.0) as caller,
    ):
        await telephone.until("ACK")
        await caller.until("SIP/2.0 200")
    assert await left(home) > before
    async with asyncio.timeout(60):
        while await left(home) != before:
            await asyncio.sleep(0.2)
