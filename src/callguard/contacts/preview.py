"""What an address book would do to a household's list, before anything is done. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..households.listed import Effect, Listed, Row, plan
from ..numbers import NumberError, parse_typed
from .contact import Contact


class Problem(StrEnum):
    """Why a number of a contact cannot be added."""

    NOT_A_NUMBER = "not-a-number"
    """It is no telephone number, or an impossible one."""
    REFUSED = "refused"
    """The list does not take it: it is full, or 110, 118 or 119 would be blocked."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One number of a contact, and what would come of it."""

    line: int
    """Where the contact stands in the file."""
    name: str
    typed: str
    """The number as it is written there."""
    number: int | None
    """E.164 digits; None if it is no number."""
    effect: Effect
    present: Listed | None = None
    """What the lists hold of the number now."""
    mended: bool = False
    """A spreadsheet had lost its leading 0, and it was put back."""
    problem: Problem | None = None
    why: str = ""
    """The problem in English."""


def preview(
    contacts: Iterable[Contact], present: Mapping[int, Listed], *, allowed: bool
) -> tuple[PreviewRow, ...]:
    """Return what adding *contacts* to a list would do, number by number, in their order.

    ``present`` is what the household's lists hold now. The same number again is unchanged.
    """
    read: list[tuple[Contact, str, int | None, bool, str]] = []
    for contact in contacts:
        for typed in contact.numbers:
            try:
                read.append((contact, typed, *_number(typed), ""))
            except NumberError as error:
                read.append((contact, typed, None, False, str(error)))
    rows = [Row(number, contact.name) for contact, _, number, _, _ in read if number is not None]
    planned = iter(plan(present, rows, allowed=allowed))
    found: list[PreviewRow] = []
    for contact, typed, number, mended, why in read:
        if number is None:
            found.append(
                PreviewRow(
                    contact.line,
                    contact.name,
                    typed,
                    None,
                    Effect.REFUSED,
                    problem=Problem.NOT_A_NUMBER,
                    why=why,
                )
            )
            continue
        one = next(planned)
        found.append(
            PreviewRow(
                contact.line,
                contact.name,
                typed,
                number,
                one.effect,
                one.present,
                mended,
                Problem.REFUSED if one.refusal else None,
                str(one.refusal or ""),
            )
        )
    return tuple(found)


def _number(typed: str) -> tuple[int, bool]:
    try:
        return parse_typed(typed).number, False
    except NumberError:
        # A spreadsheet takes 0422990001 for a number, and keeps 422990001.
        if typed.isdecimal() and typed[0] not in "0０" and len(typed) in {9, 10}:
            try:
                return parse_typed(f"0{typed}").number, True
            except NumberError:
                pass
        raise
