"""Who may open what, and which forms are ours."""

import pytest

from .site import Site


async def test_nobody_is_led_to_the_way_in_and_back(site: Site) -> None:
    page = await site.visitor(None).get(site.path("more"))
    assert (page.status, page.location) == (303, f"/sign-in?back=/h/{site.household}/more")


async def test_a_member_sees_the_page(site: Site) -> None:
    page = await site.visitor().get(site.path("more"))
    assert page.status == 200
    assert "中村家" in page.words


@pytest.mark.parametrize("who", ["stranger", "operator"])
async def test_who_is_no_member_finds_nothing(site: Site, who: str) -> None:
    page = await site.visitor(who).get(site.path("more"))
    assert page.status == 404
    assert "中村" not in page.text


async def test_a_form_without_its_token_is_refused(site: Site) -> None:
    visitor = site.visitor(None)
    assert (await visitor.request("POST", "/language", data={"language": "en"})).status == 403
    page = await visitor.post("/language", language="en")
    assert (page.status, page.location) == (303, "/")
    assert visitor.cookies["callguard-language"] == "en"


async def test_a_form_of_another_site_is_refused(site: Site) -> None:
    visitor = site.visitor()
    data = {"csrf": await visitor.csrf(), "language": "en"}
    for headers in ({"Origin": "https://evil.invalid"}, {"Sec-Fetch-Site": "cross-site"}):
        page = await visitor.request("POST", "/language", data=data, headers=headers)
        assert page.status == 403
