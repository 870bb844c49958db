"""A daughter three hours away: invited, she sees why a call was refused, and lets the next one in.

All of it real: a node, an Asterisk, calls over SIP, and Chromium with a passkey.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import recognise

from ..browser.chromium import DESKTOP, PHONE, Device, device, start
from .conftest import FreePorts, ports


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def home(folder: Path, free_ports: FreePorts) -> AsyncIterator[Home]:
    """A home that refuses whoever the family has not named, with its portal at localhost."""
    home = Home(folder, ports(free_ports))
    await home.command("policy", "set", "--line", LINE, "allowlist_only=on")
    async with home:
        yield home


@asynccontextmanager
async def daughter(home: Home, size: dict[str, int]) -> AsyncIterator[Device]:
    """Invite her at the command line, and let her join by a passkey."""
    said = await home.command(
        "people", "invite", "--line", LINE, "--name", "由美", "--role", "manager"
    )
    link = said.splitlines()[0]
    base = home.environment["CALLGUARD_PORTAL_URL"]
    assert link.startswith(f"{base}/join/")
    async with (
        async_playwright() as driver,
        start(driver) as chromium,
        device(chromium, base, size=size) as her,
    ):
        await her.authenticator()
        await her.page.goto(link)
        await her.page.get_by_role("button", name="パスキーを作って参加する").click()
        await her.page.wait_for_url("**/today")
        yield her


async def calls(home: Home, number: str) -> tuple[str, str, str]:
    """Place a call from *number*; return the action, the reason, and what the caller heard."""
    async with (
        home.phone(ring_seconds=0.1),
        home.caller(f"<sip:{number}@trunk.invalid>") as call,
    ):
        await call.ended()
        found = await home.channels.of(call)
        heard = await asyncio.to_thread(recognise, call.media.heard())
    return found["CALLGUARD_ACTION"], found["CALLGUARD_REASON"], heard.prompt


@pytest.mark.parametrize(
    ("size", "number", "shown"),
    [(PHONE, "0422990177", "0422-99-0177"), (DESKTOP, "0422990188", "0422-99-0188")],
    ids=["phone", "desktop"],
)
async def test_a_refused_caller_is_let_through_with_one_tap_and_the_next_call_rings(
    home: Home, size: dict[str, int], number: str, shown: str
) -> None:
    async with daughter(home, size) as her:
        await her.page.get_by_role("link", name="通話", exact=True).click()
        action, reason, heard = await calls(home, number)
        assert (action, reason) == ("reject", "allowlist-only")
        assert heard.startswith("refused")

        # The open page tells by itself that there is a new call.
        await her.page.get_by_role("link", name="電話の記録が新しくなりました").click()
        card = her.page.get_by_role("listitem").filter(has_text=shown)
        await card.get_by_text("お断りしました").first.wait_for()
        await card.get_by_role("button", name="いつも通す").click()
        await her.page.get_by_role("status").filter(has_text=shown).first.wait_for()

        assert await calls(home, number) == ("connect", "household-allow", "")
        cards = her.page.get_by_role("listitem").filter(has_text=shown)
        async with asyncio.timeout(60):
            while await cards.count() < 2:  # that the first call has ended is news too
                async with her.page.expect_navigation():
                    await her.page.get_by_role("link", name="電話の記録が新しくなりました").click()
        assert her.complaints == []
