"""Taking back a change of the lists: what they held before is kept for an hour."""

from datetime import datetime
from typing import Any

from aiohttp import web

from ...households.errors import HouseholdError
from ...households.listed import Listed
from ...households.lists import Lists
from ...numbers import format_number
from ...people.ceremonies import Ceremonies, Device, Kind
from ...people.errors import PeopleError
from ..asked import Asked
from ..flash import Undo


async def way_back(asked: Asked, number: int, before: Listed | None, page: str) -> Undo:
    """Return the form that puts *number* back to what it was *before*; None: on neither list.

    ``page`` is the path that the form leads to afterwards. Only the last change of a device can
    be taken back.
    """
    data = {
        "household": asked.household,
        "number": number,
        "before": None if before is None else _to_json(before),
        "page": page,
    }
    token = await asked.work(
        Ceremonies(asked.database).begin, Kind.UNDO, data, device=device(asked), now=asked.now
    )
    return Undo(asked.path("numbers/undo"), {"undo": token})


async def undo(asked: Asked) -> web.Response:
    """Put a number back to what it was."""
    token = asked.form.text("undo", most=100)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        data = await asked.work(
            Ceremonies(asked.database).take, token, Kind.UNDO, device=device(asked), now=asked.now
        )
    except PeopleError:
        return asked.onward(asked.path("numbers"), "numbers.undo_over", done=False)
    if data["household"] != asked.household:
        raise web.HTTPNotFound
    number = data["number"]
    before = None if data["before"] is None else _from_json(data["before"])
    try:
        await asked.work(_put_back, asked, number, before)
    except HouseholdError:
        # Somebody else has changed it meanwhile, or the lists are full: their word stands.
        return asked.onward(data["page"], "numbers.undo_over", done=False)
    who = (before.name if before else "") or format_number(number)
    return asked.onward(data["page"], "numbers.done.restored", who=who)


def device(asked: Asked) -> Device:
    """Return the device that asks."""
    return Device(asked.me.person_id, asked.me.id)


def _put_back(asked: Asked, number: int, before: Listed | None) -> None:
    lists = Lists(asked.database)
    if before is None:
        lists.take_off(asked.household, number, by=asked.doer, now=asked.now)
    else:
        lists.put_back(asked.household, before, by=asked.doer, now=asked.now)


def _to_json(entry: Listed) -> dict[str, Any]:
    return {
        "number": entry.number,
        "allowed": entry.allowed,
        "name": entry.name,
        "note": entry.note,
        "confirmed_at": entry.confirmed_at.isoformat(),
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
    }


def _from_json(data: dict[str, Any]) -> Listed:
    ends = data["expires_at"]
    return Listed(
        data["number"],
        data["allowed"],
        data["name"],
        data["note"],
        datetime.fromisoformat(data["confirmed_at"]),
        datetime.fromisoformat(ends) if ends else None,
    )
