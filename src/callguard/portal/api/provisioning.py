"""What a carrier's own program does with many households: sign up, remove, propose, move.

Every request is bounded, answers row by row, and does no harm when it is sent again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ...households.applicants import checked
from ...households.at_risk import at_risk_rows
from ...households.consent_text import Purpose
from ...households.errors import HouseholdError
from ...households.moving import MOST_DAYS, USUAL_DAYS, Moving
from ...households.onboarding import Onboarding
from ...households.profiles import PROFILES
from ...households.proposals import Proposals
from ...leaving import Leaving, leavers
from ...numbers import format_number
from .operation import Answer, Inquiry, Operation, Reply
from .schema import Schema
from .shapes import COUNT, MAX_NAME, MAX_NOTE, NUMBER, NUMBER_SHOWN, SHAPES, obj, ref, text, words

MOST_ROWS = 1000
MAX_BODY = 1024 * 1024

_LINE: Schema = {"type": "string", "maxLength": 40, "examples": ["0422-99-0000"]}
_DRY_RUN: Schema = {
    "type": "boolean",
    "default": False,
    "description": "Say what would be done, and do nothing.",
}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": MOST_ROWS}


def _rows(effects: tuple[str, ...]) -> Schema:
    return obj(
        {
            "rows": {
                "type": "array",
                "items": obj(
                    {
                        "row": {**COUNT, "description": "Its place, from 1."},
                        "effect": words(effects),
                        "errors": {"type": "array", "items": {"type": "string"}},
                    }
                ),
            },
            **dict.fromkeys(effects, COUNT),
        },
        description="What has come of each row, and how many of each.",
    )


_ADDED = ("added", "present", "refused")
_REMOVED = ("removed", "absent", "refused")
_PROPOSED = ("proposed", "present", "refused")

SHAPES |= {
    "SignUp": obj(
        {
            "households": _many(
                obj(
                    {
                        "line": _LINE,
                        "name": text("What to call it.", most=MAX_NAME),
                        "group": text("The group whose defaults it follows.", most=MAX_NAME),
                        "consent": obj(
                            {
                                "by": text("Who agreed.", most=MAX_NAME),
                                "at": text("When, such as 2026-11-24.", most=20),
                                "to": {
                                    "type": "array",
                                    "items": words(Purpose),
                                    "maxItems": len(Purpose),
                                    "description": "To what; left out: to all but recording.",
                                },
                                "evidence": text("The document's reference.", most=MAX_NOTE),
                                "digest": text("SHA-256 of the document.", most=80),
                                "text_version": text("Which wording.", most=40),
                            },
                            optional=("to", "text_version"),
                            description="With all of its evidence, or not at all.",
                        ),
                    },
                    optional=("group", "consent"),
                )
            ),
            "dry_run": _DRY_RUN,
        },
        optional=("dry_run",),
    ),
    "SignedUp": _rows(_ADDED),
    "OffBoard": obj({"lines": _many(_LINE), "dry_run": _DRY_RUN}, optional=("dry_run",)),
    "OffBoarded": _rows(_REMOVED),
    "AtRisk": obj(
        {
            "lines": _many(_LINE),
            "profile": words(PROFILES, "What is proposed."),
            "reference": text("Of the list, as the police call it.", most=MAX_NAME),
            "dry_run": _DRY_RUN,
        },
        optional=("dry_run",),
    ),
    "Proposed": _rows(_PROPOSED),
    "MoveLine": obj(
        {
            "line": _LINE,
            "to": _LINE,
            "days": {
                "type": "integer",
                "minimum": 0,
                "maximum": MOST_DAYS,
                "default": USUAL_DAYS,
                "description": "For so long the old number tells allowlisted callers the new one.",
            },
        },
        optional=("days",),
    ),
    "MovedLine": obj({"line": NUMBER, "line_shown": NUMBER_SHOWN}),
}


def _sign_up(inquiry: Inquiry) -> Reply:
    rows = checked(enumerate(map(_cells, inquiry.body["households"]), 1), now=inquiry.now)
    found = Onboarding(inquiry.database).sign_up(
        rows, by=inquiry.by, now=inquiry.now, dry_run=_dry(inquiry)
    )
    return _told(_ADDED, ((one.applicant.row, one.effect.value, one.errors) for one in found))


def _cells(household: Mapping[str, Any]) -> dict[str, str]:
    cells = {name: household.get(name, "") for name in ("line", "name", "group")}
    consent = household.get("consent")
    if consent is None:
        return cells
    return cells | {
        "consent_by": consent["by"],
        "consent_at": consent["at"],
        "consent_to": " ".join(consent.get("to", ())),
        "evidence": consent["evidence"],
        "digest": consent["digest"],
        "text_version": consent.get("text_version", ""),
    }


def _off_board(inquiry: Inquiry) -> Reply:
    found = Leaving(inquiry.database).remove(
        leavers(enumerate(inquiry.body["lines"], 1)),
        by=inquiry.by,
        now=inquiry.now,
        dry_run=_dry(inquiry),
    )
    return _told(_REMOVED, ((one.leaver.row, one.effect.value, one.leaver.errors) for one in found))


def _at_risk(inquiry: Inquiry) -> Reply:
    body = inquiry.body
    rows = at_risk_rows(
        enumerate(({"line": line} for line in body["lines"]), 1),
        profile=body["profile"],
        reference=body["reference"],
    )
    found = Proposals(inquiry.database).propose(
        rows, by=inquiry.by, now=inquiry.now, dry_run=_dry(inquiry)
    )
    return _told(_PROPOSED, ((one.row.row, one.effect.value, one.errors) for one in found))


def _move(inquiry: Inquiry) -> Reply:
    body = inquiry.body
    home = Moving(inquiry.database).move(
        body["line"],
        body["to"],
        days=body.get("days", USUAL_DAYS),
        by=inquiry.by,
        now=inquiry.now,
    )
    return Reply({"line": f"+{home.line}", "line_shown": format_number(home.line)})


def _dry(inquiry: Inquiry) -> bool:
    return inquiry.body.get("dry_run", False) is True


def _told(
    effects: tuple[str, ...], found: Iterable[tuple[int, str, Iterable[HouseholdError]]]
) -> Reply:
    rows = [
        {"row": row, "effect": effect, "errors": [str(error) for error in errors]}
        for row, effect, errors in found
    ]
    counts = Counter(row["effect"] for row in rows)
    return Reply({"rows": rows, **{effect: counts[effect] for effect in effects}})


def _operation(name: str, path: str, summary: str, **parts: Any) -> Operation:
    return Operation(
        name=name,
        method="POST",
        path=f"/api/v1/provisioning/{path}",
        summary=summary,
        right=None,
        scope=None,
        max_body=MAX_BODY,
        token="provisioning_token",  # noqa: S106 - a setting's name
        **parts,
    )


OPERATIONS = (
    _operation(
        "signUpHouseholds",
        "sign-up",
        "Sign households up, with their consent and its evidence",
        description="Half of a consent's evidence is none: the row is refused. A household that is "
        "there already, by the same name, stays as it is.",
        body=ref("SignUp"),
        answers=(Answer(200, "What has come of each.", ref("SignedUp")),),
        handle=_sign_up,
    ),
    _operation(
        "offBoardHouseholds",
        "off-board",
        "Remove households, and everything of them",
        description="For good; docs/subscribers.md says what is erased.",
        body=ref("OffBoard"),
        answers=(Answer(200, "What has come of each.", ref("OffBoarded")),),
        handle=_off_board,
    ),
    _operation(
        "proposeToHouseholds",
        "at-risk",
        "Propose a stronger protection to households that stand on fraudsters' lists",
        description="Nothing changes until a household agrees.",
        body=ref("AtRisk"),
        answers=(Answer(200, "What has come of each.", ref("Proposed")),),
        can_fail=True,
        handle=_at_risk,
    ),
    _operation(
        "moveHousehold",
        "move",
        "Give a household another telephone number",
        description="Everything of it comes along.",
        body=ref("MoveLine"),
        answers=(Answer(200, "Where it is now.", ref("MovedLine")),),
        can_fail=True,
        missing=True,
        handle=_move,
    ),
)
