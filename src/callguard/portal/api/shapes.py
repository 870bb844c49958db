"""The shapes of what the API takes and gives: JSON Schema, as the document shows it."""

from typing import Any

from ...calllog.outcome import Outcome
from ...calllog.words_kept import UNKNOWN
from ...households.consent_text import Purpose
from ...households.document import ACTIONS, DIALS, NUMBERS, SWITCHES
from ...households.profiles import PROFILES
from ...households.proposals import Decision
from ...households.settings import CHOICES
from ...numbers import Origin
from ...people.rights import Role
from ...people.tokens import Scope
from ...proxy.inquiry import QUESTION
from ...proxy.replying import ANSWER
from ...recordings.shelf import Kind as RecordingKind
from ...screening import Action, Reason
from ...screening.policy import AskOrder, Challenge, Dialling, Unanswered
from .. import reports
from .problem import Kind
from .schema import LINE_PATTERN, Schema

MAX_NAME = 100
MAX_NOTE = 500
MOST_ROWS = 1000
"""Rows of one import: half a household's list, well within a second."""


def ref(name: str) -> Schema:
    """Return the reference to a shape."""
    return {"$ref": f"#/components/schemas/{name}"}


def obj(
    properties: dict[str, Schema], *, optional: tuple[str, ...] = (), description: str = ""
) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return {**schema, "description": description} if description else schema


def words(values: Any, description: str = "", *, null: bool = False) -> Schema:
    """Return the schema of one of some words."""
    schema: dict[str, Any] = {
        "type": ["string", "null"] if null else "string",
        "enum": [str(value) for value in values] + ([None] if null else []),
    }
    return {**schema, "description": description} if description else schema


def text(description: str, *, most: int | None = None, least: int = 0) -> Schema:
    """Return the schema of one line of text."""
    schema: dict[str, Any] = {
        "type": "string",
        "description": description,
        "pattern": LINE_PATTERN,
        "title": "one line of text, without control characters",
    }
    if most is not None:
        schema["maxLength"] = most
    if least:
        schema["minLength"] = least
    return schema


def moment(description: str, *, null: bool = False) -> Schema:
    """Return the schema of a time."""
    return {
        "type": ["string", "null"] if null else "string",
        "format": "date-time",
        "description": description,
    }


SOON: Schema = {
    "type": ["string", "null"],
    "pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$",
    "title": "a time with its offset, such as 2026-11-24T12:00:00+09:00",
}
NUMBER: Schema = {
    "type": "string",
    "description": "E.164 with +; or an emergency service's short code, such as 110.",
    "examples": ["+81422990001"],
}
NUMBER_SHOWN: Schema = {
    "type": "string",
    "description": "The number as people in Japan write it.",
    "examples": ["0422-99-0001"],
}
COUNT: Schema = {"type": "integer", "minimum": 0}
COUNTRY: Schema = {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "title": "the code of a country, such as US",
}
_LISTS = ("allowed", "blocked")
_NEWER = "unknown: told by a word of a newer version."
_NULL_NUMBER = {**NUMBER, "type": ["string", "null"]}

_SETTINGS: dict[str, Schema] = {
    **{name: words(CHOICES) for name in ACTIONS},
    **{name: {"type": "boolean"} for name in SWITCHES},
    "challenge": words(Challenge, "What a challenged caller must do."),
    "ask_order": words(AskOrder, "How the family's telephones are called."),
    "ask_unanswered": words(Unanswered, "What becomes of a caller about whom nobody decides."),
    **{name: words(Dialling, "What becomes of calls from home.") for name in DIALS},
    "countries": {
        "type": "array",
        "items": COUNTRY,
        "maxItems": 250,
        "uniqueItems": True,
        "description": "Countries (ISO 3166) whose callers are treated like domestic ones.",
        "examples": [["US", "GB"]],
    },
    "quiet_hours": {
        "type": ["string", "null"],
        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        "title": "hours such as 22:00-07:00",
        "description": "Hours of Japan time in which only allowed callers ring; null: none.",
        "examples": ["22:00-07:00"],
    },
    **{
        name: {
            "type": "integer",
            "minimum": NUMBERS[name][0],
            "maximum": NUMBERS[name][1],
            "description": description,
        }
        for name, description in (
            ("callback_minutes", "How long after 110, 118 or 119 every caller is connected."),
            ("ask_seconds", "How long each of the family's telephones rings."),
            ("long_call_minutes", "When the family is told of a long unknown call; 0: never."),
            ("message_seconds", "The longest message of a caller who is not put through."),
            ("recording_days", "How long recordings and messages are kept."),
        )
    },
}

_ENTRY_CHANGE: dict[str, Schema] = {
    "list": words(_LISTS, "Let the number through, or keep it out."),
    "name": text("Whose number it is.", most=MAX_NAME),
    "note": text("What else to remember.", most=MAX_NOTE),
    "expires_at": {
        **SOON,
        "description": "When the entry ends by itself; null: it stays.",
    },
}

