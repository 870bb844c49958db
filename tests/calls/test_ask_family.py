"""The family is asked about an unknown caller, on telephones of theirs, and decides by a key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from callguard.calllog.log import Call
from callguard.calllog.outcome import Outcome
from callguard.demo.home import LINE, Home
from callguard.demo.media import SAMPLE_RATE, Sound
from callguard.demo.sipp import Endpoint

from .known import listed
from .logged import Log, ended, up
from .members import Members, members_at
from .short_sounds import cut_short
from .test_hang_ups import in_use
from .test_live_listing import hears
from .test_name import hears as hears_prompt
from .test_name import kept

CALLERS_TONE = 440.0
BEEP = 1000.0
YUMI, KEN = "09099990001", "08099990002"


@pytest_asyncio.fixture(autouse=True, loop_scope="module", scope="module")
async def family_asked(home: Home) -> AsyncIterator[None]:
    """The home asks the family first about callers who are on no list; with short announcements."""
    await home.command("family", "add", "--line", LINE, YUMI, "--name", "由美")
    await home.command("family", "add", "--line", LINE, KEN, "--name", "健")
    await chooses(home, "unlisted=challenge", "challenge=family", "ask_seconds=10")
    said = ("family-offer", "family-choices", "family-done", "whisper-family", "name-choices")
    await cut_short(home, whole=(*said, "refused-name", "warning"))
    await up(home)
    yield


async def chooses(home: Home, *settings: str) -> None:
    await home.command("policy", "set", "--line", LINE, *settings)


@pytest_asyncio.fixture(loop_scope="module")
async def members(home: Home) -> AsyncIterator[Members]:
    """The family's telephones."""
    async with members_at(home.ports.trunk) as members:
        yield members


def unknown(home: Home, number: str, talk_seconds: float = 90.0) -> Endpoint:
    """A caller who is on no list, and hangs up so long after being asked for a name."""
    return home.caller(
        f"<sip:{number}@trunk.invalid>", talk_seconds=talk_seconds, frequency=CALLERS_TONE
    )


