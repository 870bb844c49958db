"""We expect a call: placed for real, it rings at once, and the rest is as ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import recognise

from .conftest import publish

CLOSED = ("quiet_hours=00:00-23:59", "allowlist_only=on")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def expecting(home: Home) -> AsyncIterator[Home]:
    """A home closed to strangers that expects calls from Japan and from the United States."""
    await publish(home, "0422-99-0110")
    await home.command("policy", "set", "--line", LINE, *CLOSED)
    await home.command("expect", "--line", LINE)
    await home.command("expect", "--line", LINE, "--country", "US")
    yield home


async def verdict(home: Home, sender: str) -> tuple[str, str, str]:
    """Place a call; return the action, the reason and the announcement that the caller heard."""
    async with home.phone(ring_seconds=0.1), home.caller(sender) as call:
        await call.ended()
        found = await home.channels.of(call)
        heard = await asyncio.to_thread(recognise, call.media.heard())
    return found["CALLGUARD_ACTION"], found["CALLGUARD_REASON"], heard.prompt


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("<sip:0422990199@trunk.invalid>", "unlisted"),
        ("<sip:+12025550123@trunk.invalid>", "overseas"),
    ],
)
async def test_the_expected_call_rings_without_the_warning(
    expecting: Home, sender: str, reason: str
) -> None:
    assert await verdict(expecting, sender) == ("connect", reason, "")


async def test_what_is_refused_otherwise_is_refused_all_the_same(expecting: Home) -> None:
    refusals = {
        "<sip:0422990110@trunk.invalid>": ("fraud-list", "refused-fraud-list"),
        "<sip:0422990009@trunk.invalid>": ("household-block", "refused-household"),
        '"Anonymous" <sip:anonymous@anonymous.invalid>': ("withheld", "refused-withheld"),
        "<sip:+442079460000@trunk.invalid>": ("overseas", "refused-overseas"),
    }

    async def refusal(sender: str) -> tuple[str, str]:
        async with expecting.caller(sender) as call:
            await call.ended()
            found = await expecting.channels.of(call)
            heard = await asyncio.to_thread(recognise, call.media.heard())
        return found["CALLGUARD_REASON"], heard.prompt

    found = await asyncio.gather(*map(refusal, refusals))
    assert dict(zip(refusals, found, strict=True)) == refusals


async def test_a_call_that_is_no_longer_expected_is_refused_again(expecting: Home) -> None:
    await expecting.command("expect", "--line", LINE, "--stop")
    async with expecting.caller("<sip:0422990199@trunk.invalid>") as call:
        await call.ended()
        assert (await expecting.channels.of(call))["CALLGUARD_REASON"] == "allowlist-only"
