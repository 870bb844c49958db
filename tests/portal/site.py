"""The family's site for the tests: a real server, a real database, two households, every role.

``site.visitor(Role.MANAGER)`` is a browser in which that person of the household is signed in; it
keeps cookies, follows nothing by itself, and fills in forms as they stand in a page.
"""

import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import delete, select
from yarl import URL

from callguard.database import Database
from callguard.households.models import Household
from callguard.households.registry import Registry
from callguard.people import models
from callguard.people.bearer import digest, new_token
from callguard.people.rights import Role
from callguard.portal.family_site import family_site
from callguard.portal.limits import Rate
from callguard.portal.look import FOLDER, Look
from callguard.portal.static import Static
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

NOON = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
"""When it is, in the tests: noon in Japan."""
LINE, OTHER_LINE = "0422-99-1111", "0422-99-2222"
OPERATOR, STRANGER = "operator", "stranger"
NAMES = {role.value: f"中村 {role.value}" for role in Role} | {
    STRANGER: "小林 manager",
    OPERATOR: "係の者",
}
"""What the people of :func:`seed` are called, by role: one each in her home, a stranger of the
other, and one of the carrier's."""
UNBOUNDED = Rate(burst=1_000_000, per_second=1_000_000)


LOOK = Look(Static(FOLDER))
"""Read once: a site of its own for each test is cheap then."""


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, length: timedelta) -> None:
        self.now += length


@dataclass(frozen=True)
class Field:
    """A field of a form, as a browser would send it."""

    name: str
    value: str
    kind: str
    sent: bool = True
    """Whether it is sent as it stands: a box is only when ticked, a button when pressed."""


@dataclass
class HTMLForm:
    """A form in a page."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def names(self) -> set[str]:
        return {one.name for one in self.fields}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HTMLForm] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: HTMLForm | None = None
        self._select: str | None = None
        self._option: Field | None = None
        self._area: tuple[str, list[str]] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "title"}:
            self._hidden += 1
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._form = HTMLForm(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            ticks = kind in {"checkbox", "radio"}
            sent = "checked" in given if ticks else kind not in {"submit", "file"}
            self._form.fields.append(Field(name, value, kind, sent))
        elif tag == "button" and name:
            self._form.fields.append(Field(name, value, "button", sent=False))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            one = Field(self._select, value, "select", "selected" in given)
            self._form.fields.append(one)
        elif tag == "textarea" and name:
            self._area = (name, [])

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)
        if not self._hidden and data.strip():
            self.words.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "title"}:
            self._hidden -= 1
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None
        if tag == "textarea" and self._area is not None and self._form is not None:
            name, text = self._area
            self._form.fields.append(Field(name, "".join(text).removeprefix("\n"), "textarea"))
            self._area = None


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers["Location"]

    @property
    def words(self) -> str:
        """The page as it is read: no tags, one blank between words."""
        return " ".join(" ".join(self._read().words).split())

    @property
    def links(self) -> list[str]:
        return self._read().links

    @property
    def forms(self) -> list[HTMLForm]:
        return self._read().forms

    def form(self, action: str = "") -> HTMLForm:
        """Return the one form whose action ends with *action*."""
        found = [one for one in self.forms if one.action.endswith(action)]
        assert len(found) == 1, f"{len(found)} forms with action …{action} in: {self.words}"
        return found[0]

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.text)
        reader.close()
        return reader


class Visitor:
    """A browser."""

    def __init__(self, base: str, token: str | None, language: str) -> None:
        self._base = base
        self._session = aiohttp.ClientSession(
            base_url=base,
            headers={"Accept-Language": language, "User-Agent": "Mozilla/5.0 (test)"},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )
        if token is not None:
            self._session.cookie_jar.update_cookies({"callguard": token}, URL(base))

    async def get(self, path: str, **headers: str) -> Page:
        return await self.request("GET", path, headers=headers)

    async def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Page:
        """Send a form with its CSRF token, as a page of ours would.

        ``fields`` and ``more`` are texts, lists of texts, or files as ``(name, bytes)``.
        """
        given: dict[str, Any] = {"csrf": await self.csrf(), **(fields or {}), **more}
        return await self.request("POST", path, data=_data(given))

    async def submit(self, page: Page, action: str = "", **filled: Any) -> Page:
        """Send the form of *page* whose action ends with *action*, filled in as given."""
        form = page.form(action)
        given: dict[str, Any] = {}
        for one in form.fields:
            if one.sent and one.name not in filled:
                given.setdefault(one.name, []).append(one.value)
        unknown = set(filled) - form.names()
        assert not unknown, f"the form has no field {unknown}, but {form.names()}"
        given |= {name: value for name, value in filled.items() if value is not None}
        if form.method == "GET":
            pairs = [(name, text) for name, texts in given.items() for text in _texts(texts)]
            return await self.request("GET", str(URL(form.action).with_query(pairs)))
        return await self.request("POST", form.action, data=_data(given))

    async def follow(self, page: Page) -> Page:
        """Go where a redirect leads."""
        assert page.status == 303, f"{page.status}: {page.words}"
        return await self.get(page.location)

    async def csrf(self) -> str:
        """Return a token for this browser's forms."""
        from callguard.portal.csrf import token

        cookies = {one.key: one.value for one in self._session.cookie_jar}
        if "callguard" not in cookies and "callguard-visitor" not in cookies:
            await self.get("/")
            cookies = {one.key: one.value for one in self._session.cookie_jar}
        return token(cookies.get("callguard") or cookies["callguard-visitor"])

    @property
    def cookies(self) -> dict[str, str]:
        return {one.key: one.value for one in self._session.cookie_jar}

    async def request(self, method: str, path: str, **given: Any) -> Page:
        async with self._session.request(
            method, URL(path, encoded=True), allow_redirects=False, **given
        ) as answer:
            body = await answer.read()
            text = body.decode("utf-8", errors="replace")
            return Page(answer.status, text, answer.headers.copy(), body)

    async def close(self) -> None:
        await self._session.close()


