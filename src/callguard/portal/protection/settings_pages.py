"""The protection in one list, a page for each setting, and the change of one."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from aiohttp import web

from ...households.consent import Consents
from ...households.consent_text import Purpose
from ...households.document import NUMBERS, settings_to_json
from ...households.expectations import Expectations
from ...households.family_telephones import FamilyTelephones
from ...households.settings import HouseholdSettings
from ...people.rights import Right
from ...screening import Action, Policy
from ...trail import Line, Trail, What
from ...words.choices import choice, setting_name
from ...words.countries import country_name
from ...words.deeds import doer_in_words
from ..asked import Asked
from ..flash import Undo
from ..form import Form
from ..telephones.missing import next_page
from .heard import heard
from .shown import GROUPS, OFFERED, SETTINGS, Kind, Wish, danger, kind, words

USUAL_HOURS = "22:00-07:00"
"""What is offered to a household without quiet hours."""

LINES = 200
"""Lines of the trail that are looked through for who changed a setting last."""


async def overview(asked: Asked) -> web.Response:
    """Show every setting and what it is, in groups."""
    policy = await policy_of(asked)
    consents = await asked.work(Consents(asked.database).in_force, asked.household)
    expected = await asked.work(
        Expectations(asked.database).running, asked.household, now=asked.now
    )
    telephones = await asked.work(FamilyTelephones(asked.database).all, asked.household)
    lines = await _changes(asked, limit=1)
    values = settings_to_json(policy)
    return asked.page(
        "protection/overview.html",
        guarded=Purpose.SCREENING in consents,
        groups=GROUPS,
        named={name: setting_name(name, asked.language) for name in SETTINGS},
        chosen={name: _begun(choice(name, values[name], asked.language)) for name in SETTINGS},
        expected=len(expected),
        telephones=[one.name for one in telephones],
        last=lines[0] if lines else None,
        who=_who(asked),
    )


async def setting(asked: Asked) -> web.Response:
    """Show one setting: what it is for, what can be chosen, what is heard."""
    return await show(asked, _name(asked), None)


async def change(asked: Asked) -> web.Response:
    """Change a setting; what is dangerous only when sure."""
    name = _name(asked)
    policy = await policy_of(asked)
    wish = _wish(asked.form, name)
    sure = asked.form.ticked("sure")
    if not asked.form.good():
        return await show(asked, name, asked.form)
    why = danger(wish, policy)
    if why is not None and not sure:
        return asked.page(
            "protection/sure.html",
            wish=wish,
            why=why.value,
            named=setting_name(name, asked.language),
            chosen=choice(name, wish.value, asked.language),
        )
    old = settings_to_json(policy)[name]
    return await carry_out(asked, wish, old, _undo(asked, name, old))


async def carry_out(asked: Asked, wish: Wish, old: Any, undo: Undo) -> web.Response:
    """Change the setting from what it was, and lead back to all, with a way to undo that."""
    settings = HouseholdSettings(asked.database)
    await asked.work(
        settings.change, asked.household, {wish.name: wish.typed}, by=asked.doer, now=asked.now
    )
    if old == wish.value:
        return asked.onward(asked.path("protection"))
    checks = wish.name == "challenge" or wish.value == Action.CHALLENGE
    return asked.onward(
        await next_page(asked, "protection") if checks else asked.path("protection"),
        "protection.changed",
        undo=undo,
        name=setting_name(wish.name, asked.language),
        value=choice(wish.name, wish.value, asked.language),
    )


async def show(asked: Asked, name: str, form: Form | None, **more: Any) -> web.Response:
    """Show the page of a setting; with a form, what was wrong in it."""
    policy = await policy_of(asked)
    value = settings_to_json(policy)[name]
    language = asked.language
    last = next((line for line in await _changes(asked) if name in line.detail["changes"]), None)
    begin, _, end = str(value or USUAL_HOURS).partition("-")
    countries = value if kind(name) is Kind.COUNTRIES else []
    return asked.page(
        f"protection/{'countries' if kind(name) is Kind.COUNTRIES else 'choice'}.html",
        status=200 if form is None else 422,
        name=name,
        form=form,
        hours=kind(name) is Kind.HOURS,
        choices=[
            (_typed(one), _called(asked, name, one), one == value, heard(name, one, policy))
            for one in _choices(name, value)
        ],
        named=setting_name(name, language),
        begin=begin,
        end=end,
        countries=[(code, country_name(code, language)) for code in countries],
        may_change=asked.may(Right.CHANGE_PROTECTION),
        unagreed=name in {"record", "messages"} and not policy.recorded,
        last=last,
        was=_was(last, name, language),
        who=_who(asked),
        **more,
    )


async def policy_of(asked: Asked) -> Policy:
    """Return the household's policy."""
    settings = HouseholdSettings(asked.database)
    return await asked.work(settings.policy, asked.household, now=asked.now)


