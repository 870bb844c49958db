"""A number is listed while its call is in progress."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.media import MediaPort
from callguard.demo.recognise import recognise
from callguard.demo.sipp import Endpoint
from callguard.prompts import audio_folder

from .conftest import publish

CALLERS_TONE = 440.0
PHONES_TONE = 700.0
LONG = 50.0
"""Seconds that a caller would talk if nobody cut him off."""


@asynccontextmanager
async def unanswered(home: Home, sender: str) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """A caller and a telephone that will soon be answered."""
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(sender, talk_seconds=LONG, frequency=CALLERS_TONE) as caller,
    ):
        yield caller, telephone


async def talk(caller: Endpoint, telephone: Endpoint) -> None:
    """Answer, and talk until each has heard the other."""
    await telephone.until("ACK")
    telephone.speak()
    await caller.until("SIP/2.0 200", 30)
    caller.speak()
    await hears(telephone, CALLERS_TONE)
    await hears(caller, PHONES_TONE)


class Ear(Protocol):
    """Whoever hears."""

    media: MediaPort


async def hears(end: Ear, tone: float, share: float = 0.5) -> None:
    """Wait until half a second is heard of which *share* at least is *tone*."""
    async with asyncio.timeout(20):
        while True:
            end.media.forget()
            await asyncio.sleep(0.5)
            if end.media.heard().tone(tone) > share:
                return


async def enforced(home: Home, number: str) -> None:
    """Wait until the home refuses *number*."""
    question = ("check", "--from", number, "--to", LINE, "--json")
    async with asyncio.timeout(10):
        while json.loads(await home.command(*question))["reason"] != "fraud-list":
            pass


def requests(end: Endpoint) -> list[str]:
    """The requests that an end has received."""
    return [m.first_line.split(" ")[0] for m in end.messages() if not m.sent and not m.status]


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def listening(home: Home) -> None:
    """Callguard, too, listens to what Asterisk tells."""
    async with asyncio.timeout(60):
        while not (await asyncio.to_thread(home.parts)).get("ami", {}).get("ok"):
            await asyncio.sleep(0.05)


async def test_the_caller_is_cut_off_and_the_subscriber_hears_why(home: Home) -> None:
    """A number that the family allowed before it was listed: the listing wins."""
    await home.command("allow", "--line", LINE, "0422-99-0301")
    async with unanswered(home, "<sip:0422990301@trunk.invalid>") as (caller, telephone):
        await talk(caller, telephone)
        await publish(home, "0422-99-0301")
        await caller.ended()
        assert requests(caller) == ["BYE"]
        telephone.media.forget()
        await telephone.ended()
        assert requests(telephone) == ["INVITE", "ACK", "BYE"]
        assert recognise(telephone.media.heard()).prompt == "just-listed"


@asynccontextmanager
async def long_whisper(home: Home, folder: Path) -> AsyncIterator[None]:
    """Make the whisper last long enough for a listing, on a machine however busy."""
    sounds = folder / "ja"
    sounds.mkdir()
    for recording in (audio_folder() / "ja").glob("*.wav"):
        (sounds / recording.name).symlink_to(recording)
    whisper = sounds / "whisper-unlisted.wav"
    whisper.unlink()
    with wave.open(str(whisper), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 40))
    await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {folder}")
    try:
        yield
    finally:
        await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {audio_folder()}")


async def test_the_subscriber_hears_it_in_place_of_the_whisper(home: Home, tmp_path: Path) -> None:
    async with (
        long_whisper(home, tmp_path),
        unanswered(home, "<sip:0422990302@trunk.invalid>") as (caller, telephone),
    ):
        await telephone.until("ACK")
        await publish(home, "0422-99-0302")
        await caller.ended()
        assert [m.status for m in caller.messages() if m.status >= 200] == [403]
        telephone.media.forget()
        await telephone.ended()
        assert recognise(telephone.media.heard()).prompt == "just-listed"


async def test_a_call_that_rings_is_refused(home: Home) -> None:
    await home.command("allow", "--line", LINE, "0422-99-0303")
    sender = "<sip:0422990303@trunk.invalid>"
    async with home.phone(ring_seconds=LONG) as telephone, home.caller(sender) as caller:
        await telephone.until("SIP/2.0 180")
        await publish(home, "0422-99-0303")
        await telephone.until("CANCEL")
        await caller.ended()
        assert [m.status for m in caller.messages() if m.status >= 200] == [607]
        assert recognise(caller.media.heard()).prompt == "refused-fraud-list"


async def test_an_entry_made_since_the_listing_wins(home: Home) -> None:
    await publish(home, "0422-99-0305")
    await enforced(home, "0422-99-0305")
    await home.command("allow", "--line", LINE, "0422-99-0305")
    async with unanswered(home, "<sip:0422990305@trunk.invalid>") as (caller, telephone):
        await talk(caller, telephone)
        await publish(home, "0422-99-0306")
        await enforced(home, "0422-99-0306")
        await hears(telephone, CALLERS_TONE)
        assert requests(caller) == []


async def test_a_household_may_let_such_calls_go_on(home: Home) -> None:
    await home.command("allow", "--line", LINE, "0422-99-0307")
    await home.command("policy", "set", "--line", LINE, "cut_listed_calls=off")
    try:
        async with unanswered(home, "<sip:0422990307@trunk.invalid>") as (caller, telephone):
            await talk(caller, telephone)
            await publish(home, "0422-99-0307")
            await enforced(home, "0422-99-0307")
            await hears(telephone, CALLERS_TONE)
            assert requests(caller) == []
    finally:
        await home.command("policy", "set", "--line", LINE, "cut_listed_calls=on")
