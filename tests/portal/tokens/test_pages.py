"""Tokens in the portal: issued after a proof, shown once, revoked at once."""

import re

import pytest

from callguard.people.rights import Role
from callguard.people.tokens import Scope, Tokens

from ..api.client import Program
from ..site import Page, Site, Visitor

GOOD = {"name": "居間の表示板", "scope": ["calls:read", "lists:read"], "days": "90"}


async def issue(site: Site, who: str = Role.MANAGER) -> tuple[Visitor, str]:
    visitor = site.visitor(who)
    page = await visitor.get(site.path("tokens/new"))
    issued = await visitor.submit(page, "tokens/new", **GOOD)
    assert issued.status == 200
    return visitor, secret(issued)


def secret(page: Page) -> str:
    found = re.search(r'value="(cg_[^"]+)"', page.text)
    assert found
    return found[1]


async def test_a_token_is_shown_once_and_works(site: Site) -> None:
    visitor, token = await issue(site)
    assert (await Program(site, token).get("calls")).status == 200
    listed = await visitor.get(site.path("tokens"))
    assert "居間の表示板" in listed.words
    assert "通話の記録を見る" in listed.words
    assert token not in listed.text


async def test_issuing_needs_a_recent_proof(site: Site) -> None:
    visitor = site.visitor(proved=False)
    for page in (
        await visitor.get(site.path("tokens/new")),
        await visitor.post(site.path("tokens/new"), GOOD),
    ):
        assert page.status == 303
        assert page.location.startswith("/confirm?back=")
    assert Tokens(site.database).of_household(site.household, now=site.clock.now) == []


async def test_a_revoked_token_is_worth_nothing_at_once(site: Site) -> None:
    visitor, token = await issue(site)
    page = await visitor.get(site.path("tokens"))
    answer = await visitor.submit(page, "/revoke")
    assert "鍵を使えなくしました" in (await visitor.follow(answer)).words
    assert (await Program(site, token).get("calls")).status == 401


async def test_a_member_sees_and_revokes_only_their_own(site: Site) -> None:
    _, token = await issue(site)
    member = site.visitor(Role.MEMBER)
    assert "居間の表示板" not in (await member.get(site.path("tokens"))).words
    (issued,) = Tokens(site.database).of_household(site.household, now=site.clock.now)
    assert (await member.post(site.path(f"tokens/{issued.id}/revoke"))).status == 404
    assert (await Program(site, token).get("calls")).status == 200


@pytest.mark.parametrize("who", [Role.VIEWER, Role.SUBSCRIBER])
async def test_who_may_use_no_tokens_sees_none(site: Site, who: Role) -> None:
    await issue(site)
    visitor = site.visitor(who)
    for page in (
        await visitor.get(site.path("tokens")),
        await visitor.get(site.path("tokens/new")),
        await visitor.post(site.path("tokens/new"), GOOD),
    ):
        assert page.status == 403
        assert "表示板" not in page.text


async def test_another_household_finds_nothing(site: Site) -> None:
    await issue(site)
    (issued,) = Tokens(site.database).of_household(site.household, now=site.clock.now)
    stranger = site.visitor("stranger")
    assert (await stranger.get(site.path("tokens"))).status == 404
    other = f"/h/{site.other}/tokens/{issued.id}/revoke"
    assert (await stranger.post(other)).status == 404
    assert len(Tokens(site.database).of_household(site.household, now=site.clock.now)) == 1


FAULTY: list[tuple[dict[str, str | list[str]], str]] = [
    ({"name": ""}, "ここを入力してください"),
    ({"name": "x" * 101}, "100文字まで"),
    ({"name": "a\0b"}, "使えない文字"),
    ({"name": "a\u202eb"}, "使えない文字"),
    ({"scope": []}, "一つ以上選んでください"),
    ({"scope": ["calls:burn"]}, "一つ選んでください"),
    ({"days": "100000"}, "一つ選んでください"),
]


async def test_a_form_that_will_not_do_is_told_beside_the_field(site: Site) -> None:
    visitor = site.visitor()
    for change, said in FAULTY:
        page = await visitor.post(site.path("tokens/new"), {**GOOD, **change})
        assert page.status == 422
        assert said in page.words
    assert Tokens(site.database).of_household(site.household, now=site.clock.now) == []


async def test_too_many_tokens_are_told(site: Site) -> None:
    for _ in range(20):
        Program.of(site, scopes=[Scope.READ_CALLS])
    page = await site.visitor().post(site.path("tokens/new"), GOOD)
    assert "鍵が多すぎます" in page.words


async def test_a_hostile_name_stays_a_name(site: Site) -> None:
    visitor = site.visitor()
    for name in ("<script>alert(1)</script>", "🏥" * 100, '"><img src=x onerror=x>', "{say}"):
        issued = await visitor.post(site.path("tokens/new"), {**GOOD, "name": name})
        for page in (issued, await visitor.get(site.path("tokens"))):
            assert page.status == 200
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
