"""The carrier's staff and the households: found, looked at and told of it; calls by grant only."""

import re
from datetime import timedelta

from sqlalchemy import select

from callguard.people.grants import Grants
from callguard.people.invitations import Invitations
from callguard.people.rights import Role
from callguard.screening import Action, Reason
from callguard.trail import Deed, Doer

from ..called import log_call
from ..site import NOON, OPERATOR, Site

CALLER = "050-9999-0001"


def looks(site: Site) -> list[tuple[str, int | None]]:
    """Who looked at the household, and at how many calls."""
    with site.database.reading() as session:
        found = session.scalars(
            select(Deed).where(Deed.what == "look", Deed.household_id == site.household)
        )
        return [(one.who, one.detail.get("calls")) for one in found]


def home(site: Site, page: str = "") -> str:
    return f"/operator/households/{site.household}{page}"


async def test_households_are_found_by_line_and_by_name(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    listed = await visitor.get("/operator/households")
    assert "2件あります" in listed.words
    for wanted in ("0422-99-1111", "1111", "中村"):
        found = await visitor.submit(listed, "/operator/households", search=wanted)
        assert ("中村家" in found.words, "小林家" in found.words) == (True, False)
    nothing = await visitor.submit(listed, "/operator/households", search="0422-99-9999")
    assert "0件あります" in nothing.words
    assert looks(site) == []


async def test_the_list_of_households_takes_whatever_is_asked(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for query in ("search=%00", "search=%", "search=_", "after=x", f"after={10**40}", "search=%FF"):
        assert (await visitor.get(f"/operator/households?{query}")).status == 200
    later = await visitor.get("/operator/households?after=81422991111")
    assert "中村家" not in later.words
    assert "はじめに戻る" in later.words


async def test_a_look_at_a_household_shows_no_call_and_is_in_its_trail(site: Site) -> None:
    log_call(site.database, site.household, CALLER, NOON - timedelta(hours=1))
    page = await site.visitor(OPERATOR).get(home(site))
    assert "中村 manager" in page.words
    assert "本人（" in page.words
    assert "通す番号0件、断る番号0件" in page.words
    assert CALLER not in page.text
    assert looks(site) == [("係の者", None)]
    trail = await site.visitor().get(site.path("trail"))
    assert "電話会社の担当者が見ました" in trail.words
    assert "係の者" in trail.words


async def test_calls_are_closed_without_the_households_grant(site: Site) -> None:
    log_call(site.database, site.household, CALLER, NOON - timedelta(hours=1))
    visitor = site.visitor(OPERATOR)
    page = await visitor.get(home(site, "/calls"))
    assert page.status == 403
    assert CALLER not in page.text
    Grants(site.database).give(site.household, 1, by=Doer("x"), now=NOON)
    assert (await visitor.get(home(site, "/calls"))).status == 200
    site.clock.pass_(timedelta(days=1))
    assert (await visitor.get(home(site, "/calls"))).status == 403
    other = await visitor.get(f"/operator/households/{site.other}/calls")
    assert other.status == 403


async def test_with_the_grant_calls_are_shown_and_the_look_is_counted(site: Site) -> None:
    for hours in range(1, 53):
        log_call(
            site.database,
            site.household,
            CALLER,
            NOON - timedelta(hours=hours),
            action=Action.REJECT,
            reason=Reason.FRAUD_LIST,
        )
    Grants(site.database).give(site.household, 1, by=Doer("x"), now=NOON)
    visitor = site.visitor(OPERATOR)
    page = await visitor.get(home(site, "/calls"))
    assert page.words.count(CALLER) == 50
    (older,) = [link for link in page.links if "before=" in link]
    rest = await visitor.get(older)
    assert rest.words.count(CALLER) == 2
    assert "新しい通話へ" in rest.words
    assert looks(site) == [("係の者", 50), ("係の者", 2)]
    assert (await visitor.get(home(site, "/calls?before=x"))).status == 404


async def test_a_grant_that_was_ended_closes_the_calls_at_once(site: Site) -> None:
    grants = Grants(site.database)
    grants.give(site.household, 7, by=Doer("x"), now=NOON)
    grants.end(site.household, by=Doer("x"), now=NOON)
    assert (await site.visitor(OPERATOR).get(home(site, "/calls"))).status == 403
    assert looks(site) == []


async def test_a_manager_is_invited_by_link_and_qr_code(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    page = await visitor.get(home(site))
    shown = await visitor.submit(page, "/invite", name="由美")
    found = re.search(r"/join/([A-Za-z0-9_-]{43})", shown.text)
    assert found
    assert "<svg" in shown.text
    offer = Invitations(site.database).look(found[1], now=NOON)
    assert (offer.household_id, offer.role, offer.name) == (site.household, Role.MANAGER, "由美")
    for name in ("", "x" * 101, "a\u202eb", "\0"):
        page = await visitor.post(home(site, "/invite"), name=name)
        assert page.status == 422


async def test_an_invitation_that_waits_is_withdrawn_and_the_household_sees_it(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    await visitor.submit(await visitor.get(home(site)), "/invite", name="由美")
    (offer,) = Invitations(site.database).waiting(site.household, now=NOON)
    page = await visitor.get(home(site))
    assert "由美への招待を取り消す" in page.text
    await visitor.submit(page, f"/invitations/{offer.id}/withdraw")
    assert "招待を取り消しました" in (await visitor.get(home(site))).words
    assert Invitations(site.database).waiting(site.household, now=NOON) == ()
    with site.database.reading() as session:
        (deed,) = session.scalars(select(Deed).where(Deed.what == "withdraw-invitation"))
    assert (deed.household_id, deed.detail["name"]) == (site.household, "由美")
    again = await visitor.post(home(site, f"/invitations/{offer.id}/withdraw"))
    assert again.status == 404


async def test_an_invitation_is_not_withdrawn_by_another_s_page_nor_by_the_family(
    site: Site,
) -> None:
    doer = Doer("係の者")
    others = Invitations(site.database).invite(site.other, Role.MANAGER, "由美", by=doer, now=NOON)
    path = home(site, f"/invitations/{others.id}/withdraw")
    assert (await site.visitor(OPERATOR).post(path)).status == 404
    assert (await site.visitor().post(path)).status == 404
    assert len(Invitations(site.database).waiting(site.other, now=NOON)) == 1


async def test_what_is_not_there_is_not_found(site: Site) -> None:
    visitor = site.visitor(OPERATOR)
    for number in (999, 10**17):
        for page in ("", "/calls"):
            assert (await visitor.get(f"/operator/households/{number}{page}")).status == 404


async def test_a_household_finds_no_page_of_the_staff(site: Site) -> None:
    visitor = site.visitor()
    for path in ("/operator/households", home(site), home(site, "/calls"), "/operator/import"):
        assert (await visitor.get(path)).status == 404
