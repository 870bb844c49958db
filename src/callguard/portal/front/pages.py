"""The way in: the first page leads to where somebody belongs; the language is chosen here."""

from aiohttp import web

from ...people.members import People
from .. import language
from ..asked import Asked
from ..cookies import LAST_HOME
from ..language import Language
from ..route import Route, Who
from .installed import manifest, offline, worker

_YEAR = 365 * 86_400


async def first(asked: Asked) -> web.Response:
    """Lead to the person's household, to the operator's pages, or to sign in."""
    if asked.session is None:
        return asked.onward("/sign-in")
    if asked.places:
        last = asked.request.cookies.get(LAST_HOME)
        homes = [str(one.household_id) for one in asked.places]
        return asked.onward(f"/h/{last if last in homes else homes[0]}/today")
    return asked.onward("/operator/households" if asked.session.operator else "/account")


async def speak(asked: Asked) -> web.Response:
    """Keep the language that was chosen: for this browser, and for whoever is signed in."""
    wish = asked.form.choice("language", Language)
    back = asked.back
    if not asked.form.good():
        raise web.HTTPBadRequest
    if asked.session is not None:
        people = People(asked.database)
        await asked.work(people.set_language, asked.session.person_id, wish)
    response = asked.onward(back)
    asked.keep(response, language.COOKIE, wish, _YEAR)
    return response


ROUTES = (
    Route("GET", "/", first, Who.ANYONE),
    Route("POST", "/language", speak, Who.ANYONE),
    Route("GET", "/manifest.webmanifest", manifest, Who.ANYONE, html=False),
    Route("GET", "/sw.js", worker, Who.ANYONE, html=False),
    Route("GET", "/offline", offline, Who.ANYONE),
)
