"""The list of all the rest."""

from ..site import Site


async def test_it_leads_to_what_the_person_may_do(site: Site) -> None:
    manager = await site.visitor().get(site.path("more"))
    assert site.path("tokens") in manager.links
    assert site.path("people") in manager.links
    viewer = await site.visitor("viewer").get(site.path("more"))
    assert site.path("tokens") not in viewer.links
    assert site.path("people") in viewer.links


async def test_the_language_is_changed_and_kept(site: Site) -> None:
    manager = site.visitor()
    page = await manager.post("/language", language="en", back=site.path("more"))
    assert page.location == site.path("more")
    page = await manager.follow(page)
    assert 'lang="en"' in page.text
    assert "Sign out on this device" in page.words
    again = await site.visitor(language="ja").get(site.path("more"))
    assert "Sign out on this device" in again.words
