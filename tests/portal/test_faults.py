"""What is shown when something goes wrong."""

import logging

import pytest

from callguard.database import Database, DatabaseError
from callguard.portal import website
from callguard.portal.asked import Asked
from callguard.portal.family_site import family_site
from callguard.portal.limits import Rate
from callguard.portal.route import Route, Who
from callguard.settings import Settings

from .site import LOOK, NOON, Site, Visitor, serving


async def test_a_page_that_is_not_there_says_so_in_both_languages(site: Site) -> None:
    page = await site.visitor(None).get("/nowhere")
    assert page.status == 404
    assert "ページが見つかりません" in page.words
    english = await site.visitor(None, language="en-GB,en").get("/nowhere")
    assert "There is no such page" in english.words
    assert 'lang="en"' in english.text


async def test_under_the_api_it_is_a_problem_for_programs(site: Site) -> None:
    page = await site.visitor(None).get("/api/v1/nowhere")
    assert page.status == 404
    assert page.headers["Content-Type"].startswith("application/problem+json")
    assert '"status": 404' in page.text


@pytest.mark.parametrize("household", ["0", "9" * 18, "9" * 19, "1.0", "-1", "x", "%00"])
async def test_a_household_that_is_none_is_not_found(site: Site, household: str) -> None:
    assert (await site.visitor().get(f"/h/{household}/more")).status == 404


async def test_a_fault_of_ours_tells_nothing_of_the_inside(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    number = "0422-99-0000"

    async def breaks(_: Asked) -> None:
        raise RuntimeError(number)

    broken = Route("GET", "/broken", breaks, Who.ANYONE)  # type: ignore[arg-type]
    monkeypatch.setattr("callguard.portal.family_site.table", lambda: (broken,))
    app = family_site(Settings(), lambda: site.database, lambda: NOON, look=LOOK)
    async with serving(app) as base:
        visitor = Visitor(base, None, "ja")
        page = await visitor.get("/broken")
        await visitor.close()
    assert page.status == 500
    assert "うまくいきませんでした" in page.words
    assert "RuntimeError" not in page.text
    assert page.headers["X-Request-ID"] in page.words
    assert "RuntimeError" in caplog.text
    assert number not in caplog.text


async def test_without_a_database_the_pages_say_so_kindly(caplog: pytest.LogCaptureFixture) -> None:
    def away() -> Database:
        raise DatabaseError("the households database cannot be used: no route")

    app = family_site(Settings(), away, lambda: NOON, look=LOOK)
    with caplog.at_level(logging.WARNING):
        async with serving(app) as base:
            visitor = Visitor(base, None, "ja")
            page = await visitor.get("/")
            await visitor.close()
    assert page.status == 503
    assert page.headers["Retry-After"] == "10"
    assert "電話を守る働きは続いています" in page.words
    assert "no route" in caplog.text


async def test_who_asks_too_often_is_told_how_long_to_wait(site: Site) -> None:
    slow = Rate(burst=2, per_second=0.01)
    app = family_site(Settings(), lambda: site.database, lambda: NOON, look=LOOK, by_address=slow)
    async with serving(app) as base:
        visitor = Visitor(base, None, "ja")
        statuses = [(await visitor.get("/offline")).status for _ in range(2)]
        page = await visitor.get("/offline")
        style = await visitor.get(LOOK.static.path("style.css"))
        await visitor.close()
    assert (statuses, page.status, style.status) == ([200, 200], 429, 200)
    assert int(page.headers["Retry-After"]) in range(90, 101)
    assert "少しお待ちください" in page.words


def test_the_table_has_every_page_once() -> None:
    pages = [(one.method, one.pattern) for one in website.table()]
    assert len(pages) == len(set(pages))
