"""A caller who is not put through leaves a message, which the family hears; or hangs up."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home
from callguard.demo.media import Sound
from callguard.demo.recognise import holds
from callguard.recordings.shelf import Flaw, Kind
from callguard.screening import Reason

from .hanging_up import left
from .kept import Kept
from .test_call_log import WITHHELD, Log, ended, up
from .test_name import hears

CALLERS_TONE = 440.0


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def messages(home: Home) -> AsyncIterator[None]:
    """The home takes calls from its allowlist only, and messages from others."""
    await home.command(
        "policy", "set", "--line", LINE, "allowlist_only=on", "messages=on", "message_seconds=10"
    )
    await up(home)
    yield


@pytest.fixture
def log(home: Home) -> Log:
    """The home's log of calls from now on."""
    log = Log(home)
    log.mark()
    return log


@pytest.fixture
def kept(home: Home) -> Kept:
    """What is kept in the home."""
    return Kept(home)


async def on_the_line(home: Home) -> tuple[int, int, int]:
    """Return how many channels, bridges and sounds in clear there are."""
    now = await left(home)
    return now.channels, now.bridges, now.recordings


async def test_a_message_is_left_heard_and_told(home: Home, log: Log, kept: Kept) -> None:
    before = await on_the_line(home)
    sender = "<sip:0422990801@trunk.invalid>"
    async with home.caller(sender, talk_seconds=90.0, frequency=CALLERS_TONE) as caller:
        await hears(caller, "leave-message")
        await asyncio.sleep(1.0)
        await caller.say(3.0)
        # Five seconds of silence, and Asterisk thanks and hangs up.
        await caller.ended()
        assert holds(caller.media.heard(), "message-taken")
    call = await log.next(ended)
    assert (call.reason, call.outcome) == (Reason.ALLOWLIST_ONLY, Outcome.REFUSED)
    assert call.evidence["message"] is True
    message = await kept.of(call.call_id)
    assert (message.kind, message.flaw, message.heard_at) == (Kind.MESSAGE, Flaw.NONE, None)
    sound = kept.sound(call.call_id)
    assert 1.5 < sound.seconds < 6
    assert Sound(sound.samples[:16_000]).tone(CALLERS_TONE) > 0.5
    await kept.nothing_in_clear()
    assert kept.news() == [("message-left", call.call_id)]
    assert await on_the_line(home) == before


async def test_who_talks_too_long_is_cut_off_kindly_and_who_hangs_up_has_left_it(
    home: Home, log: Log, kept: Kept
) -> None:
    async with (
        home.caller(
            "<sip:0422990802@trunk.invalid>", talk_seconds=90.0, frequency=CALLERS_TONE
        ) as talker,
        home.caller(
            "<sip:0422990803@trunk.invalid>", talk_seconds=16.0, frequency=CALLERS_TONE
        ) as quitter,
    ):
        for caller in (talker, quitter):
            await caller.until("SIP/2.0 200")
            caller.speak()
        await asyncio.gather(talker.ended(120.0), quitter.ended(120.0))
        assert holds(talker.media.heard(), "message-taken")
        assert not holds(quitter.media.heard(), "message-taken")
    async with asyncio.timeout(60):
        while len(kept.all()) < 3:
            await asyncio.sleep(0.2)
    async with asyncio.timeout(40):
        while not all(call.outcome for call in await asyncio.to_thread(log.newest)):
            await asyncio.sleep(0.1)
    new = {call.number: call.call_id for call in log.newest() if call.call_id not in log.seen}
    talked, quit_ = (kept.sound(new[number]) for number in (81422990802, 81422990803))
    assert 9 < talked.seconds < 11
    assert talked.tone(CALLERS_TONE) > 0.5
    assert 0.5 < quit_.seconds < 10
    assert quit_.tone(CALLERS_TONE) > 0.5
    log.mark()


async def test_who_says_nothing_leaves_nothing(home: Home, log: Log, kept: Kept) -> None:
    before = kept.sealed()
    async with home.caller("<sip:0422990804@trunk.invalid>", talk_seconds=90.0) as silent:
        await silent.ended(120.0)
        assert holds(silent.media.heard(), "leave-message")
        assert not holds(silent.media.heard(), "message-taken")
    await log.next(ended)
    await kept.nothing_in_clear()
    assert kept.sealed() == before


async def test_who_hides_the_number_or_is_blocked_is_refused_as_ever(home: Home, log: Log) -> None:
    for sender, reason, prompt in (
        (WITHHELD, Reason.WITHHELD, "refused-withheld"),
        ("<sip:0422990009@trunk.invalid>", Reason.HOUSEHOLD_BLOCK, "refused-household"),
    ):
        async with home.caller(sender) as caller:
            await caller.ended()
            assert holds(caller.media.heard(), prompt)
            assert not any(message.status == 200 for message in caller.messages()[1:2])
        call = await log.next(ended)
        assert call.reason is reason
        assert "message" not in call.evidence


async def test_hang_ups_at_each_step_leave_nothing(home: Home, log: Log, kept: Kept) -> None:
    """During the announcement, at the tone, and before anything was said."""
    before, sealed = await on_the_line(home), kept.sealed()
    callers = [
        home.caller(f"<sip:04229908{10 + n}@trunk.invalid>", talk_seconds=seconds)
        for n, seconds in enumerate((0.01, 0.4, 3.0, 9.0, 10.5, 12.0))
    ]
    async with asyncio.TaskGroup() as tasks:

        async def placed(number: int) -> None:
            async with callers[number] as caller:
                await caller.ended(120.0)

        for number in range(len(callers)):
            tasks.create_task(placed(number))
    await kept.nothing_in_clear()
    async with asyncio.timeout(60):
        while await on_the_line(home) != before:
            await asyncio.sleep(0.2)
    assert kept.sealed() == sealed
    async with asyncio.timeout(40):
        while not all(call.outcome for call in await asyncio.to_thread(log.newest)):
            await asyncio.sleep(0.1)
    log.mark()


async def test_without_the_consent_to_recording_no_message_is_taken(home: Home, log: Log) -> None:
    agreed = ("household", "consent", "--line", LINE, "--to", "recording")
    await home.command(*agreed, "--revoke")
    try:
        async with home.caller("<sip:0422990805@trunk.invalid>") as caller:
            await caller.ended()
            assert holds(caller.media.heard(), "refused-allowlist-only")
    finally:
        await home.command(*agreed)
    assert "message" not in (await log.next(ended)).evidence
