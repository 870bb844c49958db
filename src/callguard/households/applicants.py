"""A table of households to sign up, as an operator hands it in: read row by row, each checked.

Consent is imported with its evidence or not at all: who agreed, when, the reference of the document
and the SHA-256 of its scan. A row that says some of that and not the rest is refused as a whole,
so that nobody is screened on half a proof, and nobody is silently left unscreened.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ..delimited import bare, heading_word
from ..screening.policy import JST
from . import plain_text
from .consent_text import VERSION, Purpose
from .errors import Fault, HouseholdError
from .registry import line_number

COLUMNS: Mapping[str, frozenset[str]] = {
    "line": frozenset({"line", "number", "phone", "tel", "電話番号", "番号", "回線", "電話"}),
    "name": frozenset({"name", "household", "名前", "氏名", "お名前", "ご家庭", "契約者"}),
    "group": frozenset({"group", "グループ", "区分", "プラン"}),
    "consent_by": frozenset({"consentby", "consent", "同意者", "同意した人", "同意"}),
    "consent_at": frozenset({"consentat", "consentdate", "同意日", "同意日時"}),
    "consent_to": frozenset({"consentto", "purposes", "同意の範囲", "同意内容"}),
    "evidence": frozenset({"evidence", "同意の記録", "同意書", "同意書番号", "記録"}),
    "digest": frozenset({"digest", "sha256", "ハッシュ", "同意書のハッシュ"}),
    "text_version": frozenset({"textversion", "同意文の版"}),
}
"""The columns by what their headings may be (see ``delimited.heading_word``)."""

HEADING = "line,name,group,consent_by,consent_at,evidence,digest"

USUAL = frozenset({Purpose.SCREENING, Purpose.LOGGING, Purpose.NOTICES})
"""What a consent is to that does not say; recording has to be named."""

_CONSENT = ("consent_by", "consent_at", "evidence", "digest")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2}))?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z._-]{1,40}")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent, with all that proves it."""

    by: str
    """Who agreed."""
    at: datetime
    evidence: str
    """The document's reference, such as the number of a signed form."""
    digest: str
    """SHA-256 of the document, in hexadecimal."""
    purposes: frozenset[Purpose] = USUAL
    text_version: str = VERSION
    """Which wording was agreed to."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row: a household to sign up, or what is wrong with it."""

    row: int
    """Line of the file, or place in a list, from 1."""
    typed_line: str
    name: str
    line: int | None = None
    """E.164 digits."""
    group: str = ""
    """The name of the group whose defaults it follows; empty: none."""
    consent: Agreed | None = None
    """None: it has not agreed yet, and nothing is screened."""
    errors: tuple[HouseholdError, ...] = ()


def read_applicants(
    table: Iterable[tuple[int, list[str] | None]], *, now: datetime
) -> Iterator[Applicant]:
    """Yield the rows of a table with a heading (``delimited.rows``), each checked by itself.

    A date without a time of day is the beginning of that day in Japan.

    Raises:
        HouseholdError: the heading is none, a row cannot be read, or there is none.

    """
    yield from checked(cells_of(table, COLUMNS, ("line", "name"), HEADING), now=now)


def checked(rows: Iterable[tuple[int, Mapping[str, str]]], *, now: datetime) -> Iterator[Applicant]:
    """Yield an applicant for each row: its place and its cells by the names of ``COLUMNS``."""
    seen: dict[int, int] = {}
    for place, cells in rows:
        one = _applicant(place, cells, now)
        if one.line is not None:
            first = seen.setdefault(one.line, place)
            if first != place:
                one = replace(one, errors=(*one.errors, twice(one.line, first)))
        yield one


def twice(line: int, first: int) -> HouseholdError:
    """Return the refusal of a line that stands in row *first* already."""
    return HouseholdError(
        f"the number stands in row {first} already", Fault.LINE_TWICE, number=line, row=first
    )