def _name(asked: Asked) -> str:
    name = asked.part("setting")
    if name not in SETTINGS or kind(name) is Kind.COUNTRIES:
        raise web.HTTPNotFound
    return name


def _choices(name: str, value: Any) -> tuple[Any, ...]:
    match kind(name):
        case Kind.SWITCH:
            return (True, False)
        case Kind.NUMBER:
            return tuple(sorted({*OFFERED[name], value}))
        case Kind.HOURS:
            return (value or USUAL_HOURS, None)
    return words(name)


def _called(asked: Asked, name: str, value: Any) -> str:
    if kind(name) is Kind.HOURS:
        return asked.say("protection.hours.on" if value else "protection.hours.off")
    return _begun(choice(name, value, asked.language))


def _begun(words: str) -> str:
    """Return words as the beginning of a line."""
    return words[:1].upper() + words[1:]


def _typed(value: Any) -> str:
    """Return a value as a form sends it."""
    if isinstance(value, bool) or value is None:
        return "on" if value else "off"
    return "on" if isinstance(value, str) and ":" in value else str(value)


def _wish(form: Form, name: str) -> Wish:
    match kind(name):
        case Kind.ACTION | Kind.WORD | Kind.DIALLING:
            typed = form.choice("value", words(name))
            return Wish(name, typed, typed)
        case Kind.NUMBER:
            number = form.whole("value", *NUMBERS[name])
            return Wish(name, str(number), number)
        case Kind.HOURS:
            return _hours(form, name)
    on = form.choice("value", ("on", "off")) == "on"
    return Wish(name, "on" if on else "off", on)


def _hours(form: Form, name: str) -> Wish:
    wanted = form.choice("value", ("on", "off")) == "on"
    begin = _time(form, "begin", needed=wanted)
    end = _time(form, "end", needed=wanted)
    if not wanted:
        return Wish(name, "off", None)
    if begin == end and begin is not None:
        form.fault("end", "protection.same_time")
    hours = f"{begin or time():%H:%M}-{end or time():%H:%M}"
    return Wish(name, hours, hours)


def _time(form: Form, field: str, *, needed: bool) -> time | None:
    typed = form.text(field, most=5, needed=needed)
    hour, colon, minute = typed.partition(":")
    if not typed:
        return None
    digits = hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()
    if not (colon and digits and len(minute) == 2 and int(hour) < 24 and int(minute) < 60):
        if needed:
            form.fault(field, "protection.no_time")
        return None
    return time(int(hour), int(minute))


def _undo(asked: Asked, name: str, old: Any) -> Undo:
    fields = {"value": _typed(old), "sure": "on"}
    if kind(name) is Kind.HOURS and old:
        fields["begin"], _, fields["end"] = str(old).partition("-")
    return Undo(asked.path(f"protection/{name}"), fields)


async def _changes(asked: Asked, limit: int = LINES) -> tuple[Line, ...]:
    page = await asked.work(
        Trail(asked.database).page, asked.household, what=(What.CHANGE_SETTINGS,), limit=limit
    )
    return tuple(line for line in page.lines if isinstance(line.detail.get("changes"), Mapping))


def _was(line: Line | None, name: str, language: str) -> str:
    """Return what the setting was before the change that *line* tells."""
    if line is None:
        return ""
    values = line.detail["changes"][name]
    return choice(name, values[0], language) if isinstance(values, list) and values else ""


def _who(asked: Asked) -> Any:
    def who(line: Line) -> str:
        return doer_in_words(line.who, asked.language)

    return who
