"""One's own account, as a browser does it."""

from datetime import timedelta

from callguard.people.members import People
from callguard.people.passkeys import Passkeys, PasskeySeen
from callguard.people.relying_party import RelyingParty
from callguard.people.rights import Role

from ...people.authenticator import Authenticator
from ..site import OPERATOR, Site
from ..ways_in import (
    HOSTILE,
    MAIL,
    PASSWORD,
    App,
    give_passkey,
    give_password,
    options,
    sign_in_by_passkey,
)

NEW = "four pears in a bowl"


def passkeys(site: Site, who: str = Role.MANAGER) -> tuple[PasskeySeen, ...]:
    party = RelyingParty.of(site.settings.portal_url)
    return Passkeys(site.database, party).of_person(site.people[who])


async def test_everybody_sees_their_own_account(site: Site) -> None:
    for who in (*Role, "stranger", OPERATOR):
        page = await site.visitor(who).get("/account")
        assert page.status == 200
        assert People(site.database).person(site.people[who]).name in page.text


async def test_who_belongs_to_no_household_is_told_what_to_do(site: Site) -> None:
    from callguard.trail import COMMAND_LINE

    people = People(site.database)
    people.remove(site.household, site.people["viewer"], by=COMMAND_LINE, now=site.clock.now)
    visitor = site.visitor("viewer")
    page = await visitor.follow(await visitor.get("/"))
    assert "どの家庭にも入っていません" in page.words


async def test_name_and_language_are_changed(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER)
    page = await visitor.get("/account")
    answer = await visitor.submit(page, "/account", name="中村　花子", language="en")
    page = await visitor.follow(answer)
    assert "Saved." in page.words
    assert 'value="中村 花子"' in page.text
    for name, language in (("", "en"), ("x" * 101, "en"), ("花子", "fr"), ("花\u202e子", "ja")):
        page = await visitor.post("/account", name=name, language=language)
        assert page.status == 422
    assert People(site.database).person(site.people["viewer"]).name == "中村 花子"


async def test_another_passkey_is_added_and_signs_in(site: Site) -> None:
    visitor, phone = site.visitor(), Authenticator()
    page = await visitor.get("/account/passkeys/new")
    asked = await visitor.post("/account/passkeys/options", name="iPad", answer="")
    answer = phone.create(options(asked))
    done = await visitor.submit(page, "/account/passkeys/new", name="台所の iPad", answer=answer)
    assert "台所の iPad" in (await visitor.follow(done)).words
    assert (await sign_in_by_passkey(site.visitor(None), phone)).status == 303


async def test_a_passkey_is_renamed_and_removed_but_not_the_last(site: Site) -> None:
    give_passkey(site)
    give_passkey(site)
    visitor, (first, second) = site.visitor(), passkeys(site)
    page = await visitor.get(f"/account/passkeys/{first.id}")
    done = await visitor.submit(page, "/name", name="古い電話")
    assert "古い電話" in (await visitor.follow(done)).words
    done = await visitor.submit(page, "/remove")
    assert "消しました" in (await visitor.follow(done)).words
    assert [one.id for one in passkeys(site)] == [second.id]
    last = await visitor.get(f"/account/passkeys/{second.id}")
    done = await visitor.submit(last, "/remove")
    assert "サインインできなくなります" in (await visitor.follow(done)).words
    assert len(passkeys(site)) == 1


async def test_nobody_opens_or_changes_another_persons_passkey(site: Site) -> None:
    give_passkey(site)
    (passkey,) = passkeys(site)
    for who in (Role.MEMBER, "stranger", OPERATOR):
        visitor = site.visitor(who)
        path = f"/account/passkeys/{passkey.id}"
        assert (await visitor.get(path)).status == 404
        assert (await visitor.post(f"{path}/name", name="x")).status == 404
        assert (await visitor.post(f"{path}/remove")).status == 404
    assert passkeys(site) == (passkey,)


