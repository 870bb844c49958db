"""The countries whose calls are treated like domestic ones: found by name, added, removed."""

from aiohttp import web

from ...words.countries import country_codes, country_name, find_countries
from ..asked import Asked
from ..flash import Undo
from .settings_pages import carry_out, policy_of, show
from .shown import Wish

MOST_TYPED = 60
MOST_FOUND = 20
"""Countries that are offered when a few letters fit many."""


async def settings_page(asked: Asked) -> web.Response:
    """Show the countries chosen, and a field for another."""
    return await show(asked, "countries", None, several=(), every=_every(asked))


async def add(asked: Asked) -> web.Response:
    """Add the country that was typed; of several that it can be, ask which."""
    typed = asked.form.text("country", most=MOST_TYPED)
    found = find_countries(typed)
    if typed and not found:
        asked.form.fault("country", "protection.countries.unknown")
    if not asked.form.good() or len(found) > 1:
        several = [(code, country_name(code, asked.language)) for code in found[:MOST_FOUND]]
        return await show(asked, "countries", asked.form, several=several, every=_every(asked))
    return await _change(asked, found[0], add=True)


async def remove(asked: Asked) -> web.Response:
    """Treat a country as any other again."""
    code = asked.form.choice("country", country_codes())
    if not asked.form.good():
        raise web.HTTPBadRequest
    return await _change(asked, code, add=False)


async def _change(asked: Asked, code: str, *, add: bool) -> web.Response:
    countries = (await policy_of(asked)).countries
    chosen = sorted(countries | {code} if add else countries - {code})
    wish = Wish("countries", ",".join(chosen) or "none", chosen)
    back = asked.path(f"countries/{'remove' if add else 'add'}")
    return await carry_out(asked, wish, sorted(countries), Undo(back, {"country": code}))


def _every(asked: Asked) -> list[str]:
    return sorted(country_name(code, asked.language) for code in country_codes() if code != "JP")
