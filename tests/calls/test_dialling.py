"""Calls that the subscriber makes: codes and numbers go out, costly ones only if meant."""

import asyncio

import pytest

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds, recognise
from callguard.demo.sipp import refuser

from .conftest import publish
from .test_live_listing import enforced


async def reaches(home: Home, number: str, shown: str | None = None) -> bool:
    """Dial *number*; tell whether the network is called, at *shown*."""
    async with home.network() as network, home.dialling(number, talk_seconds=0.2) as telephone:
        await telephone.ended()
        return f"INVITE sip:{shown or number}@".encode() in network.received()


@pytest.mark.parametrize("number", ["188", "104", "0422990001", "1840422990001", "1860422990001"])
async def test_service_codes_and_ordinary_numbers_go_out(home: Home, number: str) -> None:
    assert await reaches(home, number)


@pytest.mark.parametrize("code", ["9110", "7119"])
async def test_advice_is_reached_by_its_code(home: Home, code: str) -> None:
    assert await reaches(home, f"%23{code}", f"%23{code}")


async def test_where_the_network_does_not_know_9110_the_prefecture_is_called(home: Home) -> None:
    await home.asterisk.console("dialplan set global CALLGUARD_CONSULTATION 0422990110")
    try:
        async with (
            refuser(home.ports.trunk, calls=2) as network,
            home.dialling("%239110") as telephone,
        ):
            await telephone.ended()
            await network.ended()
            called = [
                message.first_line.split()[1].partition("@")[0]
                for message in network.messages()
                if message.first_line.startswith("INVITE")
            ]
    finally:
        await home.asterisk.console('dialplan set global CALLGUARD_CONSULTATION ""')
    assert list(dict.fromkeys(called)) == ["sip:%239110", "sip:0422990110"]


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
