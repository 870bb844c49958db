"""The household's lists: whom it lets through and whom it keeps out."""

from typing import Any

from ...households.listed import Effect, Listed, Row
from ...households.lists import Lists
from ...numbers import NumberError, format_number, parse_typed
from ...people.rights import Right
from ...people.tokens import Scope
from .operation import Answer, Inquiry, Operation, Parameter, Reply, etag, tagged
from .problem import FieldError, Kind, Problem
from .shapes import MOST_ROWS, ref, text, words
from .values import HOUSEHOLD, e164, read_moment, read_number

_LISTS = {"allowed": True, "blocked": False}
MAX_IMPORT = 1024 * 1024
"""Bytes of an import: ``MOST_ROWS`` rows with long names in Japanese, escaped."""

_NUMBER = Parameter(
    "number",
    {
        "type": "string",
        "pattern": r"^\+?[0-9][0-9-]{1,19}$",
        "examples": ["0422-99-0001"],
    },
    "The number, as people write it or in E.164.",
    "path",
)


def _entries(inquiry: Inquiry) -> Reply:
    chosen = inquiry.query.get("list")
    entries = Lists(inquiry.database).entries(
        inquiry.household_id,
        None if chosen is None else _LISTS[chosen],
        search=inquiry.query.get("search", ""),
    )
    return Reply({"entries": [entry_json(entry) for entry in entries]})


def _entry(inquiry: Inquiry) -> Reply:
    entry = Lists(inquiry.database).entry(inquiry.household_id, _known(inquiry))
    if entry is None:
        raise _not_listed()
    return tagged(entry_json(entry))


def _put(inquiry: Inquiry) -> Reply:
    number = read_number(inquiry.path["number"], "path.number")
    lists, body = Lists(inquiry.database), inquiry.body
    present = lists.entry(inquiry.household_id, number)
    if "expires_at" in body:
        end = body["expires_at"]
        expires_at = None if end is None else read_moment(end, "body.expires_at")
    else:
        expires_at = present.expires_at if present else None
        if expires_at is not None and expires_at <= inquiry.now:
            expires_at = None  # an entry that has ended is put back for good
    before = lists.put(
        inquiry.household_id,
        number,
        allowed=_LISTS[body["list"]],
        name=body.get("name"),
        note=body.get("note"),
        expires_at=expires_at,
        by=inquiry.by,
        now=inquiry.now,
        only_if=_matching(inquiry),
    )
    entry = lists.entry(inquiry.household_id, number)
    if entry is None:  # taken off by another at this very moment
        raise _not_listed()
    return tagged(entry_json(entry), 201 if before is None else 200)


def _delete(inquiry: Inquiry) -> Reply:
    Lists(inquiry.database).take_off(
        inquiry.household_id,
        _known(inquiry),
        by=inquiry.by,
        now=inquiry.now,
        only_if=_matching(inquiry),
    )
    return Reply(status=204)


def _import(inquiry: Inquiry) -> Reply:
    rows: list[Row] = []
    places: list[int] = []
    errors: list[tuple[int, str]] = []
    for place, one in enumerate(inquiry.body["numbers"]):
        try:
            rows.append(Row(parse_typed(one["number"]).number, one.get("name", "")))
            places.append(place)
        except NumberError as error:
            errors.append((place, str(error)))
    planned = Lists(inquiry.database).add_many(
        inquiry.household_id,
        rows,
        allowed=_LISTS[inquiry.body["list"]],
        by=inquiry.by,
        now=inquiry.now,
    )
    effects = [one.effect for one in planned]
    errors += [
        (place, str(one.refusal))
        for place, one in zip(places, planned, strict=True)
        if one.effect is Effect.REFUSED
    ]
    return Reply(
        {
            "added": effects.count(Effect.ADDED),
            "changed": effects.count(Effect.CHANGED) + effects.count(Effect.MOVED),
            "unchanged": effects.count(Effect.UNCHANGED),
            "refused": [
                FieldError(f"body.numbers[{place}]", why).to_json() for place, why in sorted(errors)
            ],
        }
    )


def _known(inquiry: Inquiry) -> int:
    try:
        return parse_typed(inquiry.path["number"]).number
    except NumberError as error:
        raise _not_listed() from error


def _not_listed() -> Problem:
    return Problem(Kind.NOT_FOUND, "the number is on neither list")


def _matching(inquiry: Inquiry) -> Any:
    def check(present: Listed | None) -> None:
        inquiry.must_match(None if present is None else etag(entry_json(present)))

    return check


def entry_json(entry: Listed) -> dict[str, Any]:
    """Return an entry as the API shows it."""
    return {
        "number": e164(entry.number),
        "number_shown": format_number(entry.number),
        "list": "allowed" if entry.allowed else "blocked",
        "name": entry.name,
        "note": entry.note,
        "confirmed_at": entry.confirmed_at.isoformat(),
        "expires_at": None if entry.expires_at is None else entry.expires_at.isoformat(),
    }


_ONE = "/api/v1/households/{household}/lists/{number}"
_ALL = "/api/v1/households/{household}/lists"

OPERATIONS = (
    Operation(
        name="listEntries",
        method="GET",
        path=_ALL,
        summary="The numbers on the household's lists, by name",
        description="Entries that have ended are among them.",
        right=Right.SEE_LISTS,
        scope=Scope.READ_LISTS,
        parameters=(
            HOUSEHOLD,
            Parameter("list", words(_LISTS), "Only this list."),
            Parameter(
                "search", text("What to look for.", most=100), "A part of a name, note or number."
            ),
        ),
        answers=(Answer(200, "The entries.", ref("Entries")),),
        handle=_entries,
    ),
    Operation(
        name="importEntries",
        method="POST",
        path=_ALL,
        summary="Put many numbers on one list",
        description=f"At most {MOST_ROWS} at a time. What can be added is, in one transaction; "
        "`refused` tells the rest.",
        right=Right.CHANGE_LISTS,
        scope=Scope.WRITE_LISTS,
        parameters=(HOUSEHOLD,),
        body=ref("Import"),
        max_body=MAX_IMPORT,
        answers=(Answer(200, "What became of each.", ref("Imported")),),
        handle=_import,
    ),
    Operation(
        name="getEntry",
        method="GET",
        path=_ONE,
        summary="One number",
        right=Right.SEE_LISTS,
        scope=Scope.READ_LISTS,
        parameters=(HOUSEHOLD, _NUMBER),
        answers=(Answer(200, "The entry.", ref("Entry"), tagged=True),),
        handle=_entry,
    ),
    Operation(
        name="putEntry",
        method="PUT",
        path=_ONE,
        summary="Let a number through, or keep it out",
        description="Also confirms an entry: a number that was listed by the police after the "
        "family allowed it rings again once the family says so again.",
        right=Right.CHANGE_LISTS,
        scope=Scope.WRITE_LISTS,
        parameters=(HOUSEHOLD, _NUMBER),
        body=ref("EntryChange"),
        answers=(
            Answer(200, "It was on a list before.", ref("Entry"), tagged=True),
            Answer(201, "It was on neither list.", ref("Entry"), tagged=True),
        ),
        guarded=True,
        can_fail=True,
        handle=_put,
    ),
    Operation(
        name="deleteEntry",
        method="DELETE",
        path=_ONE,
        summary="Take a number off its list",
        right=Right.CHANGE_LISTS,
        scope=Scope.WRITE_LISTS,
        parameters=(HOUSEHOLD, _NUMBER),
        answers=(Answer(204, "It is on neither list."),),
        guarded=True,
        handle=_delete,
    ),
)
