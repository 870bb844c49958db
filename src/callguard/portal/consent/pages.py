"""What the household agreed to, for what, when and through whom; to agree, and to revoke.

Revoking ends the screening at once (通信の秘密): it is asked about once, and never made difficult.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ...households.consent import Consents, Given
from ...households.consent_text import Purpose, consent_text
from ...households.errors import HouseholdError
from ...people.rights import Right, Role
from ...trail import Trail, What
from ...words.deeds import doer_in_words
from ..asked import Asked
from ..form import Form
from ..route import Route

MOST_NAME = 100
MOST_EVIDENCE = 200
NOT_NAMED = frozenset({"subscriber", "本人", "ご本人"})
"""What is written where nobody's name was given: the subscriber agreed."""

_PAGE = "consent"


async def show(asked: Asked) -> web.Response:
    """Show the text, and what holds of it."""
    return await _show(asked, None)


async def give(asked: Asked) -> web.Response:
    """Record the consent to the purposes ticked."""
    form = asked.form
    purposes = form.many("purpose", Purpose)
    given_by, evidence = asked.me.name, ""
    if not _is_subscriber(asked):
        given_by = form.text("given_by", most=MOST_NAME)
        evidence = form.text("evidence", most=MOST_EVIDENCE, needed=False)
    if not purposes:
        form.fault("purpose", "consent.no_purpose")
    if not form.ticked("agreed"):
        form.fault("agreed", "consent.not_agreed")
    if not form.good():
        return await _show(asked, form)
    try:
        await asked.work(
            Consents(asked.database).give,
            asked.household,
            [Purpose(one) for one in purposes],
            given_by=given_by,
            evidence=evidence,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError:
        form.fault("purpose", "consent.screening_first")
        return await _show(asked, form)
    return asked.onward(asked.path(_PAGE), "consent.given")


async def revoke(asked: Asked) -> web.Response:
    """Ask once, then end it at once."""
    purpose = Purpose(asked.form.choice("purpose", Purpose))
    sure = asked.form.ticked("sure")
    if not asked.form.good():
        raise web.HTTPBadRequest
    if not sure:
        text = consent_text(asked.language)
        return asked.page("consent/sure.html", purpose=purpose, title=text.purposes[purpose].title)
    await asked.work(
        Consents(asked.database).revoke, asked.household, [purpose], by=asked.doer, now=asked.now
    )
    return asked.onward(asked.path(_PAGE), f"consent.revoked.{purpose}")


async def _show(asked: Asked, form: Form | None) -> web.Response:
    history = await asked.work(Consents(asked.database).history, asked.household)
    trail = await asked.work(
        Trail(asked.database).page, asked.household, what=(What.GIVE_CONSENT,), limit=200
    )
    recorded = {
        (line.at, line.detail.get("given_by")): doer_in_words(line.who, asked.language)
        for line in trail.lines
    }
    in_force = {one.purpose: one for one in history if one.revoked_at is None}

    def who(given: Given) -> str:
        return _who(asked, given, recorded)

    def ended(given: Given) -> str:
        return doer_in_words(given.revoked_by, asked.language)

    return asked.page(
        "consent/consent.html",
        status=200 if form is None else 422,
        form=form,
        ticked=() if form is None else form.many("purpose", Purpose),
        text=consent_text(asked.language),
        purposes=tuple(Purpose),
        in_force=in_force,
        missing=[one for one in Purpose if one not in in_force],
        history=history,
        who=who,
        ended=ended,
        may_give=asked.may(Right.GIVE_CONSENT),
        is_subscriber=_is_subscriber(asked),
        most_name=MOST_NAME,
        most_evidence=MOST_EVIDENCE,
    )


def _is_subscriber(asked: Asked) -> bool:
    return asked.home is not None and asked.home.role is Role.SUBSCRIBER


def _who(asked: Asked, given: Given, recorded: Mapping[Any, str]) -> str:
    """Say who agreed, and who wrote it down if that was somebody else."""
    name = given.given_by.strip()
    agreed = asked.say("consent.subscriber") if name.casefold() in NOT_NAMED else name
    writer = recorded.get((given.given_at, given.given_by), "")
    how = [one for one in (given.evidence, "" if writer == name else writer) if one]
    if not how:
        return agreed
    return asked.say("consent.recorded", who=agreed, how=asked.say("consent.and").join(how))


_PATH = "/h/{household}/consent"

ROUTES = (
    Route("GET", _PATH, show, Right.SEE_CONSENT),
    Route("POST", _PATH, give, Right.GIVE_CONSENT),
    Route("POST", f"{_PATH}/revoke", revoke, Right.GIVE_CONSENT),
)
