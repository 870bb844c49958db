"""Calls that ended while AMI was away."""

import asyncio

from callguard.asterisk.ami import AMIError
from callguard.asterisk.missed_calls import missed_calls, watch

CHANNELS = {"PJSIP/trunk-1": "1.1", "PJSIP/trunk-2": "1.2", "PJSIP/trunk-3": "1.3"}


class Asterisk:
    """Knows some channels; or its manager is gone."""

    def __init__(self, *channels: str) -> None:
        self.channels = channels
        self.asked: list[str] = []
        self.gone = False

    async def action(self, name: str, **values: str) -> None:
        assert name == "Getvar"
        self.asked.append(values["Channel"])
        if self.gone:
            raise AMIError("Getvar: the connection is gone")
        if values["Channel"] not in self.channels:
            raise AMIError("Getvar: No such channel")


async def test_those_whose_channel_is_no_more() -> None:
    asterisk = Asterisk("PJSIP/trunk-2")
    assert await missed_calls(CHANNELS, asterisk.action) == ["1.1", "1.3"]


async def test_a_manager_that_is_gone_again_is_not_asked_further() -> None:
    asterisk = Asterisk()
    asterisk.gone = True
    assert await missed_calls(CHANNELS, asterisk.action) == []
    assert len(asterisk.asked) == 1


async def test_they_are_looked_for_at_each_login() -> None:
    asterisk = Asterisk("PJSIP/trunk-2")
    missed: asyncio.Queue[str] = asyncio.Queue()
    connected = asyncio.Event()
    watching = asyncio.create_task(
        watch(connected, lambda: CHANNELS, asterisk.action, missed.put_nowait)
    )
    for _ in range(2):
        connected.set()
        async with asyncio.timeout(10):
            assert [await missed.get(), await missed.get()] == ["1.1", "1.3"]
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
