"""One number on a list: added, changed, removed."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from ...households.errors import Fault, HouseholdError
from ...households.listed import MAX_NUMBERS, Listed
from ...households.lists import Lists
from ...households.plain_text import MAX_NAME, MAX_NOTE
from ...numbers import format_number
from ..asked import Asked
from ..form import Form
from . import listing
from .doubts import Doubt, NoNumber, doubts, read_number
from .ending import DAYS, end_of
from .listing import LISTS, Wish
from .police import is_listed
from .undo import way_back

MAX_TYPED = 40
"""Characters of a typed number."""
KEEP = "keep"
"""The choice to leave an entry's end as it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants an entry to be."""

    list: str
    name: str
    note: str
    until: str
    sure: bool

    @classmethod
    def read(cls, form: Form, *, present: Listed | None = None) -> "Wanted":
        """Read it from a form; what is wrong is in the form's faults."""
        untils = (*DAYS, KEEP) if present and present.expires_at else tuple(DAYS)
        return cls(
            form.choice("list", LISTS, default="allowed"),
            form.text("name", most=MAX_NAME, needed=False),
            form.text("note", most=MAX_NOTE, needed=False, lines=True),
            form.choice("until", untils, default="always"),
            form.ticked("sure"),
        )


async def add(asked: Asked) -> web.Response:
    """Add a number to a list; what speaks against it is asked about first."""
    form = asked.form
    typed = form.text("number", most=MAX_TYPED)
    wanted = Wanted.read(form)
    number = 0
    if typed:
        try:
            number = read_number(typed)
        except NoNumber as error:
            form.fault(
                "number", f"numbers.mistake.{error.mistake}", typed=typed, number=error.meant
            )
    if not form.good():
        return await listing.page(asked, Wish(wanted.list), form)
    present = await asked.work(Lists(asked.database).entry, asked.household, number)
    if refusal := await _asks_first(asked, number, wanted, present, asked.path("numbers")):
        return refusal
    try:
        before = await _put(asked, number, wanted, present)
    except HouseholdError as error:
        _explain(form, error)
        return await listing.page(asked, Wish(wanted.list), form)
    page = asked.path("numbers", **Wish(wanted.list).query())
    moved = before is not None and before.allowed is not (wanted.list == "allowed")
    onto: dict[str, Any] = {"list": asked.say(f"numbers.list.{wanted.list}")} if moved else {}
    return asked.onward(
        page,
        "numbers.done.moved" if moved else "numbers.done.added",
        undo=await way_back(asked, number, before, page),
        who=wanted.name or (before.name if before else "") or format_number(number),
        **onto,
    )


async def look(asked: Asked) -> web.Response:
    """Show the form of one entry."""
    return _form(asked, await _entry(asked), None)


async def change(asked: Asked) -> web.Response:
    """Change an entry, or move it to the other list."""
    present = await _entry(asked)
    wanted = Wanted.read(asked.form, present=present)
    if not asked.form.good():
        return _form(asked, present, asked.form)
    number = present.number
    path = asked.path(f"numbers/{present.id}")
    if refusal := await _asks_first(asked, number, wanted, present, path):
        return refusal
    try:
        before = await _put(asked, number, wanted, present)
    except HouseholdError as error:
        _explain(asked.form, error)
        return _form(asked, present, asked.form)
    page = asked.path("numbers", **Wish(wanted.list).query())
    return asked.onward(
        page,
        "numbers.done.saved",
        undo=await way_back(asked, number, before, page),
        who=wanted.name or format_number(number),
    )


async def remove(asked: Asked) -> web.Response:
    """Take a number off its list."""
    if not asked.form.good():
        raise web.HTTPBadRequest
    entry = await asked.work(_find, asked)
    if entry is None:
        return asked.onward(asked.path("numbers"), "numbers.gone", done=False)
    number = entry.number
    try:
        before = await asked.work(
            Lists(asked.database).take_off,
            asked.household,
            number,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError as error:
        if error.fault is not Fault.NOT_LISTED:
            raise
        return asked.onward(asked.path("numbers"), "numbers.gone", done=False)
    page = asked.path("numbers", **Wish("allowed" if before.allowed else "blocked").query())
    return asked.onward(
        page,
        "numbers.done.removed",
        undo=await way_back(asked, number, before, page),
        who=before.name or format_number(number),
    )


def _find(asked: Asked) -> Listed | None:
    return Lists(asked.database).entry_of_id(asked.household, int(asked.part("entry_id")))


async def _entry(asked: Asked) -> Listed:
    found = await asked.work(_find, asked)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _asks_first(
    asked: Asked, number: int, wanted: Wanted, present: Listed | None, path: str
) -> web.Response | None:
    """Return the page that asks, if something speaks against it and nobody has said "sure"."""
    if wanted.sure:
        return None
    found: tuple[Doubt, ...] = ()
    if wanted.list == "allowed":
        # An entry that is allowed already was asked about when it was added; a listing is news.
        listed = partial(is_listed, asked.settings)
        found = await asked.work(doubts, number, listed=listed, now=asked.now)
        if present is not None and present.allowed:
            found = tuple(doubt for doubt in found if doubt is Doubt.LISTED)
    # On its own page somebody moves a number knowingly; when adding one, it may be forgotten.
    moves = (
        present is not None
        and present.allowed is not (wanted.list == "allowed")
        and path == asked.path("numbers")
    )
    if not found and not moves:
        return None
    return asked.page(
        "numbers/sure.html",
        number=format_number(number),
        wanted=wanted,
        action=path,
        adds=path == asked.path("numbers"),
        doubts=found,
        moves_from=("allowed" if present.allowed else "blocked") if moves and present else "",
    )


async def _put(asked: Asked, number: int, wanted: Wanted, present: Listed | None) -> Listed | None:
    keeps = wanted.until == KEEP and present is not None
    return await asked.work(
        Lists(asked.database).put,
        asked.household,
        number,
        allowed=wanted.list == "allowed",
        name=wanted.name,
        note=wanted.note,
        expires_at=present.expires_at if keeps and present else end_of(wanted.until, asked.now),
        by=asked.doer,
        now=asked.now,
    )


def _explain(form: Form, error: HouseholdError) -> None:
    match error.fault:
        case Fault.EMERGENCY:
            form.fault("", "numbers.emergency_never_blocked")
        case Fault.TOO_MANY_NUMBERS:
            form.fault("", "numbers.list_full", limit=MAX_NUMBERS)
        case Fault.PAST:
            form.fault("until", "numbers.past")
        case _:
            raise error


def _form(asked: Asked, entry: Listed, form: Form | None) -> web.Response:
    return asked.page(
        "numbers/entry.html",
        status=200 if form is None else 422,
        form=form,
        entry=entry,
        list="allowed" if entry.allowed else "blocked",
        untils=tuple(DAYS),
        lists=LISTS,
        most_name=MAX_NAME,
        most_note=MAX_NOTE,
    )
