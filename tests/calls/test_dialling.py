"""Calls that the subscriber makes: help goes out whatever is broken, costly ones only if meant."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds, recognise

from .conftest import publish
from .test_live_listing import enforced


@asynccontextmanager
async def without_callguard(home: Home) -> AsyncIterator[None]:
    """Stop callguard and its feed server, and take its data away."""
    await home.stop_callguard()
    data = home.folder / "data"
    shutil.move(data, home.folder / "away")
    try:
        yield
    finally:
        shutil.rmtree(data, ignore_errors=True)
        shutil.move(home.folder / "away", data)
        await home.start_callguard()


async def reaches(home: Home, number: str, shown: str | None = None) -> bool:
    """Dial *number*; tell whether the network is called, at *shown*."""
    async with home.network() as network, home.dialling(number, talk_seconds=0.2) as telephone:
        await telephone.ended()
        return f"INVITE sip:{shown or number}@".encode() in network.received()


async def help_is_reached_and_calls_back(home: Home) -> None:
    for number in ("110", "118", "119", "184119", "186110"):
        assert await reaches(home, number)
    async with (
        home.phone(ring_seconds=0.1),
        home.caller('"Anonymous" <sip:anonymous@anonymous.invalid>') as caller,
    ):
        await caller.ended()
        assert "SIP/2.0 200 OK" in [message.first_line for message in caller.messages()]


async def test_help_is_reached_and_can_call_back(home: Home) -> None:
    await help_is_reached_and_calls_back(home)


async def test_with_everything_broken_help_is_reached_and_every_call_goes_out(home: Home) -> None:
    async with without_callguard(home):
        await help_is_reached_and_calls_back(home)
        assert await reaches(home, "01012025550123")


@pytest.mark.parametrize("number", ["188", "104", "0422990001", "1840422990001", "1860422990001"])
async def test_service_codes_and_ordinary_numbers_go_out(home: Home, number: str) -> None:
    assert await reaches(home, number)


async def test_advice_is_reached_by_its_code(home: Home) -> None:
    assert await reaches(home, "%239110", "%239110")


async def dialled(home: Home, number: str) -> tuple[str, bool]:
    """Dial *number*, press nothing; return what was said, and whether it went out."""
    async with home.network() as network, home.dialling(number, talk_seconds=60.0) as telephone:
        await telephone.ended()
        return recognise(telephone.media.heard()).prompt, b"INVITE" in network.received()


async def test_a_listed_number_is_not_dialled(home: Home) -> None:
    await publish(home, "0422-99-0501")
    await enforced(home, "0422-99-0501")
    assert await dialled(home, "0422990501") == ("dial-listed", False)
    # Allowed since, the family stands by it.
    await home.command("allow", "--line", LINE, "0422-99-0501")
    assert await reaches(home, "0422990501")


async def test_a_call_abroad_goes_out_once_she_has_confirmed_it(home: Home) -> None:
    async with (
        home.network() as network,
        home.dialling("01012025550123", talk_seconds=60.0) as telephone,
    ):
        await telephone.until("SIP/2.0 200")
        async with asyncio.timeout(40):
            while not holds(telephone.media.heard(), "dial-overseas-confirm"):
                await asyncio.sleep(0.1)
        async with asyncio.timeout(30):
            # As people do it: again, if nothing happens.
            while b"INVITE sip:01012025550123@" not in network.received():
                await telephone.press("1")
                await asyncio.sleep(1)
        await network.until("ACK")
        await home.asterisk.console("channel request hangup all")


async def test_a_call_that_costs_extra_does_not_go_out_if_she_presses_nothing(home: Home) -> None:
    assert await dialled(home, "0990123456") == ("dial-premium-confirm", False)
