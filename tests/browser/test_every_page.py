"""Every page of the table in a real browser: accessible, quiet, still, and usable by keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.async_playwright import Axe

from callguard.people.rights import Right, Role
from callguard.portal.route import Route, Who
from callguard.portal.website import table

from ..portal.example import address
from ..portal.site import OPERATOR
from .chromium import DESKTOP, Browsing, Device

pytestmark = pytest.mark.asyncio(loop_scope="module")

AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_DOUBLE = "document.documentElement.style.fontSize = '225%'"
"""Twice the size of the style sheet."""

_STOPS = (Path(__file__).parent / "stops.js").read_text(encoding="utf-8")

_BLOCKING = """() => [...document.querySelectorAll("script[src]")]
  .filter((one) => !one.defer && !one.async && one.type !== "module").map((one) => one.src)"""


def pages(who: type[Right] | Who) -> Iterator[Route]:
    """Yield what is a page and can be opened as it is."""
    for route in table():
        kind = Right if isinstance(route.who, Right) else route.who
        if route.method == "GET" and route.html and kind is who:
            yield route


def path_of(browsing: Browsing, route: Route) -> str:
    return address(route.path, browsing.parts)


WHO: list[tuple[str | None, type[Right] | Who]] = [
    (Role.MANAGER, Right),
    (Role.MANAGER, Who.SIGNED_IN),
    (OPERATOR, Who.OPERATOR),
    (None, Who.ANYONE),
]


async def _look(device: Device, path: str, language: str, *, axe: bool) -> list[str]:
    """Open a page; return what is wrong with it."""
    faults = []
    device.complaints.clear()
    status = await device.open(path)
    if status != 200:
        faults.append(f"status {status}")
    if (spoken := await device.page.get_attribute("html", "lang")) != language:
        faults.append(f"speaks {spoken}")
    if axe:
        found: dict[str, Any] = await AXE.run(device.page, options=RULES)
        faults += [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
    if await device.page.evaluate(_WIDER) > 0:
        faults.append("wider than the screen")
    if (moved := await device.moved()) > 0.02:
        faults.append(f"moves by itself: {moved:.3f}")
    if blocking := await device.page.evaluate(_BLOCKING):
        faults.append(f"scripts that hold up the page: {blocking}")
    return faults + device.complaints


@pytest.mark.parametrize(("who", "kind"), WHO)
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_page_on_a_phone(
    browsing: Browsing, who: str | None, kind: type[Right] | Who, language: str
) -> None:
    faults = {}
    async with browsing.device(who, language=language) as device:
        for route in pages(kind):
            path = path_of(browsing, route)
            found = await _look(device, path, language, axe=True)
            await device.page.evaluate(_DOUBLE)
            if await device.page.evaluate(_WIDER) > 0:
                found.append("wider than the screen with type twice as large")
            if found:
                faults[path] = found
    assert not faults


@pytest.mark.parametrize(("who", "kind"), WHO)
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_page_on_a_desktop_in_the_dark(
    browsing: Browsing, who: str | None, kind: type[Right] | Who, language: str
) -> None:
    faults = {}
    async with browsing.device(who, language=language, size=DESKTOP, dark=True) as device:
        for route in pages(kind):
            path = path_of(browsing, route)
            if found := await _look(device, path, language, axe=language == "ja"):
                faults[path] = found
    assert not faults


@pytest.mark.parametrize(("who", "kind"), WHO)
async def test_the_keyboard_reaches_everything_in_order(
    browsing: Browsing, who: str | None, kind: type[Right] | Who
) -> None:
    faults = {}
    async with browsing.device(who, size=DESKTOP) as device:
        for route in pages(kind):
            path = path_of(browsing, route)
            await device.open(path)
            await device.page.evaluate("document.activeElement.blur()")
            wanted = list(range(await device.page.evaluate(_STOPS)))
            reached: list[int] = []
            for _ in range(4 * len(wanted) + 8):
                await device.page.keyboard.press("Tab")
                stop = await device.page.evaluate("document.activeElement.dataset.stop")
                if stop is not None and (not reached or reached[-1] != int(stop)):
                    reached.append(int(stop))
                if wanted and reached and reached[-1] == wanted[-1]:
                    break
            if reached != wanted:
                faults[path] = (reached, len(wanted))
    assert not faults
