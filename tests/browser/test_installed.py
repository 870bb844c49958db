"""The site as an app on a phone: without a network it says so, and shows nothing of the home."""

import pytest

from .chromium import Browsing

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_network_the_app_says_that_the_line_is_guarded(
    browsing: Browsing,
) -> None:
    async with browsing.device(installed=True) as phone:
        await phone.open(browsing.site.path("today"))
        await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await phone.page.wait_for_function("navigator.serviceWorker.controller !== null")
        await phone.context.set_offline(True)
        await phone.page.goto(phone.base + browsing.site.path("calls"))
        text = await phone.page.inner_text("main")
        assert "ご自宅の電話を守る働きは続いています" in text
        style = "getComputedStyle(document.querySelector('.button')).backgroundColor"
        assert await phone.page.evaluate(style) == "rgb(11, 93, 87)"
        kept = await phone.page.evaluate(
            """async () => {
              const names = await caches.keys();
              const all = await Promise.all(names.map(async (n) => (await caches.open(n)).keys()));
              return all.flat().map((request) => new URL(request.url).pathname);
            }"""
        )
        assert all(path == "/offline" or path.startswith("/static/") for path in kept)
        await phone.context.set_offline(False)
        assert await phone.open(browsing.site.path("calls")) == 200


async def test_the_language_and_the_household_stay_when_scripts_are_off(
    browsing: Browsing,
) -> None:
    async with browsing.device(scripts=False) as phone:
        await phone.open(browsing.site.path("more"))
        await phone.page.get_by_role("button", name="English").click()
        await phone.page.get_by_role("heading", name="More").wait_for()
        await phone.page.get_by_role("link", name="Calls", exact=True).click()
        await phone.page.get_by_role("heading", name="Calls").first.wait_for()
        await phone.open(browsing.site.path("more"))
        await phone.page.get_by_role("button", name="日本語").click()
        await phone.page.get_by_role("heading", name="その他").wait_for()
