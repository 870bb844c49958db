"""Who asks: the person behind a token or a session, and what can be done."""

from ...numbers import format_number
from ...people.members import People, Place
from ...people.tokens import scopes_of
from .operation import Answer, Inquiry, Operation, Reply
from .shapes import ref
from .values import e164


def _me(inquiry: Inquiry) -> Reply:
    people = People(inquiry.database)
    assert inquiry.person_id is not None
    person = people.person(inquiry.person_id)
    bearer = inquiry.bearer
    if bearer is None:
        places = inquiry.places
    else:
        place = people.place(bearer.person_id, bearer.household_id)
        places = () if place is None else (place,)
    return Reply(
        {
            "name": person.name,
            "language": person.language,
            "token": bearer.name if bearer else None,
            "households": [
                {
                    "id": place.household_id,
                    "name": place.name,
                    "line": e164(place.line),
                    "line_shown": format_number(place.line),
                    "role": place.role.value,
                    "scopes": _scopes(inquiry, place),
                }
                for place in places
            ],
        }
    )


def _scopes(inquiry: Inquiry, place: Place) -> list[str]:
    allowed = scopes_of(place.role)
    if inquiry.bearer is None:
        return [scope.value for scope in allowed]
    return [scope.value for scope in allowed if scope in inquiry.bearer.scopes]


OPERATIONS = (
    Operation(
        name="getMe",
        method="GET",
        path="/api/v1/me",
        summary="Who asks, and for which households",
        right=None,
        scope=None,
        answers=(Answer(200, "The person, and their households.", ref("Me")),),
        handle=_me,
    ),
)
