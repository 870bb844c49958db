"""The calls as a daughter looks at them on her telephone: why, one tap, and back again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.screening import Reason

from ..portal.called import log_call
from ..portal.site import Site
from .chromium import DESKTOP, PHONE, Browsing, Device

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browsing: Browsing) -> AsyncIterator[Device]:
    """The manager's telephone."""
    async with browsing.device() as device:
        yield device
        assert not device.complaints


def called(site: Site, number: str, reason: Reason = Reason.UNLISTED) -> None:
    """A call comes in now, later than every other."""
    site.clock.pass_(timedelta(minutes=1))
    log_call(site.database, site.household, number, site.clock.now, reason=reason)


def listed(site: Site, number: int) -> bool | None:
    entry = Lists(site.database).entry(site.household, number)
    return None if entry is None else entry.allowed


def call_of(device: Device, who: str) -> Locator:
    """Return the newest call of somebody in the list."""
    return device.page.get_by_role("listitem").filter(has_text=who).first


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_refused_caller_is_let_through_by_one_tap_and_refused_by_the_next(
    browsing: Browsing, size: dict[str, int], scripts: bool
) -> None:
    site = browsing.site
    called(site, "0422-99-7001")
    async with browsing.device(Role.MEMBER, size=size, scripts=scripts) as device:
        await device.open(site.path("calls"))
        call = call_of(device, "0422-99-7001")
        await expect(call).to_contain_text("登録のない番号です")
        await call.get_by_role("button", name="いつも通す").click()
        await expect(device.page.get_by_role("status").first).to_contain_text("いつも通す")
        assert listed(site, 81422997001) is True
        await device.page.get_by_role("button", name="元に戻す").click()
        await expect(device.page.get_by_role("status").first).to_contain_text("もとに戻しました")
        assert listed(site, 81422997001) is None


async def test_a_caller_from_abroad_is_let_through_only_after_the_danger_was_read(
    browsing: Browsing, phone: Device
) -> None:
    site = browsing.site
    called(site, "+1 202-555-0171", Reason.OVERSEAS)
    await phone.open(site.path("calls"))
    await call_of(phone, "+1 202-555-0171").get_by_role("button", name="今日だけ通す").click()
    await expect(phone.page.get_by_role("main")).to_contain_text("海外の番号です")
    await phone.page.get_by_role("link", name="やめる").click()
    assert listed(site, 12025550171) is None
    await call_of(phone, "+1 202-555-0171").get_by_role("button", name="今日だけ通す").click()
    await phone.page.get_by_role("button", name="分かったうえで").click()
    await expect(phone.page.get_by_role("status").first).to_contain_text("今日いっぱい")
    assert listed(site, 12025550171) is True


async def test_an_open_page_says_that_there_is_a_new_call_and_stays_where_it_was(
    browsing: Browsing, phone: Device
) -> None:
    site = browsing.site
    await phone.open(site.path("calls"))
    link = phone.page.get_by_role("link", name="新しい電話を見る")
    await expect(link).to_be_visible()
    called(site, "0422-99-7002")
    await phone.page.get_by_role("link", name="電話の記録が新しくなりました").click()
    await expect(call_of(phone, "0422-99-7002")).to_be_visible()


async def test_calls_are_searched_and_filtered_on_a_telephone(
    browsing: Browsing, phone: Device
) -> None:
    site = browsing.site
    called(site, "050-9999-7003", Reason.FRAUD_LIST)
    await phone.open(site.path("calls"))
    await phone.page.get_by_label("番号や名前でさがす").fill("050-9999-7003")
    await phone.page.get_by_role("button", name="さがす").click()
    await expect(call_of(phone, "050-9999-7003")).to_contain_text("詐欺リスト")
    await phone.page.get_by_role("link", name="断った").first.click()
    await expect(call_of(phone, "050-9999-7003")).to_be_visible()
    await phone.page.get_by_role("link", name="つないだ", exact=True).click()
    await expect(phone.page.get_by_text("あてはまる電話はありません")).to_be_visible()


async def test_a_viewers_page_has_no_buttons(browsing: Browsing) -> None:
    async with browsing.device(Role.VIEWER) as device:
        await device.open(browsing.site.path("calls"))
        await expect(device.page.get_by_role("button", name="いつも通す")).to_have_count(0)
        await expect(device.page.get_by_role("listitem").first).to_be_visible()
