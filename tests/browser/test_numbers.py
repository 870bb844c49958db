"""The lists as a person keeps them: one number in ten seconds, an address book in a minute."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, expect

from callguard.households.lists import Lists
from callguard.people.rights import Role

from ..portal.site import Site
from .chromium import DESKTOP, PHONE, Browsing, Device

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browsing: Browsing) -> AsyncIterator[Device]:
    """The manager's telephone."""
    async with browsing.device() as device:
        yield device
        assert not device.complaints


def name_of(site: Site, number: int) -> str | None:
    entry = Lists(site.database).entry(site.household, number)
    return None if entry is None else entry.name


def address_book(numbers: range) -> FilePayload:
    cards = "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:知人{n}\r\nTEL:0422-99-{n}\r\nEND:VCARD\r\n"
        for n in numbers
    )
    return {"name": "contacts.vcf", "mimeType": "text/vcard", "buffer": cards.encode()}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_the_doctors_number_is_added_removed_and_put_back(
    browsing: Browsing, size: dict[str, int], scripts: bool
) -> None:
    site = browsing.site
    async with browsing.device(Role.MEMBER, size=size, scripts=scripts) as device:
        await device.open(site.path("today"))
        await device.page.get_by_role("link", name="番号を登録する").click()
        await device.page.get_by_label("電話番号").fill("0422-99-7101")
        await device.page.get_by_label("名前", exact=False).first.fill("みどり内科")
        await device.page.get_by_role("button", name="追加").click()
        said = device.page.get_by_role("status").first
        await expect(said).to_contain_text("みどり内科を追加しました")
        assert name_of(site, 81422997101) == "みどり内科"
        await device.page.get_by_role("button", name="みどり内科を消す").click()
        await expect(said).to_contain_text("消しました")
        assert name_of(site, 81422997101) is None
        await device.page.get_by_role("button", name="元に戻す").click()
        await expect(said).to_contain_text("もとに戻しました")
        assert name_of(site, 81422997101) == "みどり内科"


@pytest.mark.parametrize(
    ("size", "first"), [(PHONE, 8000), (DESKTOP, 8200)], ids=["phone", "desktop"]
)
async def test_two_hundred_contacts_are_looked_at_and_then_added(
    browsing: Browsing, size: dict[str, int], first: int
) -> None:
    site = browsing.site
    async with browsing.device(Role.MEMBER, size=size) as device:
        page = device.page
        await device.open(site.path("numbers"))
        await page.get_by_role("link", name="電話帳から取り込む").click()
        await page.get_by_label("ファイル").set_input_files(address_book(range(first, first + 200)))
        await page.get_by_role("button", name="内容を確かめる").click()
        await expect(page.get_by_text("200件").first).to_be_visible()
        assert name_of(site, 81422990000 + first) is None
        await page.get_by_label(f"知人{first + 7}").uncheck()
        await page.get_by_role("button", name="印を付けた番号を追加する").click()
        await expect(page.get_by_role("status").first).to_contain_text("199件を追加")
        assert name_of(site, 81422990199 + first) == f"知人{first + 199}"
        assert name_of(site, 81422990007 + first) is None
        assert not device.complaints


async def test_a_mistyped_number_is_explained_beside_its_field(
    browsing: Browsing, phone: Device
) -> None:
    await phone.open(browsing.site.path("numbers"))
    await phone.page.get_by_label("電話番号").fill("422-99-7102")
    await phone.page.get_by_role("button", name="追加").click()
    field = phone.page.get_by_label("電話番号")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        re.compile("はじめの0が抜けていませんか：0422-99-7102")
    )
    phone.complaints.clear()  # the answer's status, 422, is in the console


async def test_the_lists_are_taken_away_as_a_table(browsing: Browsing, phone: Device) -> None:
    await phone.open(browsing.site.path("numbers/files"))
    async with phone.page.expect_download() as waiting:
        await phone.page.get_by_role("button", name="CSV").click()
    download = await waiting.value
    assert download.suggested_filename.startswith("callguard-")
    path = await download.path()
    assert "さくら医院" in path.read_text(encoding="utf-8-sig")
