"""The people of a household: seen, invited, given a role, removed."""

import re
from datetime import timedelta

import pytest

from callguard.people.invitations import Invitations
from callguard.people.members import People
from callguard.people.rights import Role
from callguard.trail import Deed, What

from ..site import Site


def role_of(site: Site, who: str) -> Role | None:
    place = People(site.database).place(site.people[who], site.household)
    return None if place is None else place.role


def deeds(site: Site) -> list[str]:
    with site.database.reading() as session:
        return [one.what for one in session.query(Deed).filter_by(household_id=site.household)]


@pytest.mark.parametrize("who", list(Role))
async def test_everybody_of_the_household_sees_who_belongs_to_it(site: Site, who: str) -> None:
    page = await site.visitor(who).get(site.path("people"))
    assert page.status == 200
    assert all(f"中村 {role}" in page.words for role in Role)
    assert "小林" not in page.text
    assert ("人を招く" in page.words) == (who == Role.MANAGER)


async def test_an_invitation_is_shown_once_as_link_and_picture(site: Site) -> None:
    manager = site.visitor()
    page = await manager.get(site.path("people/invite"))
    page = await manager.submit(page, "people/invite", name="由美", role="viewer")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r"http://localhost:8080/join/([\w-]{43})", page.text)
    assert found
    assert "<svg" in page.text
    offer = Invitations(site.database).look(found[1], now=site.clock.now)
    assert (offer.household_id, offer.role, offer.name) == (site.household, "viewer", "由美")
    listed = await manager.get(site.path("people"))
    assert "由美" in listed.words
    assert found[1] not in listed.text


async def test_an_invitation_is_withdrawn(site: Site) -> None:
    manager = site.visitor()
    invitations = Invitations(site.database)
    made = await manager.post(site.path("people/invite"), name="由美", role="member")
    token = made.text.split("/join/")[1][:43]
    page = await manager.submit(await manager.get(site.path("people")), "people/withdraw")
    assert "招待を取り消しました" in (await manager.follow(page)).words
    assert invitations.waiting(site.household, now=site.clock.now) == ()
    assert deeds(site)[-2:] == [What.INVITE, What.WITHDRAW_INVITATION]
    assert token not in (await manager.get(site.path("people"))).text


async def test_an_invitation_of_another_household_is_not_withdrawn(site: Site) -> None:
    stranger = site.visitor("stranger")
    await stranger.post(f"/h/{site.other}/people/invite", name="由美", role="member")
    (offer,) = Invitations(site.database).waiting(site.other, now=site.clock.now)
    manager = site.visitor()
    page = await manager.post(site.path("people/withdraw"), invitation=str(offer.id))
    assert "この招待は、もう使われたか" in (await manager.follow(page)).words
    assert Invitations(site.database).waiting(site.other, now=site.clock.now) == (offer,)


async def test_a_person_is_given_another_role(site: Site) -> None:
    manager = site.visitor()
    path = site.path(f"people/{site.people['viewer']}")
    page = await manager.submit(await manager.get(path), "/role", role="member")
    assert "家族（変更できる）" in (await manager.follow(page)).words
    assert role_of(site, "viewer") is Role.MEMBER


async def test_a_removed_person_is_out_at_once(site: Site) -> None:
    manager, viewer = site.visitor(), site.visitor("viewer")
    assert (await viewer.get(site.path("people"))).status == 200
    page = await manager.get(site.path(f"people/{site.people['viewer']}/remove"))
    page = await manager.submit(page, "/remove")
    assert "中村 viewerさんを外しました" in (await manager.follow(page)).words
    assert (await viewer.get(site.path("people"))).status == 404
    assert deeds(site)[-1] == What.REMOVE_MEMBER


async def test_the_last_who_looks_after_everything_stays(site: Site) -> None:
    manager = site.visitor()
    own = site.path(f"people/{site.people['manager']}")
    page = await manager.post(f"{own}/remove")
    assert page.status == 422
    assert "管理する人が一人もいなくなってしまいます" in page.words
    page = await manager.post(f"{own}/role", role="viewer")
    assert page.status == 422
    assert role_of(site, "manager") is Role.MANAGER


async def test_who_is_of_another_household_is_not_found(site: Site) -> None:
    manager = site.visitor()
    stranger = site.path(f"people/{site.people['stranger']}")
    assert (await manager.get(stranger)).status == 404
    assert (await manager.post(f"{stranger}/role", role="viewer")).status == 404
    assert (await manager.post(f"{stranger}/remove")).status == 404


async def test_it_asks_who_one_is_before_people_are_changed(site: Site) -> None:
    manager = site.visitor(proved=False)
    path = site.path(f"people/{site.people['viewer']}")
    page = await manager.get(path)
    assert (page.status, page.location) == (303, f"/confirm?back={path}")
    page = await manager.request(
        "POST",
        f"{path}/remove",
        data={"csrf": await manager.csrf()},
        headers={"Referer": f"{site.base}{path}/remove"},
    )
    assert (page.status, page.location) == (303, f"/confirm?back={path}/remove")
    assert role_of(site, "viewer") is Role.VIEWER


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "role": "viewer"}, "ここを入力してください"),
        ({"name": "あ" * 101, "role": "viewer"}, "100文字まで"),
        ({"name": "a\x00b", "role": "viewer"}, "使えない文字"),
        ({"name": "a\u202eb", "role": "viewer"}, "使えない文字"),
        ({"name": "由美", "role": "king"}, "一つ選んでください"),
        ({"name": "由美"}, "一つ選んでください"),
    ],
)
async def test_an_invitation_that_is_wrong_is_explained(
    site: Site, fields: dict[str, str], words: str
) -> None:
    page = await site.visitor().post(site.path("people/invite"), fields)
    assert page.status == 422
    assert words in page.words
    assert Invitations(site.database).waiting(site.household, now=site.clock.now) == ()


async def test_a_name_with_signs_of_a_page_is_only_a_name(site: Site) -> None:
    manager = site.visitor()
    name = '<script>alert("1")</script>{{ 7*7 }}👵'
    page = await manager.post(site.path("people/invite"), name=name, role="viewer")
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert name in (await manager.get(site.path("people"))).words


async def test_an_invitation_is_over_after_a_week(site: Site) -> None:
    manager = site.visitor()
    await manager.post(site.path("people/invite"), name="由美", role="viewer")
    site.clock.pass_(timedelta(days=8))
    assert "由美" not in (await manager.get(site.path("people"))).words