_TELEPHONE: dict[str, Schema] = {
    "id": {"type": "integer", "minimum": 1},
    "name": {"type": "string", "description": "Whose it is."},
    "number": {**_NULL_NUMBER, "description": "Null: only who manages the household sees it."},
    "number_shown": {**NUMBER_SHOWN, "type": ["string", "null"]},
}

SHAPES: dict[str, Schema] = {
    "Problem": obj(
        {
            "type": {
                "type": "string",
                "description": "What kind of problem; it leads to what it means.",
                "examples": [f"/api/v1/problems/{Kind.MALFORMED}"],
            },
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "Why this request was refused."},
            "errors": {
                "type": "array",
                "items": obj({"field": {"type": "string"}, "detail": {"type": "string"}}),
                "description": "What is wrong with which field.",
            },
        },
        optional=("errors",),
        description="A refusal, in the form of RFC 9457.",
    ),
    "Meaning": obj(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "advice": {"type": "string"},
        },
        description="What a kind of problem means, and what to do.",
    ),
    "Me": obj(
        {
            "name": {"type": "string", "description": "The person's name."},
            "language": words(("ja", "en")),
            "token": {
                "type": ["string", "null"],
                "description": "The token's name; null: the portal's session.",
            },
            "households": {
                "type": "array",
                "items": obj(
                    {
                        "id": {"type": "integer", "minimum": 1},
                        "name": {"type": "string"},
                        "line": NUMBER,
                        "line_shown": NUMBER_SHOWN,
                        "role": words(Role),
                        "scopes": {
                            "type": "array",
                            "items": words(Scope),
                            "description": "What this token, or this person, can do here now.",
                        },
                    }
                ),
            },
        },
        description="Who asks, and for which households.",
    ),
    "Call": obj(
        {
            "id": {"type": "string", "pattern": "^[0-9a-f]{16}$", "examples": ["5f0c2b9d8e7a6143"]},
            "at": moment("When the verdict was given."),
            "action": words((*Action, UNKNOWN), f"What was done; {_NEWER}"),
            "reason": words((*Reason, UNKNOWN), f"Why; {_NEWER}"),
            "why": {"type": "string", "description": "Why, in the person's language."},
            "happened": {"type": "string", "description": "What became of it, likewise."},
            "origin": words((*Origin, UNKNOWN), f"Where from; {_NEWER}"),
            "number": {
                **_NULL_NUMBER,
                "description": "Who called; null: the number was not shown. A number that the "
                "caller withheld is never told.",
            },
            "number_shown": {**NUMBER_SHOWN, "type": ["string", "null"]},
            "name": {"type": "string", "description": "What the household calls the number now."},
            "list": words(_LISTS, "The list that the number is on now.", null=True),
            "outcome": words(Outcome, "How it ended; null: not yet.", null=True),
            "ended_at": moment("When it ended.", null=True),
            "seconds": {
                "type": ["integer", "null"],
                "description": "How long they talked.",
            },
            "defence": {
                "type": "string",
                "description": "Who decided: daemon, fallback or alone (docs/architecture.md).",
            },
            "recording": {
                **obj(
                    {
                        "kind": words(RecordingKind),
                        "seconds": COUNT,
                        "whole": {"type": "boolean", "description": "Nothing of it is missing."},
                    }
                ),
                "type": ["object", "null"],
                "description": "That there is a recording, or a message; it is heard "
                "by its own operation. Null: there is none.",
            },
        },
        description="One call to the household.",
    ),
    "Recordings": obj(
        {
            "recordings": {
                "type": "array",
                "items": obj(
                    {
                        "call": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
                        "kind": words(RecordingKind, "A call, or a message that was left."),
                        "at": moment("When the call came."),
                        "seconds": COUNT,
                        "whole": {"type": "boolean", "description": "Nothing of it is missing."},
                        "heard_at": moment("When somebody first listened to it.", null=True),
                        "here": {
                            "type": "boolean",
                            "description": "It lies at the node that answers, and can be heard.",
                        },
                    }
                ),
            }
        },
        description="Recordings of calls, and messages, newest first.",
    ),
    "Calls": obj(
        {
            "calls": {"type": "array", "items": ref("Call")},
            "next": {
                "type": ["string", "null"],
                "description": "The cursor of the next, older page; null: there is none.",
            },
        },
        description="Calls, newest first.",
    ),
    "Tally": obj(
        {
            "since": moment("From when."),
            "until": moment("To when."),
            "total": COUNT,
            "refused": COUNT,
            "warned": COUNT,
            "connected": {**COUNT, "description": "Rang at once."},
            "answered": COUNT,
        },
        description="How many calls were treated how.",
    ),
    "Entry": obj(
        {
            "number": NUMBER,
            "number_shown": NUMBER_SHOWN,
            "list": words(_LISTS),
            "name": {"type": "string"},
            "note": {"type": "string"},
            "confirmed_at": moment("When the family last said that it stands."),
            "expires_at": moment("When it ends; null: it stays.", null=True),
        },
        description="A number on the household's allowed or blocked list.",
    ),
    "Entries": obj(
        {
            "entries": {"type": "array", "items": ref("Entry")},
        },
        description="Entries, by name.",
    ),
    "EntryChange": obj(
        _ENTRY_CHANGE,
        optional=("name", "note", "expires_at"),
        description="What the entry is to be; what is left out stays as it was.",
    ),
    "Import": obj(
        {
            "list": words(_LISTS, "The list that all of them go on."),
            "numbers": {
                "type": "array",
                "items": obj(
                    {
                        "number": {"type": "string", "maxLength": 40},
                        "name": text("Whose number it is.", most=MAX_NAME),
                    },
                    optional=("name",),
                ),
                "minItems": 1,
                "maxItems": MOST_ROWS,
            },
        },
        description="Numbers as people write them, for one list.",
    ),
    "Imported": obj(
        {
            "added": COUNT,
            "changed": COUNT,
            "unchanged": COUNT,
            "refused": {
                "type": "array",
                "items": obj({"field": {"type": "string"}, "detail": {"type": "string"}}),
                "description": "Rows that were left out, and why.",
            },
        },
        description="What became of an import.",
    ),
    "Policy": obj(_SETTINGS, description="How the household is screened (docs/household.md)."),
    "PolicyChange": {
        "type": "object",
        "properties": _SETTINGS,
        "additionalProperties": False,
        "minProperties": 1,
        "description": "The settings to change; the others stay.",
    },
    "Consent": obj(
        {
            "in_force": {
                "type": "array",
                "items": words(Purpose),
                "description": "What is agreed to now; without `screening` every call rings.",
            },
            "records": {
                "type": "array",
                "items": obj(
                    {
                        "purpose": words(Purpose),
                        "given_at": moment("When."),
                        "given_by": {"type": "string", "description": "Who agreed."},
                        "text_version": {"type": "string", "description": "To which wording."},
                        "revoked_at": moment("When it was revoked; null: it holds.", null=True),
                    }
                ),
            },
        },
        description="The household's consent (通信の秘密). It is given and revoked in the portal.",
    ),
    "Telephone": obj(_TELEPHONE, description="A telephone of the family that is called."),
    "Telephones": obj({"telephones": {"type": "array", "items": ref("Telephone")}}),
    "TelephoneToAdd": obj(
        {
            "number": {
                "type": "string",
                "maxLength": 40,
                "description": "The number as people write it; a person's, no service's.",
                "examples": ["090-9999-0001"],
            },
            "name": text("Whose it is.", most=MAX_NAME, least=1),
        }
    ),
    "Proposals": obj(
        {
            "proposals": {
                "type": "array",
                "items": obj(
                    {
                        "profile": words(PROFILES, "What is proposed (docs/subscribers.md)."),
                        "settings": {
                            **obj(
                                {
                                    name: _SETTINGS[name]
                                    for name in sorted({n for p in PROFILES.values() for n in p})
                                }
                            ),
                            "required": [],
                            "description": "What it sets, where that is stronger.",
                        },
                        "made_at": moment("When it was proposed."),
                        "decision": words(
                            Decision, "What became of it; null: it waits.", null=True
                        ),
                        "decided_at": moment("When.", null=True),
                        "decided_by": {"type": "string", "description": "Who decided."},
                    }
                ),
            }
        },
        description="What was proposed to the household, newest first.",
    ),
    "ProposalToAccept": obj(
        {
            "profile": words(PROFILES, "Another profile than the one that is proposed."),
            "agreed": {
                "type": "boolean",
                "description": "That the subscriber has agreed; nothing happens without it.",
            },
        },
        optional=("profile",),
    ),
    "ProposalAccepted": obj(
        {
            "changed": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The settings that are stronger now; none, if they all were.",
            }
        }
    ),
    "Expectation": obj(
        {
            "country": {"type": "string", "description": "ISO 3166; JP: any number in Japan."},
            "until": moment("When it ends by itself."),
        },
        description="A call that the family expects: unknown callers ring without the warning.",
    ),
    "Expectations": obj({"expectations": {"type": "array", "items": ref("Expectation")}}),
    "Expect": obj(
        {
            "country": {
                **COUNTRY,
                "default": "JP",
                "description": "Where the call comes from (ISO 3166); JP: any number in Japan.",
            },
            "minutes": {
                "type": "integer",
                "minimum": 30,
                "maximum": 1440,
                "default": 120,
                "description": "For how long.",
            },
        },
        optional=("country", "minutes"),
    ),
    "ReportOfCall": obj(reports.DETAILS, optional=("category", "note", "called_at")),
    "ReportOfLine": reports.REPORT,
    "CallAtAProxy": QUESTION,
    "AnswerToAProxy": ANSWER,
    "Report": obj({"id": {"type": "string"}}, description="A report that was taken."),
}
"""The named shapes, which ``$ref`` leads to."""
