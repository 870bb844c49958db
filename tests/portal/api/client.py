"""A program that uses the API, for the tests."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from callguard.people.rights import Role
from callguard.people.tokens import Scope, Tokens, scopes_of
from callguard.trail import Doer

from ..site import Site, Visitor


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    content: Any
    headers: Any
    text: str

    @property
    def detail(self) -> str:
        """Why it was refused."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.text
        assert self.content["status"] == self.status
        detail: str = self.content["detail"]
        return detail

    @property
    def fields(self) -> list[str]:
        """The faults of the fields, as ``field detail``."""
        assert self.detail
        return [f"{one['field']} {one['detail']}" for one in self.content["errors"]]


class Program:
    """Shows a token of one person in one household with each request."""

    def __init__(self, site: Site, token: str | None) -> None:
        self._site = site
        self._visitor: Visitor = site.visitor(None)
        self.token = token

    @classmethod
    def of(
        cls,
        site: Site,
        who: str = Role.MANAGER,
        scopes: Iterable[Scope] | None = None,
        household: int | None = None,
    ) -> "Program":
        """Issue a token to *who* and return the program that has it."""
        secret, _ = Tokens(site.database).issue(
            household or site.household,
            site.people[who],
            name="home automation",
            scopes=scopes_of(_role(who)) if scopes is None else scopes,
            expires_at=site.clock.now + timedelta(days=30),
            by=Doer("test"),
            now=site.clock.now,
        )
        return cls(site, secret)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; *path* is of the household unless it begins with a slash."""
        if not path.startswith("/"):
            path = f"/api/v1/households/{self._site.household}/{path}"
        given: dict[str, str] = {name.replace("_", "-"): text for name, text in headers.items()}
        if self.token is not None:
            given.setdefault("Authorization", f"Bearer {self.token}")
        data: bytes | None = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        page = await self._visitor.request(method, path, data=data, headers=given)
        content = json.loads(page.text) if page.text else None
        return Answer(page.status, content, page.headers, page.text)

    async def get(self, path: str, **headers: str) -> Answer:
        """Read something."""
        return await self.ask("GET", path, **headers)


def _role(who: str) -> Role:
    """Return the role of *who* in the household that the token is for."""
    return Role(who) if who in list(Role) else Role.MANAGER
