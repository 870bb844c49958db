"""The carrier's staff invites another one, and takes one out."""

import re

from callguard.people.invitations import Invitations
from callguard.people.rights import Role
from callguard.people.staff import Staff

from ..site import OPERATOR, Site, Visitor


async def invited(site: Site, visitor: Visitor, name: str = "新しい係") -> str:
    page = await visitor.get("/operator/staff")
    shown = await visitor.submit(page, "/operator/staff", name=name)
    found = re.search(r"/join/([A-Za-z0-9_-]{43})", shown.text)
    assert found
    return found[1]


async def test_an_invitation_is_shown_once_with_its_qr_code(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    token = await invited(site, visitor)
    offer = Invitations(site.database).look(token, now=site.clock.now)
    assert (offer.household_id, offer.name) == (None, "新しい係")
    page = await visitor.get("/operator/staff")
    assert "新しい係" in page.words
    assert token not in page.text


async def test_a_withdrawn_invitation_is_gone(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    await invited(site, visitor)
    page = await visitor.get("/operator/staff")
    answer = await visitor.submit(page, "/withdraw")
    assert "招待を取り消しました" in (await visitor.follow(answer)).words
    assert Invitations(site.database).waiting(None, now=site.clock.now) == ()
    again = await visitor.submit(page, "/withdraw")
    assert again.status == 404


async def test_one_is_taken_out_of_the_staff_and_the_last_one_stays(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    token = await invited(site, visitor)
    manager = site.people[Role.MANAGER]
    from callguard.trail import Doer

    Invitations(site.database).accept(token, manager, by=Doer("x"), now=site.clock.now)
    page = await visitor.get("/operator/staff")
    answer = await visitor.submit(page, "/dismiss")
    assert "担当者から外しました" in (await visitor.follow(answer)).words
    me = site.people[OPERATOR]
    assert [one.person_id for one in Staff(site.database).all()] == [me]
    last = await visitor.post(f"/operator/staff/{me}/dismiss")
    assert "最後の担当者は外せません" in (await visitor.follow(last)).words
    assert (await visitor.post(f"/operator/staff/{manager}/dismiss")).status == 404


async def test_inviting_and_dismissing_need_a_recent_proof(site: Site) -> None:
    visitor = site.visitor(OPERATOR, proved=False)
    for path in ("/operator/staff", f"/operator/staff/{site.people[OPERATOR]}/dismiss"):
        page = await visitor.post(path, name="x")
        assert page.status == 303
        assert page.location.startswith("/confirm")


async def test_a_name_that_will_not_do_is_told(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for name in ("", "x" * 101, "a\0", "a\u202eb", "\ufeff"):
        page = await visitor.post("/operator/staff", name=name)
        assert page.status == 422
    assert Invitations(site.database).waiting(None, now=site.clock.now) == ()


async def test_a_household_finds_no_page_of_the_staff(site: Site) -> None:
    for who in (Role.MANAGER, "stranger"):
        visitor = site.visitor(who)
        assert (await visitor.get("/operator/staff")).status == 404
        assert (await visitor.post("/operator/staff", name="x")).status == 404
