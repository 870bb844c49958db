"""What the subscriber can press: the scam key during a call, and the dialling codes."""

import asyncio
import json

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds, recognise
from callguard.demo.sipp import Endpoint

from .test_live_listing import CALLERS_TONE, PHONES_TONE, talk

STRANGER = "<sip:0422990401@trunk.invalid>"


async def test_the_scam_key_cuts_the_caller_off_and_advises_her(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(STRANGER, talk_seconds=50.0, frequency=CALLERS_TONE) as caller,
    ):
        await talk(caller, telephone)
        telephone.media.forget()
        await telephone.press("*9")
        await caller.ended()
        await telephone.ended()
        assert holds(telephone.media.heard(), "scam-key")
    assert await listed(home, "0422-99-0401") == "block"


async def test_the_caller_has_no_scam_key(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(
            "<sip:0422990403@trunk.invalid>", talk_seconds=30.0, frequency=CALLERS_TONE
        ) as caller,
    ):
        await talk(caller, telephone)
        await caller.press("*9")
        await talk(caller, telephone)


async def dialled(home: Home, code: str) -> str:
    """Dial *code*; return the announcement that is heard."""
    async with home.dialling(code, talk_seconds=40.0) as telephone:
        await telephone.ended()
        return recognise(telephone.media.heard()).prompt


async def refused(home: Home, sender: str) -> None:
    caller: Endpoint
    async with home.caller(sender) as caller:
        await caller.ended()


async def test_she_hears_how_many_calls_were_refused_today(home: Home) -> None:
    assert await dialled(home, "*60") == "refused-today-0"
    await refused(home, "<sip:0422990009@trunk.invalid>")
    assert await dialled(home, "*60") == "refused-today-1"


async def test_the_last_caller_without_a_number_cannot_be_registered(home: Home) -> None:
    await refused(home, '"Anonymous" <sip:anonymous@anonymous.invalid>')
    assert await dialled(home, "*61") == "last-unknown"
    assert await dialled(home, "*62") == "last-unknown"


async def listed(home: Home, number: str) -> str:
    """Wait until the household's lists hold *number*; return which list it is."""
    async with asyncio.timeout(20):
        while True:
            policy = json.loads(await home.command("policy", "show", "--line", LINE, "--json"))
            for name in ("allow", "block"):
                if number in json.dumps(policy[name]):
                    return name


async def test_the_last_caller_is_registered_by_a_code(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1),
        home.caller("<sip:0422990402@trunk.invalid>", talk_seconds=0.2) as caller,
    ):
        await caller.ended()
    assert await dialled(home, "*61") == "last-allowed"
    assert await listed(home, "0422-99-0402") == "allow"
    assert await dialled(home, "*62") == "last-blocked"
    await home.command("calls", "list", "--line", LINE)
