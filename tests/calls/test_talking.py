"""What is heard on a call that is put through, and what the subscriber is told first."""

import asyncio
import socket
from pathlib import Path

import pytest

from callguard import prompts
from callguard.demo.home import LINE, Home
from callguard.demo.media import Sound
from callguard.demo.recognise import recognise

CALLERS_TONE = 440.0
PHONES_TONE = 700.0


async def _talk(home: Home, sender: str) -> tuple[Sound, Sound]:
    """Place a call that is answered and talk both ways; return what caller and phone heard."""
    async with (
        home.phone(ring_seconds=0.2, frequency=PHONES_TONE) as telephone,
        home.caller(sender, talk_seconds=1.5, frequency=CALLERS_TONE) as caller,
    ):
        await telephone.until("ACK")
        telephone.speak()
        await caller.until("SIP/2.0 200", 30)
        caller.media.forget()
        caller.speak()
        await caller.ended()
        return caller.media.heard(), telephone.media.heard()


async def test_caller_and_subscriber_hear_each_other(home: Home) -> None:
    caller, telephone = await _talk(home, "<sip:0422990001@trunk.invalid>")
    assert caller.tone(PHONES_TONE) > 0.5
    assert telephone.tone(CALLERS_TONE) > 0.5


async def test_the_subscriber_is_told_of_an_unlisted_caller_before_hearing_him(home: Home) -> None:
    _, telephone = await _talk(home, "<sip:0422990199@trunk.invalid>")
    whisper = recognise(telephone)
    assert whisper.prompt == "whisper-unlisted-key"
    assert whisper.seconds == pytest.approx(
        prompts.load()["whisper-unlisted-key"].seconds(), abs=0.3
    )
    told = int(whisper.seconds * 8000)
    assert Sound(telephone.samples[:told]).tone(CALLERS_TONE) < 0.05
    assert Sound(telephone.samples[told:]).tone(CALLERS_TONE) > 0.3


async def test_no_whisper_where_the_household_wants_none(home: Home) -> None:
    await home.command("policy", "set", "--line", LINE, "whisper=off")
    try:
        _, telephone = await _talk(home, "<sip:0422990199@trunk.invalid>")
    finally:
        await home.command("policy", "set", "--line", LINE, "whisper=on")
    assert recognise(telephone).prompt == ""
    assert telephone.tone(CALLERS_TONE) > 0.5


async def test_a_call_is_recorded_only_if_the_warning_says_so(home: Home) -> None:
    recordings = home.folder / "data" / "recordings"

    def kept() -> list[Path]:
        return [path for path in recordings.rglob("*") if path.is_file()]

    async def heard() -> str:
        async with home.phone(ring_seconds=0.1), home.caller("<sip:0422990199@t.invalid>") as call:
            await call.ended()
            return recognise(call.media.heard()).prompt

    assert await heard() == "warning"
    assert not kept()
    await home.command("policy", "set", "--line", LINE, "record=on")
    try:
        assert await heard() == "warning-recorded"
    finally:
        await home.command("policy", "set", "--line", LINE, "record=off")
    async with asyncio.timeout(30):
        while not kept():
            await asyncio.sleep(0.05)


async def test_a_caller_who_hangs_up_during_the_announcement_leaves_nothing_behind(
    home: Home,
) -> None:
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    async with home.caller(sender, quits=True, talk_seconds=0.3) as call:
        await call.ended()
    async with asyncio.timeout(30):
        while "0 active channels" not in await home.asterisk.console("core show channels"):
            await asyncio.sleep(0.05)


async def test_a_trunk_without_early_media_is_answered_for_the_announcement(home: Home) -> None:
    await home.asterisk.console("dialplan set global CALLGUARD_EARLY_MEDIA no")
    try:
        sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
        async with home.caller(sender, talk_seconds=30) as call:
            await call.ended()
            assert [message.status for message in call.messages() if message.status > 100] == [
                200,
                200,
            ]
            assert call.messages()[-2].first_line.startswith("BYE")
            assert recognise(call.media.heard()).prompt == "refused-withheld"
    finally:
        await home.asterisk.console("dialplan set global CALLGUARD_EARLY_MEDIA yes")


async def test_a_number_allowed_a_moment_ago_rings_at_once(home: Home) -> None:
    sender = "<sip:0422990042@trunk.invalid>"
    await home.command("allow", "--line", LINE, "0422-99-0042", "--name", "doctor")
    async with home.phone(ring_seconds=0.1), home.caller(sender) as call:
        await call.ended()
        assert (await home.channels.of(call))["CALLGUARD_REASON"] == "household-allow"


async def test_without_consent_nothing_is_screened(home: Home) -> None:
    await home.command("household", "consent", "--line", LINE, "--revoke")
    try:
        sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
        async with home.phone(ring_seconds=0.1), home.caller(sender) as call:
            await call.ended()
            assert (await home.channels.of(call))["CALLGUARD_REASON"] == "no-consent"
    finally:
        await home.command("household", "consent", "--line", LINE)


async def test_after_an_emergency_call_a_withheld_caller_is_put_through(home: Home) -> None:
    """RFC 7090: the fire brigade calls back, number withheld."""
    async with home.network() as fire_brigade, home.dialling("119") as call:
        await call.ended()
        assert b"INVITE sip:119@" in fire_brigade.received()
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    try:
        async with home.phone(ring_seconds=0.1), home.caller(sender) as call:
            await call.ended()
            assert (await home.channels.of(call))["CALLGUARD_REASON"] == "emergency-callback"
    finally:
        await home.forget_emergency()


async def test_a_header_of_sixty_thousand_bytes_harms_no_other_call(home: Home) -> None:
    monstrous = "\r\n".join(
        (
            "INVITE sip:0422990000@127.0.0.1 SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKmonster",
            f'From: "{"x" * 60_000}" <sip:0422990199@trunk.invalid>;tag=1',
            "To: <sip:0422990000@127.0.0.1>",
            "Call-ID: monster@callguard.invalid",
            "CSeq: 1 INVITE",
            "Contact: <sip:caller@127.0.0.1:9>",
            "Content-Length: 0",
            "",
            "",
        )
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(monstrous.encode(), ("127.0.0.1", home.ports.sip))
    async with home.caller('"Anonymous" <sip:anonymous@anonymous.invalid>') as other:
        await other.ended()
        assert (await home.channels.of(other))["CALLGUARD_REASON"] == "withheld"
