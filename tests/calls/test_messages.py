"""A caller who is not put through leaves a message, which the family hears; or hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds
from callguard.demo.sipp import Endpoint
from callguard.recordings.shelf import Flaw, Kind
from callguard.screening import Action, Reason

from .hanging_up import left
from .kept import Kept, has_tone
from .logged import WITHHELD, Log, up
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


async def on_the_line(home: Home) -> tuple[int, int, int]:
    """Return how many channels, bridges and sounds in clear there are."""
    now = await left(home)
    return now.channels, now.bridges, now.recordings


async def test_of_many_at_once_those_who_say_something_leave_a_message(
    home: Home, log: Log, kept: Kept
) -> None:
    before = await on_the_line(home)
    leaves, talks_on, hangs_up, silent = (
        home.caller(
            f"<sip:042299080{n}@trunk.invalid>", talk_seconds=seconds, frequency=CALLERS_TONE
        )
        for n, seconds in enumerate((90.0, 90.0, 16.0, 90.0), 1)
    )
    quits = [
        home.caller(f"<sip:04229908{10 + n}@trunk.invalid>", talk_seconds=seconds)
        for n, seconds in enumerate((0.01, 4.0, 9.0, 10.5, 12.0))
    ]
    withheld, blocked = home.caller(WITHHELD), home.caller("<sip:0422990009@trunk.invalid>")

    async def speaks(caller: Endpoint, seconds: float) -> None:
        await hears(caller, "leave-message")
        await asyncio.sleep(1.0)
        await caller.say(seconds)

    async with AsyncExitStack() as calls:
        for caller in (leaves, talks_on, hangs_up, silent, *quits, withheld, blocked):
            await calls.enter_async_context(caller)
        async with asyncio.TaskGroup() as speaking:
            for caller, seconds in ((leaves, 3.0), (talks_on, 20.0), (hangs_up, 20.0)):
                speaking.create_task(speaks(caller, seconds))
        for caller in (leaves, talks_on, hangs_up, silent, *quits, withheld, blocked):
            await caller.ended(120.0)
        for caller, prompt, heard in (
            # Five seconds of silence, or the longest message; Asterisk thanks and hangs up.
            (leaves, "message-taken", True),
            (talks_on, "message-taken", True),
            (hangs_up, "message-taken", False),
            (silent, "leave-message", True),
            (silent, "message-taken", False),
            (withheld, "refused-withheld", True),
            (blocked, "refused-household", True),
        ):
            assert holds(caller.media.heard(), prompt) is heard, prompt
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(kept.all)) < 3:
            await asyncio.sleep(0.2)
    await kept.nothing_in_clear()
    new = [call for call in log.newest() if call.call_id not in log.seen]
    assert len(new) == 11
    by_number = {call.number: call for call in new}
    messages = {one.call_id: one for one in kept.all()}
    for number, least, most in (
        (81422990801, 1.5, 6.0),
        (81422990802, 9.0, 11.0),
        (81422990803, 0.5, 10.0),
    ):
        call = by_number[number]
        assert (call.action, call.reason) == (Action.REJECT, Reason.ALLOWLIST_ONLY)
        assert call.evidence["message"] is True
        message = messages.pop(call.call_id)
        assert (message.kind, message.flaw, message.heard_at) == (Kind.MESSAGE, Flaw.NONE, None)
        sound = kept.sound(call.call_id)
        assert least < sound.seconds < most
        assert has_tone(sound, CALLERS_TONE)
        assert ("message-left", call.call_id) in kept.news()
    assert messages == {}
    assert len(kept.news()) == 3
    for refused in (None, 81422990009):
        assert "message" not in by_number[refused].evidence
    async with asyncio.timeout(60):
        while await on_the_line(home) != before:
            await asyncio.sleep(0.2)
