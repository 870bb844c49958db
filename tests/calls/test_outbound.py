"""Calls on their way out of an exchange: a suspended line reaches nobody but help."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from callguard.asterisk.carrier_site import CarrierSite, Ingress
from callguard.asterisk.instance import Asterisk, find_loader
from callguard.demo.home import Home
from callguard.demo.sipp import Endpoint

from .conftest import FreePorts, ports
from .short_sounds import cut_short
from .test_live_listing import requests

SUSPENDED, STOCK, OTHER = "05099991000", "05099992042", "05099995555"
TALKS, RINGS, HELP = "05099993001", "05099993002", "05099993003"
TOLD = 900.0
"""Hz, in place of the words that calls cannot be made now."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def node(folder: Path, free_ports: FreePorts) -> AsyncIterator[Home]:
    """A node whose ingress is the exchange's own lines; one line and one stock are suspended."""
    node = Home(folder, ports(free_ports), carrier=True)
    site = cast("CarrierSite", node.asterisk.site)
    own = Ingress("own", ("127.0.0.1",), outbound=True)
    node.asterisk = Asterisk(replace(site, ingresses=(own,)), find_loader(), node.environment)
    async with node:
        await suspend(node, SUSPENDED, "050-9999-2000..050-9999-2099")
        await told(node, STOCK, "suspended")
        await cut_short(node, tones={"refused-suspended": TOLD})
        async with asyncio.timeout(60):
            while not (await asyncio.to_thread(node.parts)).get("ami", {}).get("ok"):
                await asyncio.sleep(0.05)
        yield node


async def suspend(node: Home, *numbers: str) -> None:
    await node.command(
        *("feed", "publish", "--key", str(node.folder / "police.json")),
        *("--category", "suspended", "--reference", "S-1", *numbers),
    )


async def told(node: Home, line: str, reason: str) -> None:
    """Wait until the node says *reason* of calls by *line*."""
    question = ("check", "--outbound", "--from", line, "--to", "0422990001", "--json")
    async with asyncio.timeout(120):  # each look starts a program
        while json.loads(await node.command(*question))["reason"] != reason:
            pass


def dials(node: Home, line: str, number: str, *headers: str) -> Endpoint:
    return node.caller(f"<sip:{line}@own.invalid>", *headers, called=number)


@pytest.mark.parametrize("line", [SUSPENDED, STOCK])
async def test_a_suspended_line_reaches_no_one(node: Home, line: str) -> None:
    async with node.network() as exchange, dials(node, line, "0422990001") as call:
        await call.ended()
        assert call.messages()[-2].status == 403
        assert b"INVITE" not in exchange.received()
    log = node.callguard_log.read_text()
    assert "reject, suspended by police, reference S-1" in log
    assert line[1:] not in log


async def test_nor_does_one_that_withholds_its_number(node: Home) -> None:
    asserted = f"P-Asserted-Identity: <sip:{SUSPENDED}@own.invalid>"
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    async with (
        node.network() as exchange,
        node.caller(sender, asserted, "Privacy: id", called="0422990001") as call,
    ):
        await call.ended()
        assert call.messages()[-2].status == 403
        assert b"INVITE" not in exchange.received()


@pytest.mark.parametrize("number", ["110", "119", "118", "184119"])
async def test_help_is_reached_from_a_suspended_line(node: Home, number: str) -> None:
    async with node.network() as exchange, dials(node, SUSPENDED, number) as call:
        await call.ended()
        assert f"INVITE sip:{number}@".encode() in exchange.received()


@pytest.mark.parametrize("number", ["0422990001", "%239110"])
async def test_another_line_calls_as_before(node: Home, number: str) -> None:
    async with node.network() as exchange, dials(node, OTHER, number) as call:
        await call.ended()
        assert f"INVITE sip:{number}@".encode() in exchange.received()
        assert OTHER.encode() in exchange.received()


async def test_a_line_that_is_suspended_while_it_talks_is_cut_off(node: Home) -> None:
    """Also one that withholds its number, and was listed for fraud before."""
    asserted = f"P-Asserted-Identity: <sip:{TALKS}@own.invalid>"
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    key = str(node.folder / "police.json")
    await node.command("feed", "publish", "--key", key, "--category", "fake-police", TALKS)
    async with (
        node.network() as exchange,
        node.caller(sender, asserted, "Privacy: id", called="0422990001", talk_seconds=50) as call,
    ):
        await call.until("SIP/2.0 200")
        await suspend(node, TALKS)
        await exchange.until("BYE")
        await call.ended()
        assert requests(call) == ["BYE"]
        assert call.media.heard().tone(TOLD) > 0.5


async def test_one_that_is_suspended_while_it_rings_is_refused(node: Home) -> None:
    async with (
        node.network(ring_seconds=50) as exchange,
        dials(node, RINGS, "0422990001") as call,
    ):
        await exchange.until("SIP/2.0 180")
        await suspend(node, RINGS)
        await exchange.until("CANCEL")
        await call.ended()
        assert [m.status for m in call.messages() if m.status >= 200] == [403]


async def test_help_goes_on_when_its_line_is_suspended(node: Home) -> None:
    async with (
        node.network() as exchange,
        node.caller(f"<sip:{HELP}@own.invalid>", called="110", talk_seconds=50) as call,
    ):
        await call.until("SIP/2.0 200")
        await suspend(node, HELP)
        await told(node, HELP, "suspended")
        assert not requests(call)
        assert "BYE" not in requests(exchange)


async def test_what_is_lifted_calls_again(node: Home) -> None:
    await node.command(*("feed", "retract", "--key", str(node.folder / "police.json"), SUSPENDED))
    await told(node, SUSPENDED, "outbound")
    async with node.network() as exchange, dials(node, SUSPENDED, "0422990001") as call:
        await call.ended()
        assert b"INVITE sip:0422990001@" in exchange.received()
