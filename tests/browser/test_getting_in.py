"""Getting in as a person does it: a link on a telephone, a finger, and no password."""

import re
from datetime import timedelta

import pytest

from callguard.people.invitations import Invitations
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE

from .chromium import DESKTOP, PHONE, Browsing, Device

pytestmark = pytest.mark.asyncio(loop_scope="module")


def invite(browsing: Browsing, name: str) -> str:
    site = browsing.site
    invited = Invitations(site.database).invite(
        site.household, Role.MEMBER, name, by=COMMAND_LINE, now=site.clock.now
    )
    return f"/join/{invited.token}"


async def join(browsing: Browsing, phone: Device, name: str) -> None:
    await phone.authenticator()
    await phone.open(invite(browsing, name))
    await phone.page.get_by_role("button", name="パスキーを作って参加する").click()
    await phone.page.wait_for_url("**/today")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_an_invitation_is_accepted_with_a_passkey_that_then_signs_in(
    browsing: Browsing, size: dict[str, int]
) -> None:
    async with browsing.device(None, size=size) as phone:
        await join(browsing, phone, "次郎")
        await phone.open("/account")
        await phone.page.get_by_role("button", name="サインアウト").click()
        await phone.page.wait_for_url("**/sign-in?away=1")
        await phone.open(browsing.site.path("people"))
        await phone.page.get_by_role("button", name="パスキーでサインイン").click()
        await phone.page.wait_for_url(re.compile(r"/h/\d+/people$"))
        await phone.page.get_by_text("次郎").first.wait_for()
        assert phone.complaints == []


async def test_a_stale_proof_is_renewed_in_place(browsing: Browsing) -> None:
    async with browsing.device(None) as phone:
        await join(browsing, phone, "三郎")
        browsing.site.clock.pass_(timedelta(minutes=11))
        await phone.open("/account")
        await phone.page.get_by_role("link", name="パスキーを増やす").click()
        await phone.page.wait_for_url(re.compile("/confirm"))
        await phone.page.get_by_role("button", name="パスキーで確認").click()
        await phone.page.wait_for_url("**/account/passkeys/new")
        assert phone.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_lost_telephone_is_signed_out_from_another(
    browsing: Browsing, size: dict[str, int]
) -> None:
    async with (
        browsing.device(Role.MEMBER) as lost,
        browsing.device(Role.MEMBER, size=size) as here,
    ):
        assert await lost.open("/account") == 200
        await here.open("/account/devices")
        await here.page.get_by_role("button", name="ほかの端末をすべて").click()
        await here.page.get_by_text("サインアウトしました").wait_for()
        await lost.page.reload()
        assert "/sign-in" in lost.page.url
        assert await here.open("/account") == 200


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_removed_member_sees_nothing_from_the_next_page_on(
    browsing: Browsing, size: dict[str, int]
) -> None:
    async with browsing.device(None) as phone, browsing.device(size=size) as manager:
        await join(browsing, phone, "六郎")
        today = phone.page.url
        await manager.open(browsing.site.path("people"))
        await manager.page.get_by_role("link", name="六郎").click()
        await manager.page.get_by_role("link", name="この人を外す").click()
        await manager.page.get_by_role("button", name="この人を外す").click()
        await manager.page.get_by_text("六郎さんを外しました").wait_for()
        answer = await phone.page.goto(today)
        assert answer is not None
        assert answer.status == 404
        assert "中村" not in await phone.page.content()


async def copied(phone: Device, button: str) -> None:
    """Copy what is shown once, and see that it is that."""
    await phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await phone.page.get_by_role("button", name=button).click()
    await phone.page.get_by_text("コピーしました").wait_for()
    shown = await phone.page.locator("#link").input_value()
    assert await phone.page.evaluate("navigator.clipboard.readText()") == shown
    assert await phone.moved() < 0.02
    assert phone.complaints == []


async def test_an_invitation_is_made_and_its_link_copied(browsing: Browsing) -> None:
    async with browsing.device() as phone:
        await phone.open(browsing.site.path("people/invite"))
        await phone.page.get_by_label("招く人のお名前").fill("七郎")
        await phone.page.get_by_role("button", name="招待を作る").click()
        await copied(phone, "リンクをコピー")


async def test_a_key_for_programs_is_made_and_copied(browsing: Browsing) -> None:
    async with browsing.device() as phone:
        await phone.open(browsing.site.path("tokens/new"))
        await phone.page.get_by_label("鍵の名前").fill("居間の表示板")
        await phone.page.get_by_role("checkbox").first.check()
        await phone.page.get_by_role("button", name="鍵を作る").click()
        await copied(phone, "鍵をコピー")


async def test_the_same_device_is_told_that_it_has_a_passkey_already(browsing: Browsing) -> None:
    async with browsing.device(None) as phone:
        await join(browsing, phone, "四郎")
        await phone.open("/account/passkeys/new")
        await phone.page.get_by_role("button", name="パスキーを作る").click()
        await phone.page.get_by_text("もう登録されています").wait_for()
        assert phone.complaints == []


async def test_a_passkey_that_is_refused_is_said_and_tried_again(browsing: Browsing) -> None:
    async with browsing.device(None) as phone:
        await phone.authenticator()
        await phone.open("/sign-in")
        await phone.page.get_by_role("button", name="パスキーでサインイン").click()
        await phone.page.get_by_text("もう一度お試しください").wait_for()
        assert await phone.page.get_by_role("button", name="パスキーでサインイン").is_enabled()


async def test_without_javascript_one_joins_by_password(browsing: Browsing) -> None:
    async with browsing.device(None, scripts=False) as phone:
        await phone.open(invite(browsing, "五郎"))
        await phone.page.get_by_role("link", name="パスキーを使えないとき").click()
        await phone.page.get_by_label("メールアドレス").fill("goro@example.jp")
        await phone.page.get_by_label("パスワード", exact=True).fill("three plums in a basket")
        await phone.page.get_by_label("パスワード（もう一度）").fill("three plums in a basket")
        await phone.page.get_by_role("button", name="次へ").click()
        await phone.page.get_by_role("heading", name="認証アプリの準備").wait_for()
        assert await phone.page.get_by_role("img", name="QRコード").is_visible()
