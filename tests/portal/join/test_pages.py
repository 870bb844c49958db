"""Joining by invitation, as a browser does it."""

import json

import pytest

from callguard.people.invitations import VALID, Invitations
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE

from ...people.authenticator import Authenticator
from ..site import OPERATOR, Site
from ..ways_in import HOSTILE, MAIL, PASSWORD, App, give_password, options


def invite(site: Site, role: Role | None = Role.MEMBER, name: str = "次郎") -> str:
    """Make an invitation; return the path of its link."""
    household = None if role is None else site.household
    invited = Invitations(site.database).invite(
        household, role, name, by=COMMAND_LINE, now=site.clock.now
    )
    return f"/join/{invited.token}"


def members(site: Site) -> list[str]:
    return [one.name for one in People(site.database).members(site.household)]


async def test_an_invitation_says_who_is_invited_where_and_as_what(site: Site) -> None:
    page = await site.visitor(None).get(invite(site, Role.VIEWER))
    assert page.status == 200
    assert "中村家" in page.words
    assert "見るだけ" in page.words
    assert 'value="次郎"' in page.text


async def test_somebody_new_joins_by_passkey(site: Site) -> None:
    link, phone, visitor = invite(site), Authenticator(), site.visitor(None)
    page = await visitor.get(link)
    asked = await visitor.post(f"{link}/passkey/options", name="中村次郎", language="ja", answer="")
    answer = phone.create(options(asked))
    done = await visitor.submit(page, "/passkey", name="中村次郎", answer=answer)
    assert (done.status, done.location) == (303, f"/h/{site.household}/today")
    assert "中村次郎" in members(site)
    page = await visitor.get("/account")
    assert "中村次郎" in page.text
    assert (await visitor.get("/account/passkeys/new")).status == 200  # proved just now


async def test_somebody_new_joins_by_password_without_javascript(site: Site) -> None:
    link, visitor = invite(site), site.visitor(None)
    page = await visitor.get(f"{link}/password")
    filled = {"mail": MAIL, "password": PASSWORD, "again": PASSWORD}
    page = await visitor.submit(page, "/password", **filled)
    assert page.status == 200
    assert "<svg" in page.text
    app = App.read(page)
    wrong = await visitor.submit(page, "/code", code="000000")
    assert (wrong.status, App.read(wrong)) == (422, app)
    done = await visitor.submit(wrong, "/code", code=app.code(site.clock.now))
    assert done.status == 200
    assert done.words.count("-") >= 30  # ten codes of four groups
    assert f"/h/{site.household}/today" in done.links
    assert "次郎" in members(site)
    assert (await visitor.get("/account")).status == 200


async def test_what_is_wrong_with_a_field_is_said_beside_it(site: Site) -> None:
    link, visitor = invite(site), site.visitor(None)
    page = await visitor.get(f"{link}/password")
    for filled, said in (
        ({"name": " "}, "ここを入力してください"),
        ({"mail": "hanako"}, "メールアドレスの形になっていません"),
        ({"password": "short", "again": "short"}, "12文字以上"),
        ({"again": "something else"}, "二つのパスワードが違います"),
    ):
        given = {"mail": MAIL, "password": PASSWORD, "again": PASSWORD, **filled}
        answer = await visitor.submit(page, "/password", **given)
        assert (answer.status, said in answer.words) == (422, True)
        assert 'aria-invalid="true"' in answer.text
    assert "次郎" not in members(site)


async def test_a_mail_address_in_use_is_said_beside_it(site: Site) -> None:
    give_password(site)
    link, visitor = invite(site), site.visitor(None)
    page = await visitor.get(f"{link}/password")
    filled = {"mail": MAIL, "password": PASSWORD, "again": PASSWORD}
    answer = await visitor.submit(page, "/password", **filled)
    assert (answer.status, "もう使われています" in answer.words) == (422, True)
    assert "次郎" not in members(site)
    assert (await visitor.get(link)).status == 200