@dataclass
class Site:
    """A running site and who is in it."""

    base: str
    settings: Settings
    database: Database
    clock: Clock
    app: web.Application
    household: int
    """Id of the household with everything."""
    other: int
    """Id of another one."""
    people: dict[str, int]
    """Id of each person, by role, and of the operator; ``stranger`` manages the other one."""
    _visitors: list[Visitor] = field(default_factory=list)

    def path(self, page: str) -> str:
        return f"/h/{self.household}/{page}"

    def visitor(
        self,
        who: str | None = Role.MANAGER,
        *,
        language: str = "ja",
        proved: bool = True,
        revoked: bool = False,
    ) -> Visitor:
        """Return a browser; ``who`` is a role, ``operator``, ``stranger`` or None (nobody)."""
        token = None if who is None else self.sign_in(who, proved=proved, revoked=revoked)
        visitor = Visitor(self.base, token, language)
        self._visitors.append(visitor)
        return visitor

    def sign_in(self, who: str, *, proved: bool = True, revoked: bool = False) -> str:
        """Start a session in the database; return its cookie."""
        token = new_token()
        now = self.clock.now
        with self.database.transaction() as session:
            session.add(
                models.Session(
                    digest=digest(token),
                    person_id=self.people[who],
                    device="a browser",
                    address="127.0.0.1",
                    created_at=now,
                    seen_at=now,
                    proved_at=now if proved else now - timedelta(days=1),
                )
            )
            if revoked:
                session.flush()
                session.execute(
                    delete(models.Session).where(models.Session.digest == digest(token))
                )
        return token

    def speaks(self, who: str, language: str) -> None:
        """Have somebody choose a language; it counts for more than the browser's."""
        with self.database.transaction() as session:
            session.get_one(models.Person, self.people[who]).language = language

    async def close(self) -> None:
        for visitor in self._visitors:
            await visitor.close()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve *app* at a port of its own; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            await runner.cleanup()


@asynccontextmanager
async def running_site(
    database: Database,
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    add: Callable[[web.Application], None] = lambda _: None,
) -> AsyncIterator[Site]:
    """Run the site over *database*, which is seeded, and what *add* adds to it.

    ``host`` is the name that browsers call it by; with ``localhost`` passkeys work, and the site
    knows its own address.
    """
    clock = Clock()
    households, people = seeded(database)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"http://{host}:{listening.getsockname()[1]}"
        if host == "localhost":
            settings = replace(settings, portal_url=base)
        app = family_site(
            settings,
            lambda: database,
            clock,
            look=LOOK,
            by_address=UNBOUNDED,
            by_session=UNBOUNDED,
        )
        add(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        site = Site(base, settings, database, clock, app, *households, people=people)
        try:
            yield site
        finally:
            await site.close()
            await runner.cleanup()


def seed(database: Database) -> None:
    """Sign up two households with people of every role."""
    registry = Registry(database)
    for line, name in ((LINE, "中村家"), (OTHER_LINE, "小林家")):
        registry.add(line, name, consent_by="本人", by=COMMAND_LINE, now=NOON)
    with database.transaction() as session:
        mine, other = session.query(Household).order_by(Household.id)
        for role, name in NAMES.items():
            person = _person(name, operator=role == OPERATOR)
            if role != OPERATOR:
                stranger = role == STRANGER
                person.memberships.append(
                    models.Membership(
                        household=other if stranger else mine,
                        role=Role.MANAGER if stranger else role,
                        created_at=NOON,
                    )
                )
            session.add(person)


def seeded(database: Database) -> tuple[tuple[int, int], dict[str, int]]:
    """Return the ids of the two households, and of their people by role."""
    with database.transaction() as session:
        mine, other = session.scalars(select(Household.id).order_by(Household.id))
        people = {
            name: id_ for id_, name in session.execute(select(models.Person.id, models.Person.name))
        }
    return (mine, other), {role: people[name] for role, name in NAMES.items()}


def _person(name: str, *, operator: bool = False) -> models.Person:
    return models.Person(
        name=name,
        mail=None,
        language="ja",
        operator=operator,
        handle=secrets.token_bytes(32),
        created_at=NOON,
    )


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _data(given: Mapping[str, Any]) -> Any:
    if not any(isinstance(value, tuple) for value in given.values()):
        return [(name, text) for name, value in given.items() for text in _texts(value)]
    data = aiohttp.FormData()
    for name, value in given.items():
        if isinstance(value, tuple):
            data.add_field(name, value[1], filename=value[0])
        else:
            for text in _texts(value):
                data.add_field(name, text)
    return data
