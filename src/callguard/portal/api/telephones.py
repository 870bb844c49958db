"""The family's telephones: whose are called about a call, and in which order."""

from typing import Any

from ...households.family_telephones import MAX_TELEPHONES, FamilyTelephones, Telephone
from ...numbers import format_number
from ...people.members import People
from ...people.rights import Right, Role, may
from ...people.tokens import Scope
from .operation import Answer, Inquiry, Operation, Parameter, Reply
from .shapes import ref
from .values import HOUSEHOLD, e164

_TELEPHONE = Parameter(
    "telephone",
    {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "The telephone's id, as the list tells it.",
    "path",
)


def _all(inquiry: Inquiry) -> Reply:
    numbers = may(_role(inquiry), Right.MANAGE_PEOPLE)
    found = FamilyTelephones(inquiry.database).all(inquiry.household_id)
    return Reply({"telephones": [_json(one, numbers=numbers) for one in found]})


def _add(inquiry: Inquiry) -> Reply:
    added = FamilyTelephones(inquiry.database).add(
        inquiry.household_id,
        inquiry.body["number"],
        inquiry.body["name"],
        by=inquiry.by,
        now=inquiry.now,
    )
    return Reply(_json(added, numbers=True), 201)


def _first(inquiry: Inquiry) -> Reply:
    FamilyTelephones(inquiry.database).call_first(
        inquiry.household_id, inquiry.path["telephone"], by=inquiry.by, now=inquiry.now
    )
    return Reply(status=204)


def _remove(inquiry: Inquiry) -> Reply:
    FamilyTelephones(inquiry.database).remove(
        inquiry.household_id, inquiry.path["telephone"], by=inquiry.by, now=inquiry.now
    )
    return Reply(status=204)


def _role(inquiry: Inquiry) -> Role | None:
    if inquiry.bearer is not None:
        return inquiry.bearer.role
    assert inquiry.person_id is not None
    place = People(inquiry.database).place(inquiry.person_id, inquiry.household_id)
    return None if place is None else place.role


def _json(one: Telephone, *, numbers: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "number": e164(one.number) if numbers else None,
        "number_shown": format_number(one.number) if numbers else None,
    }


_ALL = "/api/v1/households/{household}/telephones"
_ONE = _ALL + "/{telephone}"

OPERATIONS = (
    Operation(
        name="listTelephones",
        method="GET",
        path=_ALL,
        summary="The family's telephones, in the order in which they are called",
        description="Numbers are told to who manages the household. Whether they are called in "
        "turn or together is the setting `ask_order`.",
        right=Right.SEE_PROTECTION,
        scope=Scope.READ_POLICY,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "The telephones, the first to be called first.", ref("Telephones")),),
        handle=_all,
    ),
    Operation(
        name="addTelephone",
        method="POST",
        path=_ALL,
        summary="Have another telephone of the family called, after the others",
        description=f"At most {MAX_TELEPHONES}. Who is called decides about calls. A number that "
        "is there already gets the new name.",
        right=Right.MANAGE_PEOPLE,
        scope=Scope.WRITE_TELEPHONES,
        proof=True,
        parameters=(HOUSEHOLD,),
        body=ref("TelephoneToAdd"),
        answers=(Answer(201, "It is called from now on.", ref("Telephone")),),
        can_fail=True,
        handle=_add,
    ),
    Operation(
        name="callFirst",
        method="POST",
        path=_ONE + "/first",
        summary="Call a telephone before all others",
        right=Right.MANAGE_PEOPLE,
        scope=Scope.WRITE_TELEPHONES,
        proof=True,
        parameters=(HOUSEHOLD, _TELEPHONE),
        answers=(Answer(204, "It is called first."),),
        handle=_first,
    ),
    Operation(
        name="removeTelephone",
        method="DELETE",
        path=_ONE,
        summary="Call a telephone no longer",
        right=Right.MANAGE_PEOPLE,
        scope=Scope.WRITE_TELEPHONES,
        parameters=(HOUSEHOLD, _TELEPHONE),
        answers=(Answer(204, "It is called no longer."),),
        handle=_remove,
    ),
)