async def test_a_password_leads_on_to_its_second_factor(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get("/account/password")
    filled = {"mail": MAIL, "password": PASSWORD, "again": PASSWORD}
    done = await visitor.submit(page, "/account/password", **filled)
    assert done.location == "/account/second-factor"
    page = await visitor.follow(done)
    page = await visitor.submit(page, "/begin")
    app = App.read(page)
    wrong = await visitor.submit(page, "/account/second-factor", code="1")
    assert wrong.status == 422
    code = app.code(site.clock.now)
    done = await visitor.submit(wrong, "/account/second-factor", code=code)
    assert "書き留めてください" in done.words
    site.clock.pass_(timedelta(minutes=5))
    stranger = site.visitor(None)
    page = await stranger.get("/sign-in")
    filled = {"mail": MAIL, "password": PASSWORD, "code": app.code(site.clock.now)}
    assert (await stranger.submit(page, "/sign-in", **filled)).status == 303


async def test_a_new_password_signs_the_other_devices_out(site: Site) -> None:
    give_password(site)
    here, there = site.visitor(), site.visitor()
    page = await here.get("/account/password")
    filled = {"mail": MAIL, "password": NEW, "again": NEW}
    assert (await here.submit(page, "/account/password", **filled)).location == "/account"
    assert (await here.get("/account")).status == 200
    assert (await there.get("/account")).location.startswith("/sign-in")


async def test_the_password_is_removed_only_beside_a_passkey(site: Site) -> None:
    give_password(site)
    visitor = site.visitor()
    done = await visitor.post("/account/password/remove")
    assert "サインインできなくなります" in (await visitor.follow(done)).words
    give_passkey(site)
    page = await visitor.get("/account/password")
    done = await visitor.submit(page, "/account/password/remove")
    assert "パスワードを消しました" in (await visitor.follow(done)).words


async def test_new_recovery_codes_replace_the_old(site: Site) -> None:
    old, visitor = give_password(site).recovery_codes[0], site.visitor()
    page = await visitor.submit(await visitor.get("/account/second-factor"), "/recovery-codes")
    assert old not in page.text
    stranger = site.visitor(None)
    page = await stranger.get("/sign-in")
    filled = {"mail": MAIL, "password": PASSWORD, "code": old}
    assert (await stranger.submit(page, "/sign-in", **filled)).status == 422


async def test_who_has_no_second_factor_gets_no_recovery_codes(site: Site) -> None:
    done = await site.visitor().post("/account/recovery-codes")
    assert (done.status, done.location) == (303, "/account/second-factor")


async def test_devices_are_listed_and_signed_out(site: Site) -> None:
    here, there, third = (site.visitor() for _ in range(3))
    page = await here.get("/account/devices")
    assert page.words.count("この端末") == 1
    forms = [one.action for one in page.forms if one.action.endswith("/sign-out")]
    assert len([one for one in forms if "/devices/" in one]) == 3
    done = await here.submit(page, "/sign-out-others")
    assert "ほかの2台" in (await here.follow(done)).words
    for visitor in (there, third):
        assert (await visitor.get("/account")).location.startswith("/sign-in")
    assert (await here.get("/account")).status == 200


async def test_signing_this_device_out_leads_to_the_way_in(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get("/account/devices")
    (action,) = [one.action for one in page.forms if "/devices/" in one.action]
    answer = await visitor.submit(page, action)
    assert answer.location == "/sign-in?away=1"
    assert "callguard" not in visitor.cookies


async def test_nobody_signs_another_persons_device_out(site: Site) -> None:
    mine = site.visitor()
    page = await mine.get("/account/devices")
    (action,) = [one.action for one in page.forms if "/devices/" in one.action]
    for who in (Role.MEMBER, "stranger", OPERATOR):
        visitor = site.visitor(who)
        for path in (action, "/account/devices/999999999/sign-out"):
            assert (await visitor.post(path)).location == "/account/devices"
        assert (await visitor.post("/account/devices/9999999999/sign-out")).status == 404
        await visitor.post("/account/devices/sign-out-others")
    assert (await mine.get("/account")).status == 200


async def test_the_record_says_who_signed_in_from_where_to_that_person_only(site: Site) -> None:
    visitor = site.visitor(None)
    await sign_in_by_passkey(visitor, give_passkey(site))
    page = await visitor.get("/account/record")
    assert "サインインしました" in page.words
    assert "パスキーを加えました（iPhone）" in page.words
    assert "接続元 127.0.0.1" in page.words
    assert "まだ記録はありません" in (await site.visitor(Role.VIEWER).get("/account/record")).words


async def test_what_lets_in_is_changed_only_after_a_recent_proof(site: Site) -> None:
    give_passkey(site)
    give_password(site)
    visitor, (passkey,) = site.visitor(proved=False), passkeys(site)
    for path in (
        "/account/passkeys/new",
        f"/account/passkeys/{passkey.id}",
        "/account/password",
        "/account/second-factor",
    ):
        page = await visitor.get(path)
        assert (page.status, page.location) == (303, f"/confirm?back={path}")
    for path in (
        "/account/passkeys/options",
        "/account/passkeys/new",
        f"/account/passkeys/{passkey.id}/name",
        f"/account/passkeys/{passkey.id}/remove",
        "/account/password",
        "/account/password/remove",
        "/account/second-factor/begin",
        "/account/second-factor",
        "/account/recovery-codes",
    ):
        page = await visitor.post(path)
        assert page.location.startswith("/confirm?back=")
    assert passkeys(site) == (passkey,)


async def test_an_account_is_erased_and_its_devices_with_it(site: Site) -> None:
    give_passkey(site, "viewer")
    visitor, other = site.visitor(Role.VIEWER), site.visitor(Role.VIEWER)
    page = await visitor.get("/account/erase")
    assert "元に戻すことはできません" in page.words
    done = await visitor.submit(page, "/account/erase")
    assert done.location == "/sign-in"
    assert "callguard" not in visitor.cookies
    assert (await other.get("/account")).location.startswith("/sign-in")
    assert "中村 viewer" not in (await site.visitor().get(site.path("people"))).words


async def test_the_last_manager_is_not_erased(site: Site) -> None:
    visitor = site.visitor()
    done = await visitor.post("/account/erase")
    assert "一人もいなくなってしまいます" in (await visitor.follow(done)).words


async def test_an_account_is_erased_only_after_a_recent_proof(site: Site) -> None:
    visitor = site.visitor(Role.VIEWER, proved=False)
    for page in (await visitor.get("/account/erase"), await visitor.post("/account/erase")):
        assert page.location.startswith("/confirm?back=")


async def test_whatever_is_typed_is_a_name_or_refused_and_shown_harmlessly(site: Site) -> None:
    give_passkey(site)
    visitor, (passkey,) = site.visitor(), passkeys(site)
    for text in HOSTILE:
        for path, fields in (
            ("/account", {"name": text, "language": "ja"}),
            ("/account", {"name": "花子", "language": text}),
            (f"/account/passkeys/{passkey.id}/name", {"name": text}),
            ("/account/password", {"mail": text, "password": PASSWORD, "again": PASSWORD}),
            ("/account/second-factor", {"begun": text, "code": text}),
        ):
            page = await visitor.post(path, fields)
            assert page.status in {303, 422}
        page = await visitor.get("/account")
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
