"""Signing in, signing out and confirming, as a browser does it."""

import inspect
import re
from datetime import timedelta

import pytest

from callguard.people import (
    ceremonies,
    erasing,
    invitations,
    joining,
    lockout,
    members,
    names,
    passkeys,
    passwords,
    relying_party,
    second_factor,
    sessions,
    signing_in,
)
from callguard.people.errors import Fault
from callguard.people.rights import Role
from callguard.portal.look import FOLDER
from callguard.portal.words import Words

from ..site import Page, Site, Visitor
from ..ways_in import (
    HOSTILE,
    MAIL,
    PASSWORD,
    give_passkey,
    give_password,
    options,
    sign_in_by_passkey,
)

MINUTES = timedelta(minutes=5)


async def by_password(
    visitor: Visitor, code: str, password: str = PASSWORD, back: str = "/"
) -> Page:
    page = await visitor.get(f"/sign-in?back={back}")
    return await visitor.submit(page, "/sign-in", mail=MAIL, password=password, code=code)


async def test_a_passkey_signs_in_and_leads_back_to_where_one_was(site: Site) -> None:
    phone, visitor = give_passkey(site), site.visitor(None)
    led = await visitor.get(site.path("people"))
    assert led.location.startswith("/sign-in?back=")
    answer = await sign_in_by_passkey(visitor, phone, site.path("people"))
    assert (answer.status, answer.location) == (303, site.path("people"))
    assert "callguard-visitor" not in visitor.cookies
    assert (await visitor.follow(answer)).status == 200


async def test_the_cookie_is_for_this_site_and_no_script(site: Site) -> None:
    answer = await sign_in_by_passkey(site.visitor(None), give_passkey(site))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


async def test_a_password_signs_in_without_javascript(site: Site) -> None:
    app, visitor = give_password(site), site.visitor(None)
    site.clock.pass_(MINUTES)
    answer = await by_password(visitor, app.code(site.clock.now), back=site.path("people"))
    assert (answer.status, answer.location) == (303, site.path("people"))
    assert (await visitor.follow(answer)).status == 200


async def test_a_recovery_code_signs_in_once(site: Site) -> None:
    code = give_password(site).recovery_codes[0]
    assert (await by_password(site.visitor(None), code)).status == 303
    again = await by_password(site.visitor(None), code)
    assert (again.status, "どれかが違います" in again.words) == (422, True)


async def test_what_is_wrong_is_not_told_and_not_kept_in_the_page(site: Site) -> None:
    give_password(site)
    page = await by_password(site.visitor(None), "000000", password="a wrong password")
    assert page.status == 422
    assert "メールアドレス、パスワード、確認コードのどれかが違います" in page.words
    assert "a wrong password" not in page.text
    assert f'value="{MAIL}"' in page.text


async def test_who_fails_too_often_is_told_how_long_to_wait(site: Site) -> None:
    give_password(site)
    visitor = site.visitor(None, language="en")
    for _ in range(5):
        assert (await by_password(visitor, "0", password="wrong")).status == 422
    page = await by_password(visitor, "0", password="wrong")
    assert (page.status, page.headers["Retry-After"]) == (429, "30")
    assert "Please wait 30 s, or use a passkey right now" in page.words


async def test_where_one_is_led_back_to_is_on_this_site(site: Site) -> None:
    phone = give_passkey(site)
    for back in ("https://example.com", "//example.com", "/\\example.com", "javascript:alert(1)"):
        visitor = site.visitor(None)
        asked = await visitor.post("/sign-in/passkey/options", back="/", answer="")
        answer = await visitor.post("/sign-in/passkey", back=back, answer=phone.get(options(asked)))
        assert answer.location == "/"


async def test_without_javascript_the_passkey_button_says_what_to_do(site: Site) -> None:
    visitor = site.visitor(None)
    page = await visitor.submit(await visitor.get("/sign-in"), "/sign-in/passkey")
    assert page.status == 422
    assert "JavaScriptが使えないときは、パスワードをお使いください" in page.words


@pytest.mark.parametrize("answer", ["x", "{}", "[" * 9_000, "🙃", "a" * 20_000])
@pytest.mark.database("sqlite")
async def test_whatever_is_sent_as_a_passkey_is_refused_in_words(site: Site, answer: str) -> None:
    page = await site.visitor(None).post("/sign-in/passkey", back="/", answer=answer)
    assert page.status == 422
    assert 'class="fault"' in page.text


