"""``callguard people``: invite somebody, list who belongs to a household, remove somebody."""

import argparse
import json
from datetime import timedelta, timezone

from ..database import Database
from ..numbers import format_number
from ..people.invitations import Invitations, Invited, Offer
from ..people.links import join_link, qr_text
from ..people.members import Member, People
from ..people.rights import Role
from ..people.staff import Operator, Staff
from ..settings import load
from ..trail import COMMAND_LINE
from .rooms import household_on, now, opened

_JAPAN = timezone(timedelta(hours=9))


def invite(options: argparse.Namespace) -> int:
    """Invite somebody into a household, or as one of the carrier's staff; print the link."""
    if options.operator:
        with opened() as database:
            invited = _invite(database, None, None, options.name)
        what = "an operator"
    else:
        role = Role(options.role)
        with household_on(options.line) as (database, home):
            invited = _invite(database, home.id, role, options.name)
        what = f"{role} of {home.name} ({format_number(home.line)})"
    link = join_link(load().portal_url, invited.token)
    until = f"{invited.expires_at.astimezone(_JAPAN):%Y-%m-%d %H:%M}"
    print(link)
    print(qr_text(link))
    print(
        f"{options.name} can join once as {what} until {until} in Japan; give the link to no other"
    )
    return 0


def list_people(options: argparse.Namespace) -> int:
    """List the people of a household, or the operators, and the invitations that wait."""
    found: tuple[Member, ...] | tuple[Operator, ...]
    if options.operator:
        with opened() as database:
            found = Staff(database).all()
            waiting = Invitations(database).waiting(None, now=now())
    else:
        with household_on(options.line) as (database, home):
            found = People(database).members(home.id)
            waiting = Invitations(database).waiting(home.id, now=now())
    if options.json:
        print(json.dumps(_as_json(found, waiting), ensure_ascii=False, indent=2))
        return 0
    for one in found:
        seen = f"seen {one.seen_at.astimezone(_JAPAN):%Y-%m-%d}" if one.seen_at else "not signed in"
        print(f"{one.person_id:>5}  {_role(one):<10}  {one.name}  ({seen})")
    for offer in waiting:
        until = f"{offer.expires_at.astimezone(_JAPAN):%Y-%m-%d}"
        print(f"    -  {offer.role or 'operator':<10}  {offer.name}  (invited until {until})")
    if not found and not waiting:
        print("nobody yet; invite somebody with: callguard people invite")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Take somebody out of a household, or off the carrier's staff; their access ends at once."""
    if options.operator:
        with opened() as database:
            Staff(database).dismiss(options.id, by=COMMAND_LINE, now=now())
        print(f"{options.id} is no operator any longer")
        return 0
    with household_on(options.line) as (database, home):
        People(database).remove(home.id, options.id, by=COMMAND_LINE, now=now())
    print(f"{options.id} does not belong to {home.name} any longer")
    return 0


def _invite(database: Database, household_id: int | None, role: Role | None, name: str) -> Invited:
    invitations = Invitations(database)
    return invitations.invite(household_id, role, name, by=COMMAND_LINE, now=now())


def _role(one: Member | Operator) -> str:
    return one.role if isinstance(one, Member) else "operator"


def _as_json(
    people: tuple[Member, ...] | tuple[Operator, ...], waiting: tuple[Offer, ...]
) -> dict[str, object]:
    return {
        "people": [
            {
                "id": one.person_id,
                "name": one.name,
                "role": _role(one),
                "seen_at": one.seen_at.isoformat() if one.seen_at else None,
            }
            for one in people
        ],
        "invitations": [
            {
                "name": one.name,
                "role": one.role or "operator",
                "expires_at": one.expires_at.isoformat(),
            }
            for one in waiting
        ],
    }
