"""What the subscriber can press: the scam key during a call, and the dialling codes."""

from callguard.demo.home import Home
from callguard.demo.recognise import recognise
from callguard.demo.sipp import Endpoint

from .test_live_listing import CALLERS_TONE, PHONES_TONE, talk

STRANGER = "<sip:0422990401@trunk.invalid>"


async def test_the_scam_key_cuts_the_caller_off_and_advises_her(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(STRANGER, talk_seconds=50.0, frequency=CALLERS_TONE) as caller,
    ):
        await talk(caller, telephone)
        await telephone.press("*9")
        await caller.ended()
        telephone.media.forget()
        await telephone.ended()
        assert recognise(telephone.media.heard()).prompt == "scam-key"


async def test_the_caller_has_no_scam_key(home: Home) -> None:
    async with (
        home.phone(ring_seconds=0.1, frequency=PHONES_TONE) as telephone,
        home.caller(STRANGER, talk_seconds=12.0, frequency=CALLERS_TONE) as caller,
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
