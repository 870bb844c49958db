"""What an import would do, told before it is done."""

from datetime import UTC, datetime

from callguard.contacts.contact import Contact
from callguard.contacts.preview import PreviewRow, Problem, preview
from callguard.households.listed import MAX_NUMBERS, Effect, Listed

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DOCTOR = 81422990001


def present(*entries: tuple[int, bool, str]) -> dict[int, Listed]:
    return {
        number: Listed(number, allowed, name, "", NOW, None) for number, allowed, name in entries
    }


def effects(rows: tuple[PreviewRow, ...]) -> list[tuple[str, Effect]]:
    return [(row.typed, row.effect) for row in rows]


def test_each_number_says_what_would_come_of_it() -> None:
    contacts = [
        Contact("医者", ("0422-99-0001", "0422-99-0002"), 1),
        Contact("花屋", ("０４２２（９９）０００３", "0422-99-0004"), 5),
        Contact("also the doctor", ("+81422990001",), 9),
    ]
    lists = present((DOCTOR, True, "医者"), (DOCTOR + 1, True, "歯医者"), (DOCTOR + 2, False, ""))
    rows = preview(contacts, lists, allowed=True)
    assert effects(rows) == [
        ("0422-99-0001", Effect.UNCHANGED),
        ("0422-99-0002", Effect.CHANGED),
        ("０４２２（９９）０００３", Effect.MOVED),
        ("0422-99-0004", Effect.ADDED),
        ("+81422990001", Effect.UNCHANGED),
    ]
    assert rows[1].present == lists[DOCTOR + 1]
    assert [row.line for row in rows] == [1, 1, 5, 5, 9]


def test_what_is_no_number_says_why() -> None:
    contacts = [Contact("x", ("03-1234-5678", "内線12", "#9110", "0422-99-0001"), 1)]
    rows = preview(contacts, {}, allowed=True)
    assert [row.problem for row in rows] == [*[Problem.NOT_A_NUMBER] * 3, None]
    assert "exchanges begin with 2-9" in rows[0].why
    assert all(row.number is None for row in rows[:3])


def test_a_zero_that_a_spreadsheet_lost_is_put_back() -> None:
    contacts = [Contact("x", ("422990001", "9012345678", "12025550123", "312345678"), 1)]
    rows = preview(contacts, {}, allowed=True)
    assert [(row.number, row.mended) for row in rows] == [
        (DOCTOR, True),
        (819012345678, True),
        (None, False),
        (None, False),
    ]


def test_emergency_services_are_not_blocked_and_full_lists_take_no_more() -> None:
    (row,) = preview([Contact("police", ("110",), 1)], {}, allowed=False)
    assert (row.effect, row.problem) == (Effect.REFUSED, Problem.REFUSED)
    assert row.why == "110 cannot be blocked: an emergency service may call back"
    full = present(*((DOCTOR + 10 + n, True, "") for n in range(MAX_NUMBERS)))
    rows = preview([Contact("x", ("0422-99-0001", "0422-99-0011"), 1)], full, allowed=True)
    assert [row.effect for row in rows] == [Effect.REFUSED, Effect.CHANGED]
