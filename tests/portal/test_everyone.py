"""Every page of the table, opened by everybody who may not: each learns nothing.

The tests go through ``website.table()``, so a new page cannot be forgotten.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from callguard.database import Database
from callguard.people.rights import Right, Role, may
from callguard.portal.route import Route, Who
from callguard.portal.website import table
from callguard.settings import Settings

from ..postgres import Postgres
from .example import SECRETS, address, furnish
from .site import OPERATOR, Page, Site, Visitor, running_site, seed

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NOTHING_THERE = {"/h/{household}/numbers/import"}
"""Whatever is sent there, there is no preview that could be taken."""


@dataclass
class Furnished:
    """The site, and how an address is filled in."""

    site: Site
    parts: dict[str, str]

    def path(self, route: Route) -> str:
        return address(route.path, self.parts)

    async def open(self, visitor: Visitor, route: Route) -> Page:
        if route.method == "GET":
            return await visitor.get(self.path(route))
        return await visitor.post(self.path(route))


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["sqlite", "postgresql"])
async def furnished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Furnished]:
    """A household with everything: one for all tests, since nobody here may change it."""
    folder = tmp_path_factory.mktemp("everyone")
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{folder / 'households.db'}"
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database())
        database = Database(url)
        stack.callback(database.close)
        seed(database)
        async with running_site(database, Settings(data=folder)) as site:
            yield Furnished(site, furnish(site))


def routes(*whos: type[Right] | Who) -> Iterator[Route]:
    """Yield the pages for households (``Right``), for those signed in, or for operators."""
    for route in table():
        if any(route.who is who or (who is Right and isinstance(route.who, Right)) for who in whos):
            yield route


def allowed_one(route: Route) -> str:
    """Return somebody who may open the page."""
    return OPERATOR if route.who is Who.OPERATOR else Role.MANAGER


def told(page: Page, path: str) -> list[str]:
    """Return what of the household stands in an answer to *path*, which itself may come back."""
    whole = " ".join([page.text, *page.headers.values()]).replace(path, "")
    return [secret for secret in SECRETS if secret in whole]


async def _all_refused(furnished: Furnished, visitor: Visitor, *statuses: int) -> None:
    faults = []
    for route in routes(Right):
        page = await furnished.open(visitor, route)
        if page.status not in statuses or told(page, furnished.path(route)):
            faults.append(
                (route.method, route.path, page.status, told(page, furnished.path(route)))
            )
    assert not faults


async def test_the_examples_are_pages_that_are_there(furnished: Furnished) -> None:
    faults = []
    for route in table():
        if route.method == "GET" and route.html and route.path != "/":
            who = None if route.who is Who.ANYONE else allowed_one(route)
            page = await furnished.open(furnished.site.visitor(who), route)
            # A page that only goes on to another has nothing to show, such as /confirm.
            if page.status not in {200, 303}:
                faults.append((route.path, page.status))
    assert not faults


async def test_who_is_not_signed_in_is_led_to_sign_in(furnished: Furnished) -> None:
    faults = []
    visitor = furnished.site.visitor(None)
    for route in routes(Right, Who.SIGNED_IN, Who.OPERATOR):
        page = await furnished.open(visitor, route)
        led = page.status == 303 and page.location.startswith("/sign-in?back=/")
        if not led or told(page, furnished.path(route)):
            faults.append(
                (route.method, route.path, page.status, told(page, furnished.path(route)))
            )
    assert not faults


async def test_a_session_that_was_ended_is_led_to_sign_in(furnished: Furnished) -> None:
    await _all_refused(furnished, furnished.site.visitor(revoked=True), 303)


@pytest.mark.parametrize("who", ["stranger", OPERATOR])
async def test_who_is_no_member_finds_no_page_of_the_household(
    furnished: Furnished, who: str
) -> None:
    await _all_refused(furnished, furnished.site.visitor(who), 404)


@pytest.mark.parametrize("role", list(Role))
async def test_who_lacks_the_right_is_refused(furnished: Furnished, role: Role) -> None:
    faults = []
    visitor = furnished.site.visitor(role)
    for route in routes(Right):
        if isinstance(route.who, Right) and not may(role, route.who):
            page = await furnished.open(visitor, route)
            if page.status != 403 or told(page, furnished.path(route)):
                faults.append(
                    (route.method, route.path, page.status, told(page, furnished.path(route)))
                )
    assert not faults


@pytest.mark.parametrize("role", list(Role))
async def test_operators_pages_are_there_for_operators_only(
    furnished: Furnished, role: Role
) -> None:
    faults = []
    visitor = furnished.site.visitor(role)
    for route in routes(Who.OPERATOR):
        page = await furnished.open(visitor, route)
        if page.status != 404 or told(page, furnished.path(route)):
            faults.append(
                (route.method, route.path, page.status, told(page, furnished.path(route)))
            )
    assert not faults


async def test_a_form_without_its_token_changes_nothing(furnished: Furnished) -> None:
    faults = []
    for route in table():
        if route.method == "POST":
            visitor = furnished.site.visitor(allowed_one(route))
            for data in ({}, {"csrf": "A" * 44}, {"csrf": "🙃"}):
                page = await visitor.request("POST", furnished.path(route), data=data)
                if page.status != 403:
                    faults.append((route.path, page.status))
    assert not faults


async def test_a_form_with_a_field_that_nobody_asked_for_is_refused(furnished: Furnished) -> None:
    faults = []
    for route in table():
        if route.method == "POST" and route.path not in NOTHING_THERE:
            visitor = furnished.site.visitor(allowed_one(route))
            page = await visitor.post(furnished.path(route), unasked="1")
            if not 400 <= page.status < 500:
                faults.append((route.path, page.status))
    assert not faults


async def test_a_page_opened_by_the_wrong_method_says_which_are_right(
    furnished: Furnished,
) -> None:
    # What stands for a part of one page's address may be the name of another page.
    patterns = {
        route.pattern: re.compile(re.sub(r"\{[^/]+\}", "[^/]+", route.path)) for route in table()
    }
    visitor = furnished.site.visitor()
    faults = []
    for route in table():
        path = furnished.path(route)
        right = {
            one.method for one in table() if patterns[one.pattern].fullmatch(path.partition("?")[0])
        }
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - right:
            page = await visitor.request(method, path)
            if page.status != 405 or not {route.method} <= allowed(page):
                faults.append((method, route.path, page.status))
    assert not faults


async def test_every_answer_keeps_to_itself(furnished: Furnished) -> None:
    for route in routes(Right):
        page = await furnished.open(furnished.site.visitor("stranger"), route)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["Cache-Control"] == "no-store"


def allowed(page: Page) -> set[str]:
    return {one.strip() for one in page.headers["Allow"].split(",")}
