"""Every shape of caller ID from the field, as a real call through a real Asterisk.

All calls are placed at once, since most of their time is spent listening to announcements; then
each test looks at one of them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from callguard import prompts
from callguard.demo.home import Home
from callguard.demo.media import Sound
from callguard.demo.recognise import Recognised, recognise
from callguard.demo.sipp import Message, SippError

from .conftest import publish

ANONYMOUS = "<sip:anonymous@anonymous.invalid>"


@dataclass(frozen=True, slots=True)
class Shape:
    """One caller ID as it arrives, and what must become of the call."""

    sender: str
    action: str
    reason: str
    headers: tuple[str, ...] = ()
    answer: int = 603
    prompt: str = ""
    shown: str = ""
    """The number on the telephone's display, where the call rings."""
    called: str = "0422990000"

    @property
    def rings(self) -> bool:
        return self.action != "reject"


def refused(reason: str, sender: str, *headers: str, answer: int = 603) -> Shape:
    return Shape(sender, "reject", reason, headers, answer, f"refused-{reason}")


def warned(sender: str, *headers: str, reason: str = "unlisted", shown: str = "") -> Shape:
    return Shape(sender, "warn", reason, headers, 200, "warning", shown)


def put_through(sender: str, *headers: str, shown: str = "0422990001") -> Shape:
    return Shape(sender, "connect", "household-allow", headers, 200, "", shown)


def pai(uri: str) -> str:
    return f"P-Asserted-Identity: <{uri}>"


