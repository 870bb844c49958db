"""Finding calls by what a person typed: a number, a part of one, or a name."""

from collections.abc import Sequence
from unicodedata import decimal, normalize

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.orm import Session

from ..households.models import ListedNumber
from ..numbers import NumberError, parse_typed
from .models import CallRecord, last_digits

MAX_TYPED = 100
"""Characters of a search that are looked at."""

MAX_NUMBERS = 500
"""Numbers of one name, or with one end, looked for at most."""

FEW_CALLS = 1_000
"""So many calls of a search are looked up each by itself; more are met soon among the newest."""

MAX_DIGITS = 15
"""Digits of an E.164 number (ITU-T E.164 section 6)."""

_PUNCTUATION = set(" -+().")


def find(session: Session, household_id: int, typed: str) -> ColumnElement[bool] | None:
    """Return what to look for in a household's calls, or None: nothing can be found by it.

    A number matches as a whole, by its beginning as people write it (``0422``, ``+1 202``), or by
    its end (three digits and more); anything else is looked for in the names on the household's
    lists, width and case aside.
    """
    text = normalize("NFKC", typed[:MAX_TYPED]).strip()
    conditions: list[ColumnElement[bool]] = []
    if set(text) - set("0123456789") <= _PUNCTUATION:
        conditions += _by_number(session, household_id, text)
    else:
        named = _named(session, household_id, text.casefold())
        if named:
            conditions.append(_of_numbers(session, household_id, named))
    return or_(*conditions) if conditions else None


def _by_number(session: Session, household_id: int, text: str) -> list[ColumnElement[bool]]:
    try:
        return [CallRecord.number == parse_typed(text).number]
    except NumberError:
        pass
    digits = "".join(str(decimal(character)) for character in text if character.isdecimal())
    if not digits or len(digits) > MAX_DIGITS:
        return []
    conditions: list[ColumnElement[bool]] = []
    international = text.startswith("+") or digits.startswith("010")
    if international:
        beginning = digits.removeprefix("010")
    elif digits.startswith("0"):
        beginning = "81" + digits[1:]
    else:
        beginning = ""
    if beginning and beginning[0] != "0":
        # A range for each length that the number can have: the index finds each of them.
        first = int(beginning)
        for power in range(MAX_DIGITS - len(beginning) + 1):
            begin, end = first * 10**power, (first + 1) * 10**power
            conditions.append(CallRecord.number.between(begin, end - 1))
    if len(digits) >= 3 and not international:
        ending: ColumnElement[bool] = CallRecord.number % 10 ** len(digits) == int(digits)
        conditions.append(and_(last_digits == int(digits[-3:]), ending))
    return _by_their_numbers(session, household_id, conditions)


def _by_their_numbers(
    session: Session, household_id: int, conditions: list[ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """Look the numbers up first, all in the index, and then for calls of these.

    Else a search that finds little reads each call of the household. One that finds many numbers
    fills its page soon.
    """
    if not conditions:
        return []
    # A search of its own for each condition: of several at once, neither database would ask the
    # index, and read all calls of the household.
    of_each = [
        select(CallRecord.number).where(CallRecord.household_id == household_id, condition)
        for condition in conditions
    ]
    matching = union(*of_each).limit(MAX_NUMBERS + 1)
    numbers = session.scalars(matching).all()
    if len(numbers) > MAX_NUMBERS:
        return conditions
    return [_of_numbers(session, household_id, numbers)] if numbers else []


def _of_numbers(
    session: Session, household_id: int, numbers: Sequence[int | None]
) -> ColumnElement[bool]:
    """Return what finds the calls in which one of *numbers* was shown.

    SQLite would go through all calls of a household, the newest first, until it has a page of them;
    where there are few, it is told which.
    """
    condition = CallRecord.number.in_(numbers)
    calls = session.scalars(
        select(CallRecord.id)
        .where(CallRecord.household_id == household_id, condition)
        .limit(FEW_CALLS + 1)
    ).all()
    return condition if len(calls) > FEW_CALLS else CallRecord.id.in_(calls)


def _named(session: Session, household_id: int, text: str) -> list[int]:
    entries = session.execute(
        select(ListedNumber.number, ListedNumber.name).where(
            ListedNumber.household_id == household_id, ListedNumber.name != ""
        )
    )
    found = [number for number, name in entries if text in normalize("NFKC", name).casefold()]
    return found[:MAX_NUMBERS]