async def test_a_mail_address_taken_meanwhile_leaves_the_invitation(site: Site) -> None:
    link, visitor = invite(site), site.visitor(None)
    page = await visitor.get(f"{link}/password")
    filled = {"mail": MAIL, "password": PASSWORD, "again": PASSWORD}
    page = await visitor.submit(page, "/password", **filled)
    give_password(site)
    done = await visitor.submit(page, "/code", code=App.read(page).code(site.clock.now))
    assert (done.status, "もう使われています" in done.words) == (404, True)
    assert "次郎" not in members(site)
    assert (await visitor.get(link)).status == 200


async def test_an_unusable_name_is_said_to_the_script(site: Site) -> None:
    link = invite(site)
    visitor = site.visitor(None)
    for name, said in (("", "ここを入力してください"), ("x" * 101, "100文字まで")):
        asked = await visitor.post(f"{link}/passkey/options", name=name, language="ja", answer="")
        assert asked.status == 422
        assert said in json.loads(asked.text)["message"]


async def test_who_is_signed_in_joins_by_one_button(site: Site) -> None:
    visitor = site.visitor("stranger")
    page = await visitor.get(invite(site, Role.VIEWER))
    answer = await visitor.submit(page, "/accept")
    assert (answer.status, answer.location) == (303, f"/h/{site.household}/today")
    assert "小林 manager" in members(site)
    assert (await visitor.get(site.path("more"))).status == 200


async def test_a_member_does_not_use_the_invitation_up(site: Site) -> None:
    link, visitor = invite(site), site.visitor(Role.VIEWER)
    answer = await visitor.submit(await visitor.get(link), "/accept")
    assert "もうこの家庭に入っています" in answer.words
    assert (await site.visitor(None).get(link)).status == 200


async def test_an_operator_joins_without_a_household(site: Site) -> None:
    link, visitor = invite(site, None, "係"), site.visitor(None)
    page = await visitor.get(link)
    assert "通信会社の係員" in page.words
    asked = await visitor.post(f"{link}/passkey/options", name="係", language="ja", answer="")
    answer = Authenticator().create(options(asked))
    done = await visitor.submit(page, "/passkey", answer=answer)
    assert (done.status, done.location) == (303, "/")


@pytest.mark.parametrize("who", [None, Role.VIEWER, "stranger", OPERATOR])
async def test_a_link_that_is_over_tells_nothing_of_the_household(
    site: Site, who: str | None
) -> None:
    used = invite(site)
    site.clock.pass_(VALID)
    visitor = site.visitor(who)
    for link in (used, "/join/x", "/join/" + "x" * 43, "/join/%00", "/join/%F0%9F%99%83"):
        for path in (link, f"{link}/password"):
            page = await visitor.get(path)
            assert page.status == 404
            assert "新しい招待をもらってください" in page.words
            assert "次郎" not in page.text
            if who != Role.VIEWER:
                assert "中村" not in page.text


async def test_two_who_open_the_link_get_one_place(site: Site) -> None:
    link, first, second = invite(site), site.visitor(None), site.visitor(None)
    passkeys = []
    for visitor in (first, second):
        asked = await visitor.post(f"{link}/passkey/options", name="次郎", language="ja", answer="")
        passkeys.append(Authenticator().create(options(asked)))
    statuses = []
    for visitor, answer in zip((first, second), passkeys, strict=True):
        fields = {"name": "次郎", "language": "ja", "answer": answer}
        statuses.append((await visitor.post(f"{link}/passkey", fields)).status)
    assert statuses == [303, 404]
    assert members(site).count("次郎") == 1


@pytest.mark.parametrize("field", ["name", "mail", "password", "language", "begun"])
async def test_whatever_is_typed_is_a_name_or_refused_and_shown_harmlessly(
    site: Site, field: str
) -> None:
    link, visitor = invite(site), site.visitor(None)
    for text in HOSTILE:
        if field == "begun":
            page = await visitor.post(f"{link}/code", begun=text, code="000000")
        else:
            filled = {"name": "次郎", "language": "ja", "mail": MAIL, "password": PASSWORD}
            filled |= {"again": PASSWORD, field: text}
            page = await visitor.post(f"{link}/password", filled)
        assert page.status in {200, 404, 422}
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert members(site).count("次郎") == 0
