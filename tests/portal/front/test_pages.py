"""The way in, and what makes the site an app."""

import json

from sqlalchemy import insert

from callguard.people.models import Membership

from ..site import NOON, OPERATOR, Site


async def test_the_first_page_leads_to_where_one_belongs(site: Site) -> None:
    assert (await site.visitor(None).get("/")).location == "/sign-in"
    assert (await site.visitor().get("/")).location == site.path("today")
    assert (await site.visitor("stranger").get("/")).location == f"/h/{site.other}/today"
    assert (await site.visitor(OPERATOR).get("/")).location == "/operator/households"


async def test_who_looks_after_two_homes_comes_back_to_the_last(site: Site) -> None:
    with site.database.transaction() as session:
        values = {"person_id": site.people["viewer"], "household_id": site.other}
        session.execute(insert(Membership).values(**values, role="viewer", created_at=NOON))
    viewer = site.visitor("viewer")
    for household in (site.household, site.other, site.household):
        page = await viewer.get(f"/h/{household}/more")
        assert "小林家" in page.words
        assert "中村家" in page.words
        assert (await viewer.get("/")).location == f"/h/{household}/today"


async def test_a_way_back_never_leads_to_another_site(site: Site) -> None:
    visitor = site.visitor()
    for back in (
        "//evil.invalid",
        "https://evil.invalid",
        "/\\evil.invalid",
        "evil",
        "/é",
    ):
        page = await visitor.post("/language", language="ja", back=back)
        assert page.location == "/"
    page = await visitor.post("/language", language="ja", back="/h/1/calls?q=%E3%81%82")
    assert page.location == "/h/1/calls?q=%E3%81%82"


async def test_the_site_can_be_installed(site: Site) -> None:
    visitor = site.visitor(None)
    page = await visitor.get("/manifest.webmanifest")
    assert page.headers["Content-Type"].startswith("application/manifest+json")
    manifest = json.loads(page.text)
    assert manifest["short_name"] == "コールガード"
    for icon in manifest["icons"]:
        assert (await visitor.get(icon["src"])).body.startswith(b"\x89PNG")


async def test_the_service_worker_keeps_no_page_of_the_household(site: Site) -> None:
    page = await site.visitor(None).get("/sw.js")
    assert page.headers["Content-Type"].startswith("text/javascript")
    assert page.headers["Cache-Control"] == "no-cache"
    assert "FILES" not in page.text.replace("...FILES", "").replace("const FILES", "")
    assert "/h/" not in page.text
