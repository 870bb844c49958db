"""A node at an exchange: the called line decides whose policy counts, and calls go back."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.sipp import Endpoint, caller

from .conftest import FreePorts, ports
from .known import listed
from .members import members_at
from .short_sounds import cut_short, whole_again
from .test_ask_family import CALLERS_TONE, YUMI, say_a_name, unknown
from .test_live_listing import hears

WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def node(folder: Path, free_ports: FreePorts) -> AsyncIterator[Home]:
    """A node that screens one household; the other lines have not agreed."""
    node = Home(folder, ports(free_ports), carrier=True)
    async with node:
        yield node


async def test_a_withheld_call_for_a_screened_line_is_refused(node: Home) -> None:
    async with node.caller(WITHHELD, called="0422990000") as call:
        await call.ended()
        assert call.messages()[-2].status == 433
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "withheld"


async def test_a_withheld_call_for_a_line_without_consent_goes_back_untouched(node: Home) -> None:
    async with node.network() as exchange, node.caller(WITHHELD, called="0422990777") as call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "no-consent"
        assert b"INVITE sip:0422990777@" in exchange.received()


async def test_the_called_line_is_read_from_p_called_party_id_first(node: Home) -> None:
    header = "P-Called-Party-ID: <sip:0422990000@exchange.invalid>"
    async with node.caller(WITHHELD, header, called="0422990777") as call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "withheld"


async def test_a_caller_cannot_name_a_line_that_has_not_agreed_in_place_of_the_called_one(
    node: Home,
) -> None:
    async with node.caller(WITHHELD, to="sip:0422990777@exchange.invalid") as call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "withheld"


async def test_a_forwarded_call_is_screened_for_the_line_that_it_is_forwarded_to(
    node: Home,
) -> None:
    to = "sip:0422990000@exchange.invalid"
    async with (
        node.network() as exchange,
        node.caller(WITHHELD, called="0422990777", to=to) as call,
    ):
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "no-consent"
        assert b"INVITE sip:0422990777@" in exchange.received()


async def test_what_follows_a_number_is_not_dialled(node: Home) -> None:
    """A subaddress, a ported number's routing number: their digits are not the line's."""
    sender = "<sip:0422990001;isub=34@trunk.invalid>"
    called = "0422990000;isub=12;npdi;rn=0422000000"
    async with node.network() as exchange, node.caller(sender, called=called) as call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "household-allow"
        assert b"INVITE sip:0422990000@" in exchange.received()
        assert b"sip:0422990001@" in exchange.received()


async def test_an_allowed_caller_goes_back_to_the_exchange(node: Home) -> None:
    await node.command("allow", "--line", LINE, "0422-99-0002", "--name", "doctor")
    sender = "<sip:0422990002@trunk.invalid>"
    async with node.network() as exchange, node.caller(sender) as call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "household-allow"
        assert b"INVITE sip:0422990000@" in exchange.received()
        assert b"0422990002" in exchange.received()


async def test_a_call_by_a_trunk_from_abroad_is_overseas_whatever_it_shows(node: Home) -> None:
    call = caller(
        f"127.0.0.1:{node.ports.sip}",
        sender="<sip:0422990777@trunk.invalid>",
        called="0422990000",
        host="127.0.0.2",
        talk_seconds=0.2,
        quits=True,
    )
    async with call:
        await call.ended()
        assert (await node.channels.of(call))["CALLGUARD_REASON"] == "overseas"


async def test_a_call_that_comes_back_is_not_screened_twice_and_ends_if_it_goes_round(
    node: Home,
) -> None:
    await node.command("allow", "--line", LINE, "0422-99-0002", "--name", "doctor")
    sender, mark = "<sip:0422990002@trunk.invalid>", ""
    for _ in range(3):
        async with node.network() as exchange, node.caller(sender, *_marked(mark)) as call:
            await call.ended()
            mark = _mark(exchange)
        sender = WITHHELD  # as an exchange might send it back
    async with node.caller(sender, *_marked(mark)) as call:
        await call.ended()
        assert call.messages()[-2].status == 482


async def test_a_mark_for_another_line_or_of_somebody_else_is_none(node: Home) -> None:
    sender = "<sip:0422990001@trunk.invalid>"
    async with node.network() as exchange, node.caller(sender, called="0422990777") as call:
        await call.ended()
        other = _mark(exchange)
    forged = f"{other.rpartition('-')[0]}-{'0' * 40}"
    for mark in (other, forged):
        async with node.caller(WITHHELD, *_marked(mark), talk_seconds=0.2, quits=True) as call:
            await call.ended()
            assert (await node.channels.of(call))["CALLGUARD_REASON"] == "withheld"


async def test_the_codecs_that_the_caller_offers_are_offered_on(node: Home) -> None:
    sender = "<sip:0422990001@trunk.invalid>"
    async with node.network() as exchange, node.caller(sender) as call:
        await call.ended()
        offers = re.findall(rb"m=audio \d+ RTP/AVP ([\d ]+)", exchange.received())
        assert offers[0].split()[0] == b"0"
        assert not {b"8", b"9"} & set(offers[0].split())


def _marked(mark: str) -> tuple[str, ...]:
    return (f"X-Callguard-Screened: {mark}",) if mark else ()


def _mark(exchange: Endpoint) -> str:
    found = re.search(rb"X-Callguard-Screened: ([0-9a-f-]+)", exchange.received())
    assert found is not None
    return found[1].decode()


async def test_without_callguard_a_call_goes_on_untouched(node: Home, tmp_path: Path) -> None:
    """Whether the line has agreed to be screened, nobody can say then."""
    await node.asterisk.console(f"dialplan set global CALLGUARD_FALLBACK {tmp_path / 'none'}")
    await node.stop_callguard()
    try:
        async with node.network() as exchange, node.caller(WITHHELD) as call:
            await call.ended()
            variables = await node.channels.of(call)
            assert variables["CALLGUARD_DEFENCE"] == "alone"
            assert variables["CALLGUARD_REASON"] == "no-consent"
            assert b"INVITE sip:0422990000@" in exchange.received()
    finally:
        await node.start_callguard()
        await node.asterisk.console(
            f"dialplan set global CALLGUARD_FALLBACK {node.asterisk.site.fallback}"
        )


async def test_the_family_is_asked_and_lets_the_caller_through_from_now_on(node: Home) -> None:
    await node.command("family", "add", "--line", LINE, YUMI, "--name", "由美")
    await node.command("policy", "set", "--line", LINE, "unlisted=challenge", "challenge=family")
    await cut_short(node)
    async with (
        members_at(node.ports.trunk) as exchange,
        unknown(node, "0422990661") as caller,
    ):
        await say_a_name(caller)
        yumi = await exchange.rings(YUMI)
        assert yumi.shown == "+81422990000"
        assert "0422990661" not in yumi.invite
        await yumi.answer()
        await yumi.is_spoken_to()
        await yumi.press("3")
        telephone = await exchange.rings("0422990000")
        assert telephone.shown == "0422990661"
        await telephone.answer()
        caller.speak()
        await hears(telephone, CALLERS_TONE, 0.3)
        await node.asterisk.console("channel request hangup all")
    await listed(node, 81422990661, allowed=True)
    await whole_again(node)
