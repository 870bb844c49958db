"""Signing households up: one by a form, or many by a CSV file that is checked first."""

import base64
import binascii
from datetime import datetime

from aiohttp import web

from ...database import Database
from ...delimited import EncodingFault, decoded, rows
from ...households.applicants import bad_file, read_applicants
from ...households.errors import Fault, HouseholdError
from ...households.onboarding import Effect, Onboarding, SignedUp
from ...households.registry import Registry
from ...people.errors import PeopleError
from ...people.names import clean_name
from ...trail import Doer
from ..asked import Asked
from ..form import BadForm, Form
from ..route import Route, Who
from .households import NAME, invited

MOST_BYTES = 256 * 1024
"""Bytes of a file: about 3,000 households. It goes back and forth in the form that confirms it."""
_NOTE = 500
_TABLE = MOST_BYTES * 4 // 3 + 4
_FAULTS = {Fault.NOT_A_LINE: ("line", "line"), Fault.LINE_TAKEN: ("line", "taken")}


async def new(asked: Asked) -> web.Response:
    """Show the form for one household."""
    return asked.page("operator/new.html", form=None)


async def add(asked: Asked) -> web.Response:
    """Sign one household up, and invite its manager if one is named."""
    form = asked.form
    line, name = form.text("line", most=NAME), form.text("name", most=NAME)
    agreed = form.ticked("consent")
    consent_by = form.text("consent_by", most=NAME, needed=agreed)
    evidence = form.text("evidence", most=_NOTE, needed=False)
    manager = form.text("manager", most=NAME, needed=False)
    if manager:
        try:
            clean_name(manager)
        except PeopleError:
            form.fault("manager", "operator.fault.name")
    if not form.good():
        return asked.page("operator/new.html", form=form, status=422)
    try:
        home = await asked.work(
            Registry(asked.database).add,
            line,
            name,
            consent_by=consent_by if agreed else None,
            evidence=evidence,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError as error:
        field, key = _FAULTS.get(error.fault, (str(error.values.get("field", "name")), "name"))
        form.fault(field, f"operator.fault.{key}")
        return asked.page("operator/new.html", form=form, status=422)
    if manager:
        return await invited(asked, home, manager)
    return asked.onward(f"/operator/households/{home.id}", "operator.new.done")


async def choose(asked: Asked) -> web.Response:
    """Show the form for a file."""
    return asked.page("operator/import.html", form=None)


async def check(asked: Asked) -> web.Response:
    """Show what signing up a file would do; nothing is done yet."""
    form = asked.form
    file = form.upload("file")
    if not form.good() or file is None:
        return asked.page("operator/import.html", form=form, status=422)
    try:
        found = await asked.work(_read, asked.database, file.content, asked.doer, asked.now)
    except HouseholdError as error:
        form.fault("file", "operator.fault.file", why=error.values.get("why", str(error)))
        return asked.page("operator/import.html", form=form, status=422)
    return asked.page(
        "operator/preview.html",
        good=[row.applicant for row in found if row.effect is Effect.ADDED],
        present=sum(row.effect is Effect.PRESENT for row in found),
        wrong=[row for row in found if row.effect is Effect.REFUSED],
        table=base64.urlsafe_b64encode(file.content).decode(),
    )


async def sign_up(asked: Asked) -> web.Response:
    """Sign up what was checked; what is wrong by now is told."""
    content = _table(asked.form)
    try:
        found = await asked.work(
            _read, asked.database, content, asked.doer, asked.now, dry_run=False
        )
    except HouseholdError as error:
        raise BadForm("the table is not the one that was checked") from error
    return asked.page(
        "operator/imported.html",
        done=[row for row in found if row.household is not None],
        wrong=[row for row in found if row.effect is Effect.REFUSED],
    )


def _read(
    database: Database, content: bytes, by: Doer, now: datetime, *, dry_run: bool = True
) -> list[SignedUp]:
    try:
        table = rows(decoded(content))
    except EncodingFault as error:
        raise bad_file("it is no text in UTF-8, UTF-16 or Shift_JIS") from error
    applicants = list(read_applicants(table, now=now))
    return list(Onboarding(database).sign_up(applicants, by=by, now=now, dry_run=dry_run))


def _table(form: Form) -> bytes:
    text = form.text("table", most=_TABLE)
    if not form.good():
        raise BadForm("the table is missing")
    try:
        return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadForm("the table cannot be read") from error


ROUTES = (
    Route("GET", "/operator/households/new", new, Who.OPERATOR, proof=True),
    Route("POST", "/operator/households/new", add, Who.OPERATOR, proof=True),
    Route("GET", "/operator/import", choose, Who.OPERATOR, proof=True),
    Route("POST", "/operator/import", check, Who.OPERATOR, proof=True, upload=MOST_BYTES),
    Route("POST", "/operator/import/sign-up", sign_up, Who.OPERATOR, proof=True, upload=_TABLE),
)