def cells_of(
    table: Iterable[tuple[int, list[str] | None]],
    columns: Mapping[str, frozenset[str]],
    needed: tuple[str, ...],
    heading: str,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a table with its place, its cells by the names of *columns*.

    Raises:
        HouseholdError: the heading lacks a column that is *needed* (*heading* shows one that would
            do), a row cannot be read, or there is none.

    """
    places: dict[str, int] | None = None
    empty = True
    for place, row in table:
        if row is None:
            raise bad_file(f"line {place} cannot be read as CSV")
        if places is None:
            places = _places(row, columns)
            missing = [name for name in needed if name not in places]
            if missing:
                raise bad_file(
                    f"its first row names no column {' and none '.join(missing)}; write: {heading}"
                )
            continue
        empty = False
        yield place, {name: bare(row[at]) if at < len(row) else "" for name, at in places.items()}
    if empty:
        raise bad_file("it holds no household")


def bad_file(why: str) -> HouseholdError:
    """Return the refusal of a file as a whole."""
    return HouseholdError(f"the file cannot be used: {why}", Fault.BAD_FILE, why=why)


def _places(heading: list[str], columns: Mapping[str, frozenset[str]]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(heading):
        word = heading_word(cell)
        for name, words in columns.items():
            if word in words:
                places.setdefault(name, place)
    return places


def _applicant(row: int, cells: Mapping[str, str], now: datetime) -> Applicant:
    errors: list[HouseholdError] = []
    line: int | None = None
    consent: Agreed | None = None
    name, group = cells.get("name", ""), cells.get("group", "")
    try:
        line = line_number(cells["line"])
    except HouseholdError as error:
        errors.append(error)
    try:
        name = plain_text.name(name, needed=True)
    except HouseholdError as error:
        errors.append(error)
    try:
        group = plain_text.name(group, "group")
    except HouseholdError as error:
        errors.append(error)
    try:
        consent = read_agreed(cells, now=now)
    except HouseholdError as error:
        errors.append(error)
    return Applicant(row, cells["line"][:60], name[:200], line, group, consent, tuple(errors))


def read_agreed(cells: Mapping[str, str], *, now: datetime) -> Agreed | None:
    """Read a consent with its evidence; None if nothing is said of one.

    Raises:
        HouseholdError: it is half a proof, or a part of it is unusable.

    """
    given = {name: cells.get(name, "") for name in _CONSENT}
    if not any(given.values()):
        return None
    missing = [name for name, text in given.items() if not text]
    if missing:
        raise HouseholdError(
            f"consent without {', '.join(missing)}: it counts with its evidence only; "
            "write who agreed, when, the document's reference and its SHA-256, or none of them",
            Fault.NO_EVIDENCE,
            field=missing[0],
        )
    digest = given["digest"].lower().replace(" ", "").removeprefix("sha256:")
    if not _DIGEST.fullmatch(digest):
        raise HouseholdError(
            f"digest: {given['digest'][:80]!r} is no SHA-256 in 64 hexadecimal digits",
            Fault.BAD_DIGEST,
            field="digest",
        )
    version = cells.get("text_version", "") or VERSION
    if not _VERSION.fullmatch(version):
        raise HouseholdError(
            f"text_version: {version[:60]!r} is no version, such as {VERSION}",
            Fault.BAD_VALUE,
            setting="text_version",
            value=version[:60],
        )
    return Agreed(
        plain_text.name(given["consent_by"], "consent_by", needed=True),
        _moment(given["consent_at"], now),
        plain_text.note(given["evidence"], "evidence"),
        digest,
        _purposes(cells.get("consent_to", "")),
        version,
    )


def _purposes(text: str) -> frozenset[Purpose]:
    words = [word for word in re.split(r"[\s,;+/、・]+", text.strip().lower()) if word]
    if not words:
        return USUAL
    known = ", ".join(Purpose)
    try:
        purposes = frozenset(Purpose(word) for word in words)
    except ValueError as error:
        raise HouseholdError(
            f"consent_to: {text[:60]!r}; write words of {known}",
            Fault.BAD_VALUE,
            setting="consent_to",
            value=text[:60],
        ) from error
    if Purpose.SCREENING not in purposes:
        raise HouseholdError(
            "consent_to: records and notices need the consent to screening too",
            Fault.NO_CONSENT,
            purpose=Purpose.SCREENING,
        )
    return purposes


def _moment(text: str, now: datetime) -> datetime:
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
