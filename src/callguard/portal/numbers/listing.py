"""The lists: one of them, by name, searched and in pages; with the form that adds a number."""

from dataclasses import dataclass
from typing import Self

from aiohttp import web

from ...households.lists import Lists
from ..asked import Asked
from ..form import Form

PAGE = 50
"""Entries on one page."""
MAX_SEARCH = 100
"""Characters of a search."""
LISTS = ("allowed", "blocked")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which entries an address asks for."""

    list: str = "allowed"
    """``allowed`` or ``blocked``."""
    q: str = ""
    at: int = 1
    """Which page."""

    @classmethod
    def of(cls, query: Form) -> Self:
        """Read the query of an address; what makes no sense is left away."""
        which, at = query.typed("list"), query.typed("at")
        plain = at.isascii() and at.isdecimal() and len(at) <= 4
        return cls(
            which if which in LISTS else "allowed",
            query.text("q", most=MAX_SEARCH, needed=False),
            max(1, int(at)) if plain else 1,
        )

    def query(self, **changed: str | int) -> dict[str, str | int]:
        """Return the query of the address that asks for this, with some of it *changed*."""
        whole = {"list": self.list, "q": self.q, "at": self.at, **changed}
        return {name: value for name, value in whole.items() if value not in {"", 1, "allowed"}}


async def numbers(asked: Asked) -> web.Response:
    """Show a page of a list."""
    return await page(asked, Wish.of(asked.query), None)


async def page(asked: Asked, wish: Wish, form: Form | None) -> web.Response:
    """Return the page of a list, with what was typed into its form, if something was."""
    found = await asked.work(
        Lists(asked.database).entries,
        asked.household,
        wish.list == "allowed",
        search=wish.q,
    )
    pages = max(1, -(-len(found) // PAGE))
    at = min(wish.at, pages)
    return asked.page(
        "numbers/list.html",
        status=200 if form is None else 422,
        form=form,
        wish=wish,
        lists=LISTS,
        entries=found[(at - 1) * PAGE : at * PAGE],
        count=len(found),
        at=at,
        pages=pages,
    )
