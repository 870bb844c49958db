"""Whose telephones of the family are called about a call: listed, added, removed, put first.

Only who manages the household sees and changes the numbers: whoever is called decides about calls.
"""

from collections.abc import Callable

from aiohttp import web

from ...households.errors import Fault, HouseholdError
from ...households.family_telephones import MAX_TELEPHONES, FamilyTelephones
from ...households.plain_text import MAX_NAME
from ...people.rights import Right
from ...screening.policy import AskOrder, Challenge
from ..asked import Asked
from ..protection.settings_pages import policy_of
from ..route import Route

MOST_TYPED = 40
_MOST_ID = 10**9


async def telephones(asked: Asked) -> web.Response:
    """Show whom to call, in order; the numbers to who may change them."""
    found = await asked.work(FamilyTelephones(asked.database).all, asked.household)
    policy = await policy_of(asked)
    return asked.page(
        "telephones/list.html",
        telephones=found,
        may_change=asked.may(Right.MANAGE_PEOPLE),
        room=len(found) < MAX_TELEPHONES,
        most=MAX_TELEPHONES,
        together=policy.ask_order is AskOrder.TOGETHER,
        asked_first=policy.challenge is Challenge.FAMILY,
    )


async def ask_whose(asked: Asked) -> web.Response:
    """Ask for a name and a number."""
    return _form(asked)


async def add(asked: Asked) -> web.Response:
    """Add a telephone."""
    name = asked.form.text("name", most=MAX_NAME)
    number = asked.form.text("number", most=MOST_TYPED)
    if not asked.form.good():
        return _form(asked, status=422)
    try:
        added = await asked.work(
            FamilyTelephones(asked.database).add,
            asked.household,
            number,
            name,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError as error:
        if error.fault not in _SAID:
            raise
        asked.form.fault(_SAID[error.fault], f"telephones.fault.{error.fault}", most=MAX_TELEPHONES)
        return _form(asked, status=422)
    return asked.onward(asked.path("telephones"), "telephones.added", name=added.name)


async def remove(asked: Asked) -> web.Response:
    """Call a telephone no longer."""
    return await _change(asked, FamilyTelephones(asked.database).remove, "telephones.removed")


async def put_first(asked: Asked) -> web.Response:
    """Call a telephone before all others."""
    return await _change(asked, FamilyTelephones(asked.database).call_first, "telephones.first")


async def _change(asked: Asked, change: Callable[..., str], said: str) -> web.Response:
    """Do *change* to the telephone that the form names, and say so."""
    telephone = asked.form.whole("telephone", 1, _MOST_ID)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        name = await asked.work(change, asked.household, telephone, by=asked.doer, now=asked.now)
    except HouseholdError as error:
        if error.fault is not Fault.NO_TELEPHONE:
            raise
        return asked.onward(asked.path("telephones"), "telephones.fault.no-telephone")
    return asked.onward(asked.path("telephones"), said, name=name)


_SAID = {
    Fault.BAD_TELEPHONE: "number",
    Fault.OWN_LINE: "number",
    Fault.TOO_MANY_TELEPHONES: "",
    Fault.TEXT_UNREADABLE: "name",
}


def _form(asked: Asked, *, status: int = 200) -> web.Response:
    form = asked.form if status != 200 else None
    return asked.page(
        "telephones/add.html", form=form, most_name=MAX_NAME, most=MOST_TYPED, status=status
    )


_PATH = "/h/{household}/telephones"

ROUTES = (
    Route("GET", _PATH, telephones, Right.SEE_PROTECTION),
    Route("GET", f"{_PATH}/add", ask_whose, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", f"{_PATH}/add", add, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", f"{_PATH}/remove", remove, Right.MANAGE_PEOPLE),
    Route("POST", f"{_PATH}/first", put_first, Right.MANAGE_PEOPLE, proof=True),
)
