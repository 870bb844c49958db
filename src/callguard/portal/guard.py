"""Who asks, and may they: sessions, rights, recent proof, and forms that are ours.

Every page goes through :meth:`Guard.answer`; a handler runs only when all of it is in order.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

from aiohttp import web

from ..database import Database
from ..people.members import People, Place
from ..people.rights import Right, may
from ..people.sessions import Sessions, SignedIn
from ..settings import Settings
from . import csrf, flash, language
from .asked import Asked
from .cookies import LAST_HOME, VISITOR, Cookies
from .form import CSRF, Form
from .look import Look
from .route import FORM_BYTES, Route, Who

SIGN_IN = "/sign-in"
CONFIRM = "/confirm"

FORM_SECONDS = 120
"""How long a form may take to arrive; five megabytes over a poor mobile line are below."""

_YEAR = 365 * 86_400

_NEW_VISITOR = web.RequestKey("visitor", str)


class Guard:
    """Stands before every page."""

    def __init__(
        self,
        settings: Settings,
        open_database: Callable[[], Database],
        look: Look,
        clock: Callable[[], datetime],
        address_of: Callable[[web.Request], str],
    ) -> None:
        self._settings = settings
        self._open = open_database
        self._look = look
        self._clock = clock
        self._address = address_of
        self.cookies = Cookies(settings)

    async def answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        """Answer a request for the page of *route*."""
        asked = await self.ask(request)
        refusal = _admit(route, asked)
        if refusal is not None:
            return refusal
        if route.method == "POST":
            async with asyncio.timeout(FORM_SECONDS):
                asked.form = await Form.read(request, FORM_BYTES, route.upload)
            if not self.is_ours(request, asked.form.typed(CSRF)):
                raise web.HTTPForbidden(reason="another site's form, or a stale one")
        response = await route.handler(asked)
        if not response.prepared:
            self._finish(asked, response)
        return response

    async def ask(self, request: web.Request) -> Asked:
        """Return what is known of a request before any right is looked at."""
        now = self._clock()
        token = request.cookies.get(self.cookies.session, "")
        database, session, places = await asyncio.to_thread(self._look_up, token, now)
        secret = self.cookies.secret(request)
        if not secret:
            secret = request[_NEW_VISITOR] = secrets.token_urlsafe(24)
        asked = Asked(
            request=request,
            settings=self._settings,
            database=database,
            look=self._look,
            cookies=self.cookies,
            now=now,
            language=language.choose(
                session.language if session else None,
                request.cookies.get(language.COOKIE),
                request.headers.get("Accept-Language", ""),
            ),
            address=self._address(request),
            form=Form({}),
            query=Form.of(request.query),
            session=session,
            places=places,
            csrf=csrf.token(secret),
            flash=self._said(request, secret),
        )
        if "household" in request.match_info:
            household = int(request.match_info["household"])
            asked.home = next((one for one in places if one.household_id == household), None)
        return asked

    def _look_up(
        self, token: str, now: datetime
    ) -> tuple[Database, SignedIn | None, tuple[Place, ...]]:
        database = self._open()
        session = Sessions(database).find(token, now=now) if token else None
        places = () if session is None else People(database).places(session.person_id)
        return database, session, places

    def _said(self, request: web.Request, secret: str) -> flash.Flash | None:
        cookie = request.cookies.get(flash.COOKIE)
        said = flash.unseal(cookie, secret) if cookie else None
        # What an older version left to be said may have lost its words.
        return said if said is not None and said.key in self._look.words else None

    def is_ours(self, request: web.Request, token: str) -> bool:
        """Tell whether a page of ours sends this request; *token* is the one it carries."""
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site not in {None, "same-origin", "none"}:
            return False
        ours = {request.host, urlsplit(self._settings.portal_url).netloc}
        if origin is not None and urlsplit(origin).netloc not in ours:
            return False
        secret = self.cookies.secret(request)
        return bool(secret) and csrf.is_token(token, secret)

    def _finish(self, asked: Asked, response: web.StreamResponse) -> None:
        request = asked.request
        if visitor := request.get(_NEW_VISITOR):
            self.cookies.keep(response, VISITOR, visitor)
        if asked.leave is not None:
            secret = self.cookies.secret(request) or request[_NEW_VISITOR]
            self.cookies.keep(response, flash.COOKIE, flash.seal(asked.leave, secret))
        elif asked.flash is not None and response.content_type == "text/html":
            response.del_cookie(flash.COOKIE, path="/")
        if asked.home is not None and len(asked.places) > 1:
            here = str(asked.household)
            if request.cookies.get(LAST_HOME) != here:
                self.cookies.keep(response, LAST_HOME, here, _YEAR)


def _admit(route: Route, asked: Asked) -> web.Response | None:
    if route.who is Who.ANYONE:
        return None
    if asked.session is None:
        return _elsewhere(SIGN_IN, asked)
    if route.who is Who.OPERATOR and not asked.session.operator:
        raise web.HTTPNotFound
    if isinstance(route.who, Right):
        if asked.home is None:
            raise web.HTTPNotFound
        if not may(asked.home.role, route.who):
            raise web.HTTPForbidden
    if route.proof and not asked.is_proved:
        return _elsewhere(CONFIRM, asked)
    return None


def _elsewhere(page: str, asked: Asked) -> web.Response:
    request = asked.request
    if request.method in {"GET", "HEAD"}:
        back = request.path_qs
    else:
        back = urlsplit(request.headers.get("Referer", "")).path or "/"
    return web.Response(status=303, headers={"Location": f"{page}?back={quote(back, safe='/')}"})
