"""The protection as a person uses it: hear an announcement, change the hours, be asked, undo."""

from collections.abc import AsyncIterator
from datetime import time
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.expectations import Expectations
from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role
from callguard.portal.protection.shown import SETTINGS
from callguard.screening import Action, Policy, QuietHours

from ..portal.site import Site
from .chromium import DESKTOP, PHONE, Browsing, Device
from .test_every_page import AXE, RULES

pytestmark = pytest.mark.asyncio(loop_scope="module")


def policy(site: Site) -> Policy:
    return HouseholdSettings(site.database).policy(site.household, now=site.clock.now)


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browsing: Browsing) -> AsyncIterator[Device]:
    """The manager's telephone."""
    async with browsing.device() as device:
        yield device
        assert not device.complaints


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_an_announcement_is_heard_in_the_page(
    browsing: Browsing, size: dict[str, int]
) -> None:
    async with browsing.device(size=size) as device:
        await device.open(browsing.site.path("protection"))
        await device.page.get_by_role("link", name="番号を隠した電話").click()
        await device.page.get_by_text("流れる案内を聞く・読む").first.click()
        sound = device.page.get_by_label("この案内を聞く").first
        await expect(sound).to_be_visible()
        length = await sound.evaluate(
            """async (sound) => {
              sound.muted = true;
              const heard = new Promise((done) => sound.addEventListener("timeupdate", done));
              await sound.play();
              await heard;
              return sound.duration;
            }"""
        )
        assert 5 < length < 15
        assert not device.complaints


async def test_every_setting_is_accessible_with_all_that_unfolds(
    browsing: Browsing, phone: Device
) -> None:
    faults = {}
    for name in sorted(SETTINGS - {"countries"}):
        await phone.open(browsing.site.path(f"protection/{name}"))
        for folded in await phone.page.locator("main summary").all():
            await folded.click()
        found: dict[str, Any] = await AXE.run(phone.page, options=RULES)
        if found["violations"]:
            faults[name] = [one["id"] for one in found["violations"]]
    assert not faults


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_quiet_hours_are_changed(
    browsing: Browsing, size: dict[str, int], scripts: bool
) -> None:
    site = browsing.site
    async with browsing.device(Role.MEMBER, size=size, scripts=scripts) as device:
        await device.open(site.path("protection"))
        await device.page.get_by_role("link", name="おやすみの時間").click()
        await device.page.get_by_label("時間を決めて").check()
        await device.page.get_by_label("始まり").fill("21:30")
        await device.page.get_by_label("終わり").fill("06:15")
        await device.page.get_by_role("button", name="この設定にする").click()
        said = device.page.get_by_role("status")
        await expect(said).to_contain_text("次の電話から働きます")
        assert policy(site).quiet_hours == QuietHours(time(21, 30), time(6, 15))
        await said.get_by_role("button", name="元に戻す").click()
        await expect(device.page.get_by_role("status")).to_contain_text("なし")
        assert policy(site).quiet_hours is None
        assert not device.complaints


async def test_what_is_dangerous_asks_and_can_be_left(browsing: Browsing, phone: Device) -> None:
    await phone.open(browsing.site.path("protection/overseas"))
    await phone.page.get_by_label("そのままつなぐ").check()
    await phone.page.get_by_role("button", name="この設定にする").click()
    await expect(phone.page.get_by_text("それが詐欺です")).to_be_visible()
    await phone.page.get_by_role("link", name="やめる").click()
    await expect(phone.page.get_by_role("heading", level=1)).to_have_text("海外からの電話")
    assert policy(browsing.site).overseas is Action.REJECT


async def test_a_country_is_found_and_added(browsing: Browsing, phone: Device) -> None:
    await phone.open(browsing.site.path("countries"))
    await phone.page.get_by_label("国の名前").fill("台湾")
    await phone.page.get_by_role("button", name="国を加える").click()
    await expect(phone.page.get_by_role("status")).to_contain_text("台湾")
    assert policy(browsing.site).countries == {"TW"}
    await phone.page.get_by_role("status").get_by_role("button", name="元に戻す").click()
    await expect(phone.page.get_by_role("status")).to_contain_text("なし")
    assert policy(browsing.site).countries == set()


async def test_a_call_is_expected_from_the_first_page(browsing: Browsing) -> None:
    site = browsing.site
    async with browsing.device(Role.SUBSCRIBER) as device:
        await device.open(site.path("today"))
        await device.page.get_by_role("link", name="電話を待っています").click()
        await device.page.get_by_role("button", name="待ちはじめる").click()
        await expect(device.page.get_by_role("status")).to_contain_text("今日 14:00まで")
        found = Expectations(site.database).running(site.household, now=site.clock.now)
        assert [one.country for one in found] == ["JP"]


async def test_the_subscriber_revokes_the_consent_and_gives_it_again(browsing: Browsing) -> None:
    site = browsing.site
    async with browsing.device(Role.SUBSCRIBER) as device:
        await device.open(site.path("consent"))
        await device.page.get_by_role("button", name="守りを止める").click()
        await device.page.get_by_role("button", name="取り消す", exact=True).click()
        await expect(device.page.get_by_role("status")).to_contain_text("守りを止めました")
        assert not policy(site).consent
        for box in await device.page.get_by_role("checkbox").all():
            await box.check()
        await device.page.get_by_role("button", name="同意を記録する").click()
        await expect(device.page.get_by_role("status")).to_contain_text("同意を記録しました")
        assert Consents(site.database).in_force(site.household) == set(Purpose)
        assert not device.complaints
