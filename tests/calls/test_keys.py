"""What the subscriber can press: the scam key during a call, and the dialling codes."""

import asyncio
import json

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds, recognise

from .conftest import publish
from .known import listed
from .test_live_listing import CALLERS_TONE, PHONES_TONE, talk

DAUGHTER = "<sip:0422990001@trunk.invalid>"
"""Allowed: her number, which somebody else can show too, rings at once."""
BLOCKED = "<sip:0422990009@trunk.invalid>"
WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'


async def test_the_scam_key_is_hers_alone_cuts_the_caller_off_and_advises_her(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(DAUGHTER, talk_seconds=90.0, frequency=CALLERS_TONE) as caller,
    ):
        await talk(caller, telephone)
        await caller.press("*9")
        await talk(caller, telephone)
        telephone.media.forget()
        await telephone.press("*9")
        await caller.ended()
        await telephone.ended()
        assert holds(telephone.media.heard(), "scam-key")
    await listed(home, 81422990001, allowed=False)


async def dialled(home: Home, code: str) -> str:
    """Dial *code*; return the announcement that is heard."""
    async with home.dialling(code, talk_seconds=40.0) as telephone:
        await telephone.ended()
        return recognise(telephone.media.heard()).prompt


async def refused(home: Home, sender: str) -> None:
    """Call, and hang up as soon as the refusal is heard."""
    async with home.caller(sender, talk_seconds=0.1, quits=True) as caller:
        await caller.ended()


async def test_she_hears_how_many_calls_were_refused_today(home: Home) -> None:
    assert await dialled(home, "*60") == "refused-today-0"
    await refused(home, BLOCKED)
    assert await dialled(home, "*60") == "refused-today-1"


async def test_the_last_caller_without_a_number_cannot_be_registered(home: Home) -> None:
    await refused(home, WITHHELD)
    assert await dialled(home, "*61") == "last-unknown"


async def test_a_caller_whom_the_police_have_listed_is_not_registered_by_a_code(
    home: Home,
) -> None:
    await publish(home, "0422-99-0110")
    question = ("check", "--from", "0422990110", "--to", LINE, "--json")
    async with asyncio.timeout(120):  # each look starts a program
        while json.loads(await home.command(*question))["reason"] != "fraud-list":
            pass
    await refused(home, "<sip:0422990110@trunk.invalid>")
    assert await dialled(home, "*61") == "dial-listed"
    assert await dialled(home, "*62") == "last-blocked"


async def test_the_last_caller_is_registered_by_a_code(home: Home) -> None:
    await refused(home, BLOCKED)
    assert await dialled(home, "*61") == "last-allowed"
    await listed(home, 81422990009, allowed=True)
    assert await dialled(home, "*62") == "last-blocked"
    await listed(home, 81422990009, allowed=False)
