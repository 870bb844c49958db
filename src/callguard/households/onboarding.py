"""Many households signed up at once, from a table that an operator hands in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ..database import Database
from ..delimited import EncodingFault, bare, decoded, heading_word, rows
from ..screening.policy import JST
from ..trail import Doer
from . import plain_text
from .change import write_document
from .consent_text import Purpose
from .errors import Fault, HouseholdError
from .models import Household
from .registry import agree, line_number, sign_up, taken

MAX_BYTES = 2_000_000
MAX_ROWS = 5000

COLUMNS: Mapping[str, frozenset[str]] = {
    "line": frozenset({"line", "number", "phone", "tel", "電話番号", "番号", "回線", "電話"}),
    "name": frozenset({"name", "household", "名前", "氏名", "お名前", "ご家庭", "契約者"}),
    "consent_by": frozenset({"consentby", "consent", "同意者", "同意した人", "同意"}),
    "consent_at": frozenset({"consentat", "consentdate", "同意日", "同意日時"}),
    "evidence": frozenset({"evidence", "同意の記録", "同意書", "同意書番号", "記録"}),
}
"""The columns by what their headings may be (see ``delimited.heading_word``)."""

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row: a household to sign up, or what is wrong with it."""

    row: int
    """Line of the file, from 1."""
    typed_line: str
    name: str
    line: int | None = None
    """E.164 digits."""
    consent_by: str = ""
    """Who agreed to screening, records and notices; empty: not yet."""
    consent_at: datetime | None = None
    evidence: str = ""
    errors: tuple[HouseholdError, ...] = ()
    household: int | None = None
    """The household's id, once it is signed up."""


class Onboarding:
    """Signs up the households of a table into *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def preview(self, data: bytes, *, now: datetime) -> tuple[Applicant, ...]:
        """Return what :meth:`sign_up` would do with the table, row by row, and do nothing.

        Raises:
            HouseholdError: the file is no such table, or too large.

        """
        applicants = read_applicants(data, now=now)
        wanted = [one.line for one in applicants if one.line is not None]
        present: set[int] = set()
        with self._database.reading() as session:
            for begin in range(0, len(wanted), 500):
                some = Household.line.in_(wanted[begin : begin + 500])
                present |= set(session.scalars(select(Household.line).where(some)))
        return tuple(
            replace(one, errors=(*one.errors, taken(one.line)))
            if one.line is not None and one.line in present
            else one
            for one in applicants
        )

    def sign_up(self, data: bytes, *, by: Doer, now: datetime) -> tuple[Applicant, ...]:
        """Sign up every household of the table that can be; the others say what is wrong.

        Raises:
            HouseholdError: the file is no such table, or too large.
            DatabaseError: the database failed; households before it are signed up, and are told
                as taken when the table is handed in again.

        """
        return tuple(
            one if one.errors else self._add(one, by=by, now=now)
            for one in self.preview(data, now=now)
        )

    def _add(self, one: Applicant, *, by: Doer, now: datetime) -> Applicant:
        # Each in a transaction of its own: others write to the database meanwhile.
        assert one.line is not None
        try:
            with self._database.transaction() as session:
                household = sign_up(session, one.line, one.name, by=by, now=now)
                if one.consent_by:
                    agree(
                        session,
                        household,
                        frozenset(Purpose),
                        one.consent_by,
                        one.evidence,
                        given_at=one.consent_at or now,
                        by=by,
                        now=now,
                    )
                write_document(session, household, now)
                return replace(one, household=household.id)
        except HouseholdError as error:  # signed up by another since the preview
            return replace(one, errors=(error,))


def read_applicants(data: bytes, *, now: datetime) -> tuple[Applicant, ...]:
    """Read the rows of a table with a heading; each is checked by itself and against the others.

    A date without a time of day is the beginning of that day in Japan; without a date, consent
    counts from *now*.

    Raises:
        HouseholdError: the file is no such table, or too large.

    """
    columns: dict[str, int] | None = None
    found: list[Applicant] = []
    seen: dict[int, int] = {}
    for line, row in rows(_text(data)):
        if row is None:
            raise _bad_file(f"line {line} cannot be read as CSV")
        if columns is None:
            columns = _columns(row)
            continue
        if len(found) >= MAX_ROWS:
            raise _bad_file(f"it holds more than {MAX_ROWS:,} households; hand in fewer at a time")
        cells = {
            name: bare(row[place]) if place < len(row) else "" for name, place in columns.items()
        }
        one = _applicant(line, cells, now)
        if one.line is not None:
            first = seen.setdefault(one.line, line)
            if first != line:
                again = HouseholdError(
                    f"the number stands in line {first} already",
                    Fault.LINE_TAKEN,
                    number=one.line,
                )
                one = replace(one, errors=(*one.errors, again))
        found.append(one)
    if not found:
        raise _bad_file("it holds no household")
    return tuple(found)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _bad_file(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return decoded(data)
    except EncodingFault as error:
        raise _bad_file("it is no text in UTF-8, UTF-16 or Shift_JIS") from error


def _columns(heading: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(heading):
        word = heading_word(cell).replace("_", "")
        for name, words in COLUMNS.items():
            if word in words:
                columns.setdefault(name, place)
    missing = [name for name in ("line", "name") if name not in columns]
    if missing:
        raise _bad_file(
            f"its first row names no column {' and none '.join(missing)}; "
            "write: line,name,consent_by,consent_at,evidence"
        )
    return columns


def _applicant(row: int, cells: Mapping[str, str], now: datetime) -> Applicant:
    errors: list[HouseholdError] = []
    line: int | None = None
    name, by, evidence = (cells.get(key, "") for key in ("name", "consent_by", "evidence"))
    at: datetime | None = None
    try:
        line = line_number(cells["line"])
    except HouseholdError as error:
        errors.append(error)
    try:
        name = plain_text.name(name, needed=True)
    except HouseholdError as error:
        errors.append(error)
    try:
        by = plain_text.name(by, "consent_by")
        evidence = plain_text.note(evidence, "evidence")
        at = _moment(cells.get("consent_at", ""), now)
    except HouseholdError as error:
        errors.append(error)
    if (at is not None or evidence) and not by:
        errors.append(
            HouseholdError(
                "consent_by is empty; write who agreed, or leave date and evidence out",
                Fault.NAME_MISSING,
                field="consent_by",
            )
        )
    return Applicant(row, cells["line"][:60], name[:200], line, by, at, evidence, tuple(errors))


def _moment(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    moment = _read_moment(text)
    if moment is None:
        raise HouseholdError(
            f"consent_at: {text[:40]!r}; write a day, such as 2026-11-24",
            Fault.BAD_VALUE,
            setting="consent_at",
            value=text[:40],
        )
    if moment > now:
        raise HouseholdError(
            f"consent_at: {text!r} is still to come", Fault.FUTURE, field="consent_at"
        )
    return moment


def _read_moment(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=JST)
    except ValueError:
        return None


def _bad_file(why: str) -> HouseholdError:
    return HouseholdError(f"the file cannot be used: {why}", Fault.BAD_FILE, why=why)
