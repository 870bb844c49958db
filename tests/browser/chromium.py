"""Chromium as a person has it: a phone or a desktop, in a language, signed in as somebody."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Playwright

from callguard.people.rights import Role

from ..portal.site import Site

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}

PATIENCE_MS = 30_000
"""How long a page may take to come, on a machine that has much to do."""

_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
"""Adds up how far what one sees moves by itself (Cumulative Layout Shift)."""


@asynccontextmanager
async def start(driver: Playwright) -> AsyncIterator[Chromium]:
    """Run Debian's Chromium without a window; it keeps no sandbox as root.

    It speaks Japanese itself, as the fields for times do then: a page's locale does not reach them.
    """
    browser = await driver.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=["--no-sandbox", "--lang=ja"],
        env={**os.environ, "LANGUAGE": "ja"},
    )
    try:
        yield browser
    finally:
        await browser.close()


@dataclass
class Device:
    """One person's browser, and what it had to complain about."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    """Errors in the console, violated policies and failed scripts among them."""

    def hear(self, said: ConsoleMessage) -> None:
        """Keep an error of the console."""
        if said.type == "error":
            self.complaints.append(said.text)

    async def open(self, path: str) -> int:
        """Open a page; return its status."""
        answer = await self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        return answer.status

    async def moved(self) -> float:
        """Return how far the page has shifted by itself while it was loaded."""
        return float(await self.page.evaluate("window.shifts"))

    async def authenticator(self) -> None:
        """Give the device a passkey store that says yes (WebAuthn's virtual authenticator)."""
        protocol = await self.context.new_cdp_session(self.page)
        await protocol.send("WebAuthn.enable")
        await protocol.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )


@asynccontextmanager
async def device(
    chromium: Chromium,
    base: str,
    *,
    token: str | None = None,
    language: str = "ja",
    size: dict[str, int] = PHONE,
    dark: bool = False,
    installed: bool = False,
    scripts: bool = True,
) -> AsyncIterator[Device]:
    """Give somebody a device before the site at *base*.

    ``token`` is the cookie of their session, ``installed`` lets the service worker in, ``scripts``
    JavaScript.
    """
    more: Any = {"viewport": size}
    context = await chromium.new_context(
        locale={"ja": "ja-JP", "en": "en-US"}[language],
        color_scheme="dark" if dark else "light",
        has_touch=size is PHONE,
        java_script_enabled=scripts,
        reduced_motion="reduce",
        service_workers="allow" if installed else "block",
        timezone_id="Asia/Tokyo",
        **more,
    )
    try:
        if token is not None:
            await context.add_cookies([{"name": "callguard", "value": token, "url": base}])
        await context.add_init_script(_SHIFTS)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        one = Device(context, page, base)
        page.on("console", one.hear)
        page.on("pageerror", lambda error: one.complaints.append(str(error)))
        yield one
    finally:
        await context.close()


@dataclass
class Browsing:
    """The browser, the site, and examples for the parts of its addresses."""

    chromium: Chromium
    site: Site
    parts: dict[str, str]

    @asynccontextmanager
    async def device(
        self, who: str | None = Role.MANAGER, *, language: str = "ja", **more: Any
    ) -> AsyncIterator[Device]:
        """Give *who* (a role, ``operator``, or None: nobody) a device; see :func:`device`."""
        token = None
        if who is not None:
            token = self.site.sign_in(who)
            self.site.speaks(who, language)
        async with device(
            self.chromium, self.site.base, token=token, language=language, **more
        ) as one:
            yield one
