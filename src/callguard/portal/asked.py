"""What a handler is given: who asks for which household, when, in which language, with what."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from ..database import Database
from ..demo.marked import is_filled
from ..people.members import Place
from ..people.rights import Right, may
from ..people.sessions import SignedIn
from ..settings import Settings
from ..trail import Doer
from .flash import Flash, Undo
from .form import Form
from .language import Language

if TYPE_CHECKING:
    from .cookies import Cookies
    from .look import Look

_OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")
"""A path of this site: two slashes, or a backslash, would lead to another one."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Asked:
    """One request, as far as a handler needs to know it. Rights and CSRF are dealt with before."""

    request: web.Request
    settings: Settings
    database: Database
    look: "Look"
    cookies: "Cookies"
    now: datetime
    language: Language
    address: str
    """IP address of whoever asks."""
    form: Form
    """The fields of a POST; empty for a GET."""
    query: Form
    """What stands behind the ``?``."""
    session: SignedIn | None = None
    """The device signed in, and whose it is."""
    places: tuple[Place, ...] = ()
    """Every household of the person, by name."""
    home: Place | None = None
    """The household of the path, and what the person is there."""
    csrf: str = ""
    """What every form has to send back in its field ``csrf``."""
    flash: Flash | None = None
    """What the page before has left to be said."""
    leave: Flash | None = None
    """What this answer leaves to be said by the next page."""

    @property
    def household(self) -> int:
        """Id of the household of the path; only pages under ``/h/{household}`` have one."""
        assert self.home is not None
        return self.home.household_id

    @property
    def me(self) -> SignedIn:
        """Who is signed in; only pages for people signed in have one."""
        assert self.session is not None
        return self.session

    @property
    def doer(self) -> Doer:
        """Who does it, for the trail."""
        if self.session is None:
            return Doer("", None, self.address)
        return Doer(self.session.name, self.session.person_id, self.address)

    @property
    def is_proved(self) -> bool:
        """Whether the person has proved lately who they are."""
        return self.session is not None and self.session.proved_recently(self.now)

    @property
    def back(self) -> str:
        """The path of this site to return to, from the field or the query ``back``; else ``/``."""
        path = self.form.text("back", most=2_000, needed=False) or self.query.typed("back")
        return path if _OWN_PATH.fullmatch(path) else "/"

    @property
    def is_demo(self) -> bool:
        """Whether the calls of the household of the path are invented, for a demo."""
        home = self.home
        return home is not None and is_filled(self.settings.data, home.line, home.signed_up)

    def may(self, right: Right) -> bool:
        """Tell whether the person may do this in the household of the path."""
        return self.home is not None and may(self.home.role, right)

    def part(self, name: str) -> str:
        """Return a part of the path, such as ``call`` of ``…/calls/{call}``."""
        return self.request.match_info[name]

    async def work(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what waits for the database or the disk in a thread; return what it returns."""
        return await asyncio.to_thread(do, *args, **kwargs)

    def say(self, key: str, **values: Any) -> str:
        """Return the words for *key*, such as ``calls.title``, in the person's language."""
        return self.look.words.say(key, self.language, **values)

    def path(self, page: str, **query: Any) -> str:
        """Return the path of a page of this household, such as ``calls/search``."""
        path = f"/h/{self.household}/{page}".rstrip("/")
        return f"{path}?{urlencode(query)}" if query else path

    def keep(self, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
        """Set a cookie of ours for so many *seconds*."""
        self.cookies.keep(response, name, value, seconds)

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return the page made of *template*, such as ``calls/list.html``."""
        text = self.look.page(template, self, **values)
        return web.Response(text=text, status=status, content_type="text/html")

    def onward(
        self,
        path: str,
        said: str = "",
        *,
        undo: Undo | None = None,
        done: bool = True,
        **values: Any,
    ) -> web.Response:
        """Send the browser to *path* after a form (303); there it says the words of key *said*.

        ``undo`` is a form that takes the deed back; the page offers it as a button. Not ``done``:
        the words say why nothing was, and are not to look like a success.
        """
        if said:
            self.leave = Flash(said, values, undo, done)
        return web.Response(status=303, headers={"Location": path})
