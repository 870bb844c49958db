"""Visits to households for ``script/bench portal``: who comes, and an example of every page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from callguard.calllog.log import CallLog, Cursor
from callguard.calllog.models import CallRecord
from callguard.database import Database
from callguard.households.at_risk import read_at_risk
from callguard.households.expectations import Expectations
from callguard.households.models import ListedNumber
from callguard.households.proposals import Proposals
from callguard.notify.models import Channel
from callguard.people.bearer import digest, new_token
from callguard.people.grants import Grants
from callguard.people.invitations import Invitations
from callguard.people.models import Passkey, Session
from callguard.people.rights import Role
from callguard.people.tokens import Scope, Tokens
from callguard.portal.route import Route, Who
from callguard.portal.website import table
from callguard.trail import Doer

from .node import BenchError
from .portal_homes import lines, manager, operator

FURTHER = (
    "/h/{household}/calls?show=refused",
    "/h/{household}/calls?show=listed",
    "/h/{household}/calls?show=left",
    "/h/{household}/calls?q=090",
    "/h/{household}/calls?q={end}",
    "/h/{household}/calls?q=知り合い",
    "/h/{household}/calls?before={before}",
    "/h/{household}/numbers?q=知り合い",
)
"""Pages that ask more of the database than their plain address does: filters and searches."""

_QUERIES = {"/h/{household}/calls/{call}/sure": "?do=allow"}
"""What stands behind the ``?`` where a page is none without it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A person of a household, just signed in, and an operator who looks after it."""

    parts: Mapping[str, str]
    """An example for each part of an address."""
    cookies: Mapping[str, str]
    """The session of ``member`` and of ``operator``."""

    def address(self, path: str) -> str:
        """Return the address of the page *path*.

        Raises:
            BenchError: there is no example for a part of it.

        """
        missing = set(re.findall(r"\{(\w+)\}", path)) - set(self.parts)
        if missing:
            raise BenchError(f"{path}: benches/portal_visits.py has no example for {missing}")
        return re.sub(r"\{(\w+)\}", lambda found: self.parts[found[1]], path)

    def cookie(self, route: Route) -> str:
        """Return the session with which a page is opened, or nothing."""
        if route.who is Who.ANYONE:
            return ""
        return self.cookies["operator" if route.who is Who.OPERATOR else "member"]


def pages() -> dict[str, Route]:
    """Return each page by its path, queries of :data:`FURTHER` included."""
    found = {
        route.path + _QUERIES.get(route.path, ""): route
        for route in table()
        if route.method == "GET"
    }
    return found | {path: found[path.partition("?")[0]] for path in FURTHER}


def furnish(database: Database, home: int, *, now: datetime) -> dict[str, str]:
    """Give a household what its pages are about; return an example for each part of an address."""
    person = manager(home)
    by = Doer("家族", person, "127.0.0.1")
    invited = Invitations(database).invite(home, Role.VIEWER, "由美", by=by, now=now)
    Expectations(database).expect(home, by=by, now=now)
    Grants(database).give(home, 2, by=by, now=now)
    risk = read_at_risk([(1, ["line"]), (2, [lines(home)[-1]])])
    list(Proposals(database).propose(risk, by=by, now=now))
    _, token = Tokens(database).issue(
        home,
        person,
        name="居間の表示板",
        scopes=[Scope.READ_CALLS],
        expires_at=now + timedelta(days=90),
        by=by,
        now=now,
    )
    with database.transaction() as session:
        passkey = Passkey(
            person_id=person,
            credential=home.to_bytes(32, "big"),
            public_key=b"",
            sign_count=0,
            name="電話",
            created_at=now,
        )
        session.add(passkey)
        session.flush()
        entry = session.scalars(
            select(ListedNumber).where(ListedNumber.household_id == home).limit(1)
        ).one()
        calls = select(CallRecord).where(
            CallRecord.household_id == home, CallRecord.number > 81_000_000_000
        )
        call = session.scalars(calls.order_by(CallRecord.at.desc()).limit(1)).one()
        middle = CallLog(database).calls(home, until=now - timedelta(days=45), limit=1).calls[0]
        way = session.scalars(select(Channel.id).where(Channel.person_id == person)).one()
        return {
            "household": str(home),
            "home_id": str(home),
            "person_id": str(person + 1),
            "call": call.call_id,
            "end": str(call.number)[-4:],
            "before": str(Cursor(middle.at, middle.id)),
            "entry_id": str(entry.id),
            "token_id": str(token.id),
            "token": invited.token,
            "passkey_id": str(passkey.id),
            "way_id": str(way),
            "setting": "payphone",
            "name": "warning.wav",
        }


def sign_in(
    database: Database, home: int, homes: int, parts: Mapping[str, str], *, now: datetime
) -> Visit:
    """Sign the household's manager and the operator in, as if they had proved who they are."""
    cookies = {"member": new_token(), "operator": new_token()}
    people = {"member": manager(home), "operator": operator(homes)}
    with database.transaction() as session:
        for who, token in cookies.items():
            session.add(
                Session(
                    digest=digest(token),
                    person_id=people[who],
                    device="Safari (iPhone)",
                    address="127.0.0.1",
                    created_at=now,
                    seen_at=now,
                    proved_at=now,
                )
            )
    return Visit(parts, cookies)
