"""Warned calls recorded: encrypted when they are over, heard again, in clear nowhere."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest_asyncio

from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds
from callguard.recordings.shelf import Flaw, Kind

from .kept import Kept, has_tone
from .logged import Log, ended, up
from .test_defences import processes

CALLERS_TONE, HER_TONE = 440.0, 1250.0


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def recorded(home: Home) -> AsyncIterator[None]:
    """The home records warned calls."""
    await home.command("policy", "set", "--line", LINE, "record=on", "whisper=off")
    await up(home)
    yield


async def test_a_warned_call_is_heard_again_though_the_services_were_killed_meanwhile(
    home: Home, log: Log, kept: Kept
) -> None:
    services = processes(home, "cg services")
    supervisor = home.callguard_pid
    async with (
        home.phone(ring_seconds=0.1, frequency=HER_TONE) as telephone,
        home.caller(
            "<sip:0422990701@trunk.invalid>", talk_seconds=3.0, frequency=CALLERS_TONE
        ) as caller,
    ):
        await caller.until("SIP/2.0 200")
        caller.speak()
        telephone.speak()
        # Neither the services nor who would start them again, until the call is over.
        os.kill(supervisor, signal.SIGSTOP)
        for pid in services:
            os.kill(pid, signal.SIGKILL)
        await caller.ended()
        assert holds(caller.media.heard(), "warning-recorded")
    async with asyncio.timeout(40):
        while not any(not name.endswith(".part.wav") for name in kept.spooled()):
            await asyncio.sleep(0.05)
    os.kill(supervisor, signal.SIGCONT)
    call = await log.next(lambda _: True)
    recording = await kept.of(call.call_id)
    assert (recording.kind, recording.flaw, recording.here) == (Kind.CALL, Flaw.NONE, True)
    sound = kept.sound(call.call_id)
    assert abs(recording.seconds - sound.seconds) < 1
    assert holds(sound, "warning-recorded")
    assert has_tone(sound, CALLERS_TONE)
    assert has_tone(sound, HER_TONE)
    await kept.nothing_in_clear()
    await up(home)


async def test_a_recording_that_asterisk_could_not_finish_is_picked_up(
    home: Home, log: Log, kept: Kept
) -> None:
    """Asterisk is killed in the middle of the call."""
    async with (
        home.phone(ring_seconds=0.1),
        home.caller("<sip:0422990703@trunk.invalid>", talk_seconds=90.0),
    ):
        async with asyncio.timeout(40):
            while not any(size > 60_000 for size in kept.sizes()):
                await asyncio.sleep(0.1)
        os.kill(home.asterisk.pid, signal.SIGKILL)
        await home.asterisk.stop()
    call = await log.next(lambda _: True)
    kept.age(300)
    await home.asterisk.start()
    await up(home)
    recording = await kept.of(call.call_id)
    assert recording.flaw is Flaw.INTERRUPTED
    assert recording.seconds >= 3
    assert any(kept.sound(call.call_id).samples)
    await kept.nothing_in_clear()


async def test_what_is_challenged_leaves_no_recording(home: Home, log: Log, kept: Kept) -> None:
    sealed = kept.sealed()
    await home.command("policy", "set", "--line", LINE, "unlisted=challenge")
    try:
        async with home.caller("<sip:0422990704@trunk.invalid>", talk_seconds=4.0) as caller:
            await caller.ended()
    finally:
        await home.command("policy", "set", "--line", LINE, "unlisted=warn")
    await log.next(ended)
    await kept.nothing_in_clear()
    assert kept.sealed() == sealed


async def test_of_a_warned_call_that_nobody_took_nothing_is_kept(
    home: Home, log: Log, kept: Kept
) -> None:
    """One caller hangs up during the warning, one hears it out, and the line is busy."""
    sealed = kept.sealed()
    async with home.phone(busy=1.0, calls=2):
        for number, quits, outcome in (
            ("0422990706", True, Outcome.LEFT),
            ("0422990707", False, Outcome.UNANSWERED),
        ):
            caller = home.caller(
                f"<sip:{number}@trunk.invalid>",
                talk_seconds=2.0,
                quits=quits,
                frequency=CALLERS_TONE,
            )
            async with caller:
                await caller.until("SIP/2.0 183")
                caller.speak()
                await caller.ended()
                assert holds(caller.media.heard(), "warning-recorded") is not quits
            assert (await log.next(ended)).outcome is outcome
            await kept.nothing_in_clear()
            async with asyncio.timeout(60):
                while kept.sealed() != sealed:
                    await asyncio.sleep(0.1)


async def test_a_disk_that_fills_up_cuts_the_recording_off_and_not_the_call(
    home: Home, log: Log, kept: Kept
) -> None:
    """The last test of this home: both its parts run where Asterisk's folder is full in seconds."""
    room = asyncio.create_subprocess_exec(
        *("unshare", "--map-root-user", "--mount", "sh", "-c"),
        f"mount -t tmpfs -o size=240k,mode=0770 tmpfs '{kept.spool}' && echo up && exec sleep 600",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    await home.stop_callguard()
    await home.asterisk.stop()
    holder = await room
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"up\n"
        inside = ("nsenter", "-t", str(holder.pid), "--user", "--mount", "--preserve-credentials")
        await home.launch_callguard(*inside)
        await home.asterisk.start(*inside)
        await up(home)
        async with (
            home.phone(ring_seconds=0.1, frequency=HER_TONE) as telephone,
            home.caller(
                "<sip:0422990705@trunk.invalid>", talk_seconds=60.0, frequency=CALLERS_TONE
            ) as caller,
        ):
            await caller.until("SIP/2.0 200")
            caller.speak()
            telephone.speak()
            async with asyncio.timeout(60):
                while not (await asyncio.to_thread(home.parts))["recordings"]["detail"].startswith(
                    "recordings are cut off: the disk is full"
                ):
                    await asyncio.sleep(0.1)
            there = f"/proc/{holder.pid}/root{kept.spool}"
            async with asyncio.timeout(60):
                while os.statvfs(there).f_bavail:
                    await asyncio.sleep(0.1)
            telephone.media.forget()
            await asyncio.sleep(1.0)
            assert telephone.media.heard().tone(CALLERS_TONE) > 0.3, "the call goes on"
            await home.asterisk.console("channel request hangup all")
            await caller.ended()
        call = await log.next(ended)
        assert call.outcome is Outcome.ANSWERED
        assert (await kept.of(call.call_id)).flaw is Flaw.DISK_FULL
        assert holds(kept.sound(call.call_id), "warning-recorded")
        assert (await asyncio.to_thread(home.parts))["recordings"]["cut_off"] == 1
        await home.stop_callguard()
        await home.asterisk.stop()
    finally:
        holder.kill()
        await holder.wait()
    await kept.nothing_in_clear()