SHAPES: Mapping[str, Shape] = {
    # Withheld: the four reasons of Number Display (TTC JJ-90.22), and the ways to hide them.
    "withheld": refused("withheld", f'"Anonymous" {ANONYMOUS}', answer=433),
    "withheld, no display name": refused("withheld", f"{ANONYMOUS}", answer=433),
    "withheld, number disclosed by the network": refused(
        "withheld", f'"Anonymous" {ANONYMOUS}', pai("sip:0422990003@trunk.invalid"),
        "Privacy: id", answer=433,
    ),
    "withheld by Privacy alone": refused(
        "withheld", "<sip:0422990003@trunk.invalid>", "Privacy: id", answer=433
    ),
    "allowlisted but withheld": refused(
        "withheld", f'"Anonymous" {ANONYMOUS}', pai("sip:0422990001@trunk.invalid"),
        "Privacy: id", answer=433,
    ),
    "payphone": warned(f'"Coin line/payphone" {ANONYMOUS}', reason="payphone", shown="anonymous"),
    "payphone, number disclosed by the network": warned(
        f'"Coin line/payphone" {ANONYMOUS}', pai("sip:0422990004@trunk.invalid"), "Privacy: id",
        reason="payphone", shown="anonymous",
    ),
    "number not available": refused("unavailable", f'"Unavailable" {ANONYMOUS}'),
    "clash with another service": refused(
        "unavailable", f'"Interaction with other service" {ANONYMOUS}'
    ),
    # Overseas, in all the forms that Japanese lines see.
    "overseas": refused("overseas", "<sip:+12025550123@trunk.invalid>"),
    "overseas, from the network's word": refused(
        "overseas", "<sip:0422990005@trunk.invalid>", pai("tel:+12025550123")
    ),
    "overseas, dialled with 010": refused("overseas", "<sip:010442071234567@trunk.invalid>"),
    "overseas, by a carrier's prefix": refused(
        "overseas", "<sip:0033010442071234567@trunk.invalid>"
    ),
    "overseas, dialled with 00": refused("overseas", "<sip:00442071234567@trunk.invalid>"),
    "overseas, without its plus": refused("overseas", "<sip:12025550123@trunk.invalid>"),
    "a fake police number under no country": refused(
        "overseas", "<sip:+2952570110@trunk.invalid>"
    ),
    "an international freephone number": refused("overseas", "<sip:+80012345678@trunk.invalid>"),
    "overseas, behind a payphone's name and a header too long to be read": refused(
        "overseas", f'"Coin line/payphone {ANONYMOUS}{"x" * 600}" <sip:+12025550123@trunk.invalid>'
    ),
    # Numbers that cannot exist.
    "an exchange that begins with 1": refused("malformed", "<sip:0312345678@trunk.invalid>"),
    "IP telephony with a 0 after 050": refused("malformed", "<sip:05001234567@trunk.invalid>"),
    "Japan's country code without its plus": refused(
        "malformed", "<sip:81422990005@trunk.invalid>"
    ),
    "a dialled 184 in the caller ID": refused("malformed", "<sip:1840422990005@trunk.invalid>"),
    "a handset's code": refused("malformed", "<sip:%239110@trunk.invalid>"),
    "a service code": refused("malformed", "<sip:104@trunk.invalid>"),
    "a name for a number": refused("malformed", "<sip:police@trunk.invalid>"),
    # Listed and blocked.
    "on the police list": Shape(
        "<sip:0422990110@trunk.invalid>", "reject", "fraud-list", (), 607, "refused-fraud-list"
    ),
    "in a listed range": Shape(
        "<sip:05099990042@trunk.invalid>", "reject", "fraud-list", (), 607, "refused-fraud-list"
    ),
    "listed, and withheld with the number disclosed": Shape(
        f'"Anonymous" {ANONYMOUS}', "reject", "fraud-list",
        (pai("sip:0422990110@trunk.invalid"), "Privacy: id"), 607, "refused-fraud-list",
    ),
    "listed, and withheld with the number in the network's second word": Shape(
        f'"Anonymous" {ANONYMOUS}', "reject", "fraud-list",
        (pai("sip:reception@trunk.invalid"), pai("tel:+81422990110"), "Privacy: id"), 607,
        "refused-fraud-list",
    ),
    "blocked by the household": Shape(
        "<sip:0422990009@trunk.invalid>", "reject", "household-block", (), 607,
        "refused-household",
    ),
    # Domestic: warned, or put through.
    "a fixed line": warned("<sip:0422990199@trunk.invalid>", shown="0422990199"),
    "a fixed line in international form": warned(
        "<sip:+81422990198@trunk.invalid>", shown="+81422990198"
    ),
    "a mobile": warned("<sip:09012345678@trunk.invalid>", shown="09012345678"),
    "a 060 mobile": warned("<sip:06012345678@trunk.invalid>", shown="06012345678"),
    "toll-free": warned("<sip:0120123456@trunk.invalid>", shown="0120123456"),
    "the police's own number": warned(
        "<sip:110@trunk.invalid>", reason="protected-number", shown="110"
    ),
    "a display name that says Anonymous": warned(
        '"Anonymous Foods" <sip:0422990197@trunk.invalid>', shown="0422990197"
    ),
    "a failed verification": warned(
        "<sip:0422990196@trunk.invalid>",
        pai("sip:+81422990196;verstat=TN-Validation-Failed@trunk.invalid"), shown="+81422990196",
    ),
    "the daughter": put_through("<sip:0422990001@trunk.invalid>"),
    "the daughter, in international form": put_through(
        "<sip:+81422990001@trunk.invalid>", shown="+81422990001"
    ),
    "the daughter, with a subaddress": put_through("<sip:0422990001;isub=12@trunk.invalid>"),
    "the daughter, asserted by the network": put_through(
        "<sip:0422990199@trunk.invalid>", pai("sip:0422990001@trunk.invalid")
    ),
    # Attacks on the dialplan and on AGI.
    "dialplan functions in a number": refused(
        "malformed", "<sip:$%7bSHELL(id)%7d@trunk.invalid>"
    ),
    "quotes and commas in a display name": warned(
        '"a\\",CALLGUARD_ACTION=connect,b=\\"" <sip:0422990195@trunk.invalid>', shown="0422990195"
    ),
    "a line break in a number": refused(
        "malformed", "<sip:0422990001%0aagi_arg_1:%20line=x%0a%0a@trunk.invalid>"
    ),
    "a very long number": refused("malformed", f"<sip:{'1' * 3000}@trunk.invalid>"),
    "a number of ten thousand digits": refused("malformed", f"<sip:{'2' * 10_000}@trunk.invalid>"),
    "a number of one digit": refused("malformed", "<sip:5@trunk.invalid>"),
    "bytes that are no text": warned(
        '"\udcff\udcfe\udc80" <sip:0422990192@trunk.invalid>', shown="0422990192"
    ),
    "a number of bytes that are no text": refused("malformed", "<sip:%ff%fe@trunk.invalid>"),
    "a very long display name": warned(
        f'"{"x" * 3000}" <sip:0422990194@trunk.invalid>', shown="0422990194"
    ),
    "a semicolon and a closing brace": warned(
        '"};Hangup()" <sip:0422990193@trunk.invalid>', shown="0422990193"
    ),
}  # fmt: skip


