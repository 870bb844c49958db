"""An address book taken in: read, shown with what would come of it, and only then added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ...contacts.contact import ContactFile, ContactFileError, FileFault, RowFault
from ...contacts.file import read_contacts
from ...contacts.preview import PreviewRow, Problem, preview
from ...households.listed import MAX_NUMBERS, Effect, Row
from ...households.lists import Lists
from ...numbers import Origin, classify_number
from ...people.ceremonies import Ceremonies, Kind
from ...people.errors import PeopleError
from ..asked import Asked
from ..form import Form
from .police import listed_among
from .undo import device

MAX_WRONG = 200
"""What cannot be taken is shown for so many rows; of the others only how many."""

_PICKS = frozenset(map(str, range(2 * MAX_NUMBERS)))
"""Every name that a tick can have: so many numbers can be new, and so many there already."""

_GROUPS = {Effect.ADDED: "added", Effect.CHANGED: "changed", Effect.MOVED: "moved"}
_TICKED = frozenset({"added", "changed"})
"""The groups that are taken unless somebody unticks them."""

_FAULTS = {
    FileFault.EMPTY: "numbers.import.file_empty",
    FileFault.TOO_LARGE: "numbers.import.file_large",
    FileFault.TOO_MANY: "numbers.import.file_many",
    FileFault.NOT_CONTACTS: "numbers.import.file_unread",
    FileFault.ENCODING: "numbers.import.file_unread",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number that can be added."""

    pick: str
    """Its name in the form."""
    number: int
    name: str
    group: str
    """``added``, ``changed``, ``moved``, or the doubt: ``overseas``, ``listed``."""
    was: str
    """What the entry is called now, if there is one."""

    @property
    def ticked(self) -> bool:
        """Whether it is ticked at first."""
        return self.group in _TICKED


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot be taken, and why: the name of its words."""

    line: int
    name: str
    typed: str
    why: str


async def files(asked: Asked) -> web.Response:
    """Show the forms for taking an address book in, and the lists out."""
    return _files(asked, None)


async def read(asked: Asked) -> web.Response:
    """Read a file, keep what it holds for an hour, and lead to its preview."""
    form = asked.form
    upload = form.upload("file")
    book: ContactFile | None = None
    if upload is not None:
        try:
            book = await asked.work(read_contacts, upload.content)
        except ContactFileError as error:
            form.fault("file", _FAULTS[error.fault])
        else:
            if not any(contact.numbers for contact in book.contacts):
                form.fault("file", "numbers.import.nothing")
    if not form.good() or book is None:
        return _files(asked, form)
    token = await asked.work(_begin, asked, book)
    return asked.onward(asked.path("numbers/import", file=token))


async def look(asked: Asked) -> web.Response:
    """Show what would come of it."""
    token = asked.query.text("file", most=100, needed=False)
    try:
        data = await asked.work(
            Ceremonies(asked.database).look,
            token,
            Kind.IMPORT,
            device=device(asked),
            now=asked.now,
        )
    except PeopleError:
        return asked.onward(asked.path("numbers/files"), "numbers.preview.gone", done=False)
    if data["household"] != asked.household:
        raise web.HTTPNotFound
    candidates = _candidates(data)
    groups: dict[str, list[Candidate]] = {}
    for one in candidates:
        groups.setdefault(one.group, []).append(one)
    return asked.page(
        "numbers/preview.html",
        token=token,
        groups={name: groups.get(name, []) for name in (*_GROUPS.values(), "overseas", "listed")},
        there=data["there"],
        wrong=[Wrong(*one) for one in data["wrong"]],
        more_wrong=data["more_wrong"],
    )


async def take(asked: Asked) -> web.Response:
    """Add what is ticked."""
    token = asked.form.text("file", most=100)
    picked = asked.form.many("pick", _PICKS)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        data = await asked.work(
            Ceremonies(asked.database).take,
            token,
            Kind.IMPORT,
            device=device(asked),
            now=asked.now,
        )
    except PeopleError:
        return asked.onward(asked.path("numbers/files"), "numbers.preview.gone", done=False)
    if data["household"] != asked.household:
        raise web.HTTPNotFound
    candidates = {one.pick: one for one in _candidates(data)}
    if not candidates.keys() >= set(picked):
        raise web.HTTPBadRequest
    rows = [Row(candidates[pick].number, candidates[pick].name) for pick in picked]
    if not rows:
        return asked.onward(asked.path("numbers/files"), "numbers.import.none_ticked", done=False)
    done = await asked.work(
        Lists(asked.database).add_many,
        asked.household,
        rows,
        allowed=True,
        by=asked.doer,
        now=asked.now,
    )
    added = sum(one.effect in {Effect.ADDED, Effect.MOVED} for one in done)
    changed = sum(one.effect is Effect.CHANGED for one in done)
    return asked.onward(
        asked.path("numbers"), "numbers.import.done", added=added, changed=changed, n=added
    )


def _files(asked: Asked, form: Form | None) -> web.Response:
    return asked.page("numbers/files.html", status=200 if form is None else 422, form=form)


def _begin(asked: Asked, book: ContactFile) -> str:
    present = {one.number: one for one in Lists(asked.database).entries(asked.household)}
    rows = preview(book.contacts, present, allowed=True)
    numbers = {row.number for row in rows if row.number is not None and row.effect in _GROUPS}
    listed = listed_among(asked.settings, numbers, asked.now)
    wrong = [*_wrong(rows), *_skipped(book)]
    data = {
        "household": asked.household,
        "rows": [
            (row.number, row.name, _group(row, listed), row.present.name if row.present else "")
            for row in rows
            if row.effect in _GROUPS
        ],
        "there": sum(row.effect is Effect.UNCHANGED for row in rows),
        "wrong": wrong[:MAX_WRONG],
        "more_wrong": max(0, len(wrong) - MAX_WRONG),
    }
    return Ceremonies(asked.database).begin(Kind.IMPORT, data, device=device(asked), now=asked.now)


def _group(row: PreviewRow, listed: frozenset[int]) -> str:
    if row.number in listed:
        return "listed"
    if row.present is None and classify_number(f"+{row.number}").origin is Origin.OVERSEAS:
        return "overseas"
    return _GROUPS[row.effect]


def _wrong(rows: Iterable[PreviewRow]) -> Iterable[tuple[int, str, str, str]]:
    for row in rows:
        if row.problem is not None:
            why = "not_a_number" if row.problem is Problem.NOT_A_NUMBER else "full"
            yield row.line, row.name, row.typed, why


def _skipped(book: ContactFile) -> Iterable[tuple[int, str, str, str]]:
    for one in book.skipped:
        # A contact without a telephone has a mail address only: nothing is wrong with it.
        if one.fault is not RowFault.NO_NUMBER:
            yield one.line, one.name, "", one.fault.value.replace("-", "_")


def _candidates(data: dict[str, Any]) -> list[Candidate]:
    return [
        Candidate(str(n), number, name, group, was)
        for n, (number, name, group, was) in enumerate(data["rows"])
    ]