async def say_a_name(caller: Endpoint) -> None:
    """Wait for the tone, speak for a second, and be silent."""
    async with asyncio.timeout(60):
        while Sound(caller.media.heard().samples[-SAMPLE_RATE // 2 :]).tone(BEEP) < 0.3:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    await caller.say(1.0)


async def newest(log: Log, count: int) -> list[Call]:
    """Return so many new calls, once all of them have ended and the family's word is in them."""
    async with asyncio.timeout(60):
        while True:
            new = [
                call
                for call in await asyncio.to_thread(log.newest)
                if call.call_id not in log.seen and ended(call) and "family" in call.evidence
            ]
            if len(new) == count:
                return new
            await asyncio.sleep(0.1)


async def over(home: Home) -> None:
    """End every call."""
    await home.asterisk.console("channel request hangup all")


async def test_a_member_hears_the_name_and_puts_the_call_through(
    home: Home, log: Log, members: Members
) -> None:
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        unknown(home, "0422990611") as caller,
    ):
        await say_a_name(caller)
        yumi = await members.rings(YUMI)
        assert yumi.shown == "0422990000"
        assert "0422990611" not in yumi.invite
        await yumi.answer()
        await yumi.hears("family-offer")
        await hears(yumi, CALLERS_TONE, 0.2)  # the name
        await yumi.hears("family-choices")
        assert b"INVITE" not in telephone.received()
        await yumi.press("1")
        await telephone.until("ACK")
        await yumi.hears("family-done")
        await hears_prompt(telephone, "whisper-family")
        caller.speak()
        await hears(telephone, CALLERS_TONE, 0.3)
        await over(home)
        await caller.ended()
    (call,) = await newest(log, 1)
    assert call.outcome is Outcome.ANSWERED
    assert call.evidence["family"] == {"said": "connect", "name": "由美"}
    assert members.called == [YUMI]
    assert kept(home) == []
    for path in (home.asterisk.log, home.callguard_log):
        assert YUMI.removeprefix("0") not in path.read_text(errors="replace")


async def test_two_calls_at_once_are_refused_blocked_and_allowed_each_by_its_key(
    home: Home, log: Log, members: Members
) -> None:
    async with (
        home.phone(ring_seconds=0.1) as telephone,
        unknown(home, "0422990621") as first,
        unknown(home, "0422990622") as second,
        unknown(home, "0422990623") as third,
    ):
        callers = {"2": first, "3": second, "4": third}
        await asyncio.gather(*map(say_a_name, callers.values()))

        async def decides(nth: int, key: str) -> None:
            call = await members.rings(YUMI, nth)
            await call.answer()
            await call.is_spoken_to()
            await call.press(key)

        await asyncio.gather(*(decides(nth, key) for nth, key in enumerate(callers, 1)))
        # The one that was put through goes on; the others are refused.
        async with asyncio.timeout(60):
            while sum(caller.received().count(b"BYE sip:") for caller in callers.values()) < 2:
                await asyncio.sleep(0.1)
        await telephone.until("ACK")
        await over(home)
        found = {call.evidence["family"]["said"]: call for call in await newest(log, 3)}
    assert set(found) == {"refuse", "allow", "block"}
    assert found["allow"].outcome is Outcome.ANSWERED
    assert found["refuse"].outcome is found["block"].outcome is Outcome.REFUSED
    assert found["allow"].number is not None
    assert found["block"].number is not None
    await listed(home, found["allow"].number, allowed=True)
    await listed(home, found["block"].number, allowed=False)
    assert kept(home) == []


async def test_nobody_who_can_decide_leaves_it_to_what_was_chosen_before_the_call(
    home: Home, log: Log, members: Members
) -> None:
    """One is busy; at the other's a machine answers and speaks, and presses nothing."""
    members.busy.add(YUMI)
    await chooses(home, "ask_unanswered=refuse")
    async with unknown(home, "0422990631") as caller:
        await say_a_name(caller)
        machine = await members.rings(KEN)
        # What is chosen meanwhile counts from the next call on.
        await chooses(home, "ask_unanswered=warn")
        await machine.answer()
        machine.speak()
        await hears_prompt(caller, "refused-name")
        await caller.ended()
    (refused,) = await newest(log, 1)
    log.mark()
    assert refused.outcome is Outcome.REFUSED
    assert refused.evidence["family"] == {"said": "nobody"}

    members.busy.add(KEN)
    async with home.phone(ring_seconds=0.1) as telephone, unknown(home, "0422990632") as caller:
        await say_a_name(caller)
        await hears_prompt(caller, "warning")
        await telephone.until("ACK")
        await over(home)
    (warned,) = await newest(log, 1)
    log.mark()
    assert warned.evidence["family"] == {"said": "nobody"}
    assert members.called == [YUMI, KEN, YUMI, KEN]

    await chooses(home, "ask_unanswered=name")
    async with home.phone(ring_seconds=0.1) as telephone, unknown(home, "0422990633") as caller:
        await say_a_name(caller)
        await hears_prompt(telephone, "name-choices")
        assert kept(home)
        await telephone.press("1")
        caller.speak()
        await hears(telephone, CALLERS_TONE, 0.3)
        await over(home)
    assert kept(home) == []


async def test_all_are_called_together_and_the_first_key_counts(
    home: Home, log: Log, members: Members
) -> None:
    await chooses(home, "ask_order=together")
    try:
        async with home.phone(ring_seconds=0.1) as telephone, unknown(home, "0422990641") as caller:
            await say_a_name(caller)
            machine, ken = await members.rings(YUMI), await members.rings(KEN)
            # That somebody, or something, has picked up elsewhere does not end the ringing.
            await machine.answer()
            await machine.hears("family-offer")
            assert not ken.ended.is_set()
            await ken.answer()
            await ken.is_spoken_to()
            await ken.press("1")
            await asyncio.wait_for(machine.ended.wait(), 30)
            await telephone.until("ACK")
            await over(home)
        (call,) = await newest(log, 1)
        assert call.evidence["family"] == {"said": "connect", "name": "健"}
    finally:
        await chooses(home, "ask_order=in-turn")


@pytest.mark.parametrize("picked_up", [False, True], ids=["rings", "speaks"])
async def test_help_gets_the_line_that_the_family_has(
    home: Home, members: Members, picked_up: bool
) -> None:
    members.busy_once.add("110")
    async with unknown(home, "0422990671") as caller:
        await say_a_name(caller)
        yumi = await members.rings(YUMI)
        if picked_up:
            await yumi.answer()
            await yumi.is_spoken_to()
        async with home.dialling("110", talk_seconds=0.2) as telephone:
            help_ = await members.rings("110", 2)
            await asyncio.wait_for(yumi.ended.wait(), 30)
            await help_.answer()
            await telephone.ended()
        await over(home)
    # Whoever calls now may be the police.
    await home.asterisk.console("database deltree callguard-emergency")
    await home.asterisk.console("dialplan set global CALLGUARD_HELP 0")


async def test_who_is_off_or_hangs_up_is_nobody_and_whoever_hangs_up_leaves_nothing(
    home: Home, log: Log, members: Members
) -> None:
    """Callers hang up while they say the name, while a telephone rings, and while it is spoken."""
    await cut_short(home)
    await chooses(home, "ask_unanswered=refuse")
    before = await in_use(home)
    async with AsyncExitStack() as ends:
        callers = [
            await ends.enter_async_context(unknown(home, f"042299065{nth}", talk_seconds=seconds))
            for nth, seconds in enumerate((0.2, 2.0, 11.0, 90.0))
        ]

        async def plays(caller: Endpoint) -> None:
            await caller.until("SIP/2.0 200")
            caller.speak()  # to the end: whatever is recorded is a name
            await caller.ended()

        async def picks_up() -> None:
            """Hang up on the first call without a choice, and leave all others alone."""
            call = await members.rings(YUMI)
            await call.answer()
            call.hang_up()

        await asyncio.gather(picks_up(), *map(plays, callers))
    (refused,) = await newest(log, 1)
    assert refused.outcome is Outcome.REFUSED
    async with asyncio.timeout(90):
        while await in_use(home) != before:
            await asyncio.sleep(0.2)
    assert kept(home) == []