@pytest.mark.parametrize("field", ["mail", "password", "code", "back", "answer"])
async def test_whatever_is_typed_lets_nobody_in_and_is_shown_harmlessly(
    site: Site, field: str
) -> None:
    give_password(site)
    visitor = site.visitor(None)
    for text in HOSTILE:
        filled = {"back": "/", "mail": MAIL, "password": PASSWORD, "code": "0", field: text}
        if field == "answer":
            page = await visitor.post("/sign-in/passkey", back="/", answer=text)
        else:
            page = await visitor.post("/sign-in", filled)
        assert page.status in {422, 429}
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "callguard" not in visitor.cookies


async def test_who_signs_in_again_leaves_no_session_behind(site: Site) -> None:
    phone, visitor = give_passkey(site), site.visitor(Role.VIEWER)
    before = visitor.cookies["callguard"]
    asked = await visitor.post("/sign-in/passkey/options", back="/", answer="")
    answer = phone.get(options(asked))
    await visitor.post("/sign-in/passkey", back="/", answer=answer)
    former = Visitor(site.base, before, "ja")
    assert (await former.get("/account")).location.startswith("/sign-in")
    await former.close()


async def test_signing_out_ends_the_session_for_good(site: Site) -> None:
    visitor = site.visitor()
    token = visitor.cookies["callguard"]
    answer = await visitor.post("/sign-out")
    assert answer.location == "/sign-in?away=1"
    assert "callguard" not in visitor.cookies
    assert "サインアウトしました" in (await visitor.follow(answer)).words
    thief = Visitor(site.base, token, "ja")
    assert (await thief.get("/account")).location.startswith("/sign-in")
    await thief.close()


async def test_who_is_in_already_goes_on(site: Site) -> None:
    page = await site.visitor().get("/sign-in?back=/account")
    assert (page.status, page.location) == (303, "/account")


async def test_a_stale_proof_is_renewed_in_place_by_passkey(site: Site) -> None:
    phone, visitor = give_passkey(site), site.visitor(proved=False)
    led = await visitor.get("/account/password")
    assert led.location == "/confirm?back=/account/password"
    page = await visitor.follow(led)
    assert "中村 manager" in page.words
    assert 'name="password"' not in page.text
    asked = await visitor.post("/confirm/passkey/options", back="/account/password", answer="")
    assert len(options(asked)["allowCredentials"]) == 1
    answer = await visitor.submit(page, "/confirm/passkey", answer=phone.get(options(asked)))
    assert (answer.status, answer.location) == (303, "/account/password")
    assert (await visitor.follow(answer)).status == 200


async def test_a_stale_proof_is_renewed_in_place_by_password(site: Site) -> None:
    app, visitor = give_password(site), site.visitor(proved=False)
    site.clock.pass_(MINUTES)
    page = await visitor.get("/confirm?back=/account/password")
    wrong = await visitor.submit(page, "/confirm", password="wrong", code="0")
    assert wrong.status == 422
    code = app.code(site.clock.now)
    answer = await visitor.submit(wrong, "/confirm", password=PASSWORD, code=code)
    assert (answer.status, answer.location) == (303, "/account/password")
    assert (await visitor.follow(answer)).status == 200


async def test_a_proof_is_not_renewed_by_somebody_elses_passkey(site: Site) -> None:
    stranger, visitor = give_passkey(site, "stranger"), site.visitor(proved=False)
    asked = await visitor.post("/confirm/passkey/options", back="/", answer="")
    answer = stranger.get(options(asked) | {"allowCredentials": []})
    page = await visitor.post("/confirm/passkey", back="/", answer=answer)
    assert page.status == 422
    assert (await visitor.get("/account/password")).status == 303


def test_there_are_words_for_every_refusal_of_getting_in() -> None:
    """No other module's refusal reaches these pages."""
    rooms = (ceremonies, erasing, invitations, joining, lockout, members, names, passkeys)
    more = (passwords, relying_party, second_factor, sessions, signing_in)
    raised = {
        name
        for room in (*rooms, *more)
        for name in re.findall(r"Fault\.([A-Z_]+)", inspect.getsource(room))
    }
    words = Words(FOLDER)
    assert len(raised) > 15
    assert [name for name in raised if f"sign_in.refused.{Fault[name]}" not in words] == []
