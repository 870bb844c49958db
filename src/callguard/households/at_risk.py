"""The table of lines that stand on fraudsters' lists, as the police hand it over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from . import plain_text
from .applicants import cells_of, twice
from .errors import HouseholdError
from .profiles import USUAL, check_profile
from .registry import line_number

COLUMNS: Mapping[str, frozenset[str]] = {
    "line": frozenset({"line", "number", "phone", "tel", "電話番号", "番号", "回線", "電話"}),
    "profile": frozenset({"profile", "プロファイル", "守り"}),
    "reference": frozenset({"reference", "資料番号", "名簿", "参照"}),
}


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One row: a line that stands on a list, or what is wrong with the row."""

    row: int
    typed_line: str
    profile: str = USUAL
    reference: str = ""
    line: int | None = None
    errors: tuple[HouseholdError, ...] = ()


def read_at_risk(
    table: Iterable[tuple[int, list[str] | None]], *, profile: str = USUAL, reference: str = ""
) -> Iterator[AtRisk]:
    """Yield the rows of a table (``delimited.rows``); what a row leaves out is as given here.

    Raises:
        HouseholdError: the table cannot be read, or *profile* or *reference* is unusable.

    """
    rows = cells_of(table, COLUMNS, ("line",), "line,profile,reference")
    yield from at_risk_rows(rows, profile=profile, reference=reference)


def at_risk_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], *, profile: str, reference: str
) -> Iterator[AtRisk]:
    """Yield a row for each place and its cells, by the names of ``COLUMNS``.

    Raises:
        HouseholdError: *profile* or *reference* is unusable.

    """
    check_profile(profile)
    given = plain_text.name(reference, "reference")
    seen: dict[int, int] = {}
    for place, cells in rows:
        one = AtRisk(place, cells["line"][:60])
        errors: list[HouseholdError] = []
        try:
            one = replace(one, line=line_number(cells["line"]))
        except HouseholdError as error:
            errors.append(error)
        try:
            one = replace(
                one,
                profile=check_profile(cells.get("profile", "") or profile),
                reference=plain_text.name(cells.get("reference", ""), "reference") or given,
            )
        except HouseholdError as error:
            errors.append(error)
        if one.line is not None and seen.setdefault(one.line, place) != place:
            errors.append(twice(one.line, seen[one.line]))
        yield replace(one, errors=tuple(errors))
