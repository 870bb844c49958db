"""The household's protection: its settings, its consent, and calls that it expects."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ...households.consent import Consents
from ...households.document import settings_to_json
from ...households.expectations import HOME, Expectations, Expected
from ...households.settings import HouseholdSettings
from ...people.rights import Right
from ...people.tokens import Scope
from ...screening import Policy
from .operation import Answer, Inquiry, Operation, Parameter, Reply, etag, tagged
from .problem import Kind, Problem
from .shapes import COUNTRY, ref
from .values import HOUSEHOLD

_USUAL_MINUTES = 120


def _policy(inquiry: Inquiry) -> Reply:
    settings = HouseholdSettings(inquiry.database)
    return tagged(settings_to_json(settings.policy(inquiry.household_id, now=inquiry.now)))


def _change(inquiry: Inquiry) -> Reply:
    def check(present: Policy) -> None:
        inquiry.must_match(etag(settings_to_json(present)))

    settings = HouseholdSettings(inquiry.database)
    policy = settings.change(
        inquiry.household_id,
        _typed(inquiry.body),
        by=inquiry.by,
        now=inquiry.now,
        only_if=check,
    )
    return tagged(settings_to_json(policy))


def _typed(changes: Mapping[str, Any]) -> dict[str, str]:
    """Return the changes as a person would type them."""
    typed: dict[str, str] = {}
    for name, value in changes.items():
        if isinstance(value, bool):
            typed[name] = "on" if value else "off"
        elif isinstance(value, list):
            typed[name] = ",".join(value) or "none"
        else:
            typed[name] = "off" if value is None else str(value)
    return typed


def _consent(inquiry: Inquiry) -> Reply:
    consents = Consents(inquiry.database).history(inquiry.household_id)
    return Reply(
        {
            "in_force": sorted({one.purpose for one in consents if one.revoked_at is None}),
            "records": [
                {
                    "purpose": one.purpose.value,
                    "given_at": one.given_at.isoformat(),
                    "given_by": one.given_by,
                    "text_version": one.text_version,
                    "revoked_at": None if one.revoked_at is None else one.revoked_at.isoformat(),
                }
                for one in consents
            ],
        }
    )


def _expectations(inquiry: Inquiry) -> Reply:
    running = Expectations(inquiry.database).running(inquiry.household_id, now=inquiry.now)
    return Reply({"expectations": [_expected_json(one) for one in running]})


def _expect(inquiry: Inquiry) -> Reply:
    expected = Expectations(inquiry.database).expect(
        inquiry.household_id,
        country=inquiry.body.get("country", HOME),
        duration=timedelta(minutes=inquiry.body.get("minutes", _USUAL_MINUTES)),
        by=inquiry.by,
        now=inquiry.now,
    )
    return Reply(_expected_json(expected), 201)


def _stop(inquiry: Inquiry) -> Reply:
    stopped = Expectations(inquiry.database).stop(
        inquiry.household_id, inquiry.path["country"], by=inquiry.by, now=inquiry.now
    )
    if not stopped:
        raise Problem(Kind.NOT_FOUND, "no call is expected from there")
    return Reply(status=204)


def _expected_json(expected: Expected) -> dict[str, Any]:
    return {"country": expected.country, "until": expected.until.isoformat()}


_POLICY = "/api/v1/households/{household}/policy"
_EXPECTATIONS = "/api/v1/households/{household}/expectations"

OPERATIONS = (
    Operation(
        name="getPolicy",
        method="GET",
        path=_POLICY,
        summary="How the household is screened",
        right=Right.SEE_PROTECTION,
        scope=Scope.READ_POLICY,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "The settings.", ref("Policy"), tagged=True),),
        handle=_policy,
    ),
    Operation(
        name="changePolicy",
        method="PATCH",
        path=_POLICY,
        summary="Change some settings",
        description="All of them or, if one cannot be used, none. In force at the next call.",
        right=Right.CHANGE_PROTECTION,
        scope=Scope.WRITE_POLICY,
        parameters=(HOUSEHOLD,),
        body=ref("PolicyChange"),
        answers=(Answer(200, "All settings.", ref("Policy"), tagged=True),),
        guarded=True,
        can_fail=True,
        handle=_change,
    ),
    Operation(
        name="getConsent",
        method="GET",
        path="/api/v1/households/{household}/consent",
        summary="What the household has agreed to",
        right=Right.SEE_CONSENT,
        scope=Scope.READ_POLICY,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "The consents, newest first.", ref("Consent")),),
        handle=_consent,
    ),
    Operation(
        name="listExpectations",
        method="GET",
        path=_EXPECTATIONS,
        summary="Calls that the family expects now",
        right=Right.SEE_PROTECTION,
        scope=Scope.READ_POLICY,
        parameters=(HOUSEHOLD,),
        answers=(Answer(200, "What is expected.", ref("Expectations")),),
        handle=_expectations,
    ),
    Operation(
        name="expectCall",
        method="POST",
        path=_EXPECTATIONS,
        summary="Expect a call: let unknown callers ring without the warning for a while",
        description="The police list, the household's block list and withheld numbers stay as "
        "they are. There is one expectation a country; the last word counts.",
        right=Right.CHANGE_LISTS,
        scope=Scope.WRITE_EXPECT,
        parameters=(HOUSEHOLD,),
        body=ref("Expect"),
        answers=(Answer(201, "It is expected.", ref("Expectation")),),
        can_fail=True,
        handle=_expect,
    ),
    Operation(
        name="stopExpecting",
        method="DELETE",
        path=_EXPECTATIONS + "/{country}",
        summary="Expect it no longer",
        right=Right.CHANGE_LISTS,
        scope=Scope.WRITE_EXPECT,
        parameters=(
            HOUSEHOLD,
            Parameter("country", COUNTRY, "Where it was to come from; JP: Japan.", "path"),
        ),
        answers=(Answer(204, "It is expected no longer."),),
        handle=_stop,
    ),
)