@dataclass(slots=True)
class Observed:
    """What one call was seen to do."""

    messages: list[Message] = field(default_factory=list)
    sound: Sound = field(default_factory=Sound)
    heard: Recognised = field(default_factory=lambda: Recognised("", 0.0, 0.0))
    loudest: float = 0.0
    variables: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def answer(self) -> int:
        return next((m.status for m in self.messages if m.status >= 200), 0)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def observed(home: Home) -> AsyncIterator[tuple[Mapping[str, Observed], bytes]]:
    """What every call was seen to do, and everything that the telephone was sent."""
    await publish(home, "0422-99-0110", "050-9999-0000..050-9999-0099")
    await _listed(home)
    ringing = sum(shape.rings for shape in SHAPES.values())

    async def place(shape: Shape) -> Observed:
        seen = Observed()
        async with home.caller(shape.sender, *shape.headers, called=shape.called) as call:
            try:
                await call.ended()
            except SippError as error:
                seen.fault = str(error)
            seen.messages = call.messages()
            seen.sound = call.media.heard()
        seen.variables = await home.channels.of(call)
        return seen

    async with home.phone(calls=ringing) as telephone:
        results = await asyncio.gather(*(place(shape) for shape in SHAPES.values()))
        for seen in results:  # only now: while it listens, this loop has no time to think
            seen.heard = recognise(seen.sound)
            seen.loudest = max(seen.sound.levels(), default=0.0)
        yield dict(zip(SHAPES, results, strict=True)), telephone.received()


async def _listed(home: Home) -> None:
    async with asyncio.timeout(10):
        while "101 numbers" not in await home.command("feed", "status"):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", SHAPES)
async def test_the_verdict(name: str, observed: tuple[Mapping[str, Observed], bytes]) -> None:
    seen, shape = observed[0][name], SHAPES[name]
    found = (seen.variables.get("CALLGUARD_ACTION"), seen.variables.get("CALLGUARD_REASON"))
    assert found == (shape.action, shape.reason), seen.fault
    assert seen.variables["CALLGUARD_DEFENCE"] == "daemon"


@pytest.mark.parametrize("name", SHAPES)
async def test_what_the_caller_gets(
    name: str, observed: tuple[Mapping[str, Observed], bytes]
) -> None:
    seen, shape = observed[0][name], SHAPES[name]
    assert seen.answer == shape.answer, seen.fault
    assert seen.heard.prompt == shape.prompt
    if shape.prompt:
        whole = prompts.load()[shape.prompt].seconds()
        assert seen.heard.seconds == pytest.approx(whole, abs=0.3)
        assert seen.loudest > 0.05
        assert 183 in [message.status for message in seen.messages]


@pytest.mark.parametrize("name", SHAPES)
async def test_whether_the_telephone_rings(
    name: str, observed: tuple[Mapping[str, Observed], bytes]
) -> None:
    telephone, shape = observed[1], SHAPES[name]
    if shape.rings:
        assert f"<sip:{shape.shown}@".encode() in telephone
    else:
        digits = shape.sender.partition("sip:")[2].partition("@")[0]
        assert digits == "anonymous" or f"<sip:{digits}@".encode() not in telephone


async def test_the_telephone_rings_for_those_calls_and_no_others(
    observed: tuple[Mapping[str, Observed], bytes],
) -> None:
    invites = observed[1].count(b"\nINVITE sip:phone@")
    assert invites == sum(shape.rings for shape in SHAPES.values())


async def test_a_disclosed_number_reaches_neither_telephone_nor_log(
    home: Home, observed: tuple[Mapping[str, Observed], bytes]
) -> None:
    for digits in (b"0422990003", b"0422990004"):
        assert digits not in observed[1]
        assert digits not in home.callguard_log.read_bytes()
        assert digits not in home.asterisk.log.read_bytes()


async def test_no_call_needed_a_second_line_of_defence(
    home: Home, observed: tuple[Mapping[str, Observed], bytes]
) -> None:
    log = home.asterisk.log.read_text(errors="replace")
    assert "callguard gave no verdict" not in log
