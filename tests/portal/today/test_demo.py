"""A demo's household says on its pages that its calls are invented; a real one never does."""

import pytest

from callguard.demo.filling import Demos
from callguard.demo.marked import FILE, is_filled
from callguard.households.registry import Registry

from ..site import NOON, Site

pytestmark = pytest.mark.database("sqlite")
DEMO = {"ja": "これはデモです", "en": "This is a demo"}


def mark(site: Site, *, filled: bool = True, signed_up: str = "") -> None:
    """Write what ``callguard demo`` would about the household of the site."""
    home = Registry(site.database).get(site.household)
    since = signed_up or home.created_at.isoformat()
    word = "true" if filled else "false"
    site.settings.data.mkdir(parents=True, exist_ok=True)
    (site.settings.data / FILE).write_text(
        f'{{"{home.line}": {{"signed_up": "{since}", "filled": {word}, "traces": {{}}}}}}'
    )


@pytest.mark.parametrize("page", ["today", "calls", "numbers"])
async def test_a_filled_household_says_so_in_both_languages(site: Site, page: str) -> None:
    mark(site)
    visitor = site.visitor()
    for language, words in DEMO.items():
        await visitor.post("/language", language=language)
        assert words in (await visitor.get(site.path(page))).words


async def test_a_household_that_holds_no_invented_call_says_nothing(site: Site) -> None:
    for change in (
        lambda: None,
        lambda: mark(site, filled=False),
        lambda: mark(site, signed_up="2020-01-01T00:00:00+00:00"),  # an earlier one on the line
        lambda: (site.settings.data / FILE).write_text("["),
        lambda: (site.settings.data / FILE).write_text("[]"),
    ):
        change()
        assert DEMO["ja"] not in (await site.visitor().get(site.path("today"))).words


def test_what_fills_a_household_marks_it(site: Site) -> None:
    demos = Demos(site.settings, site.database)
    home = demos.fill("0422-99-0900", now=NOON).home
    assert is_filled(site.settings.data, home.line, home.created_at)
    demos.remove("0422-99-0900", now=NOON)
    assert not is_filled(site.settings.data, home.line, home.created_at)
