"""Households at risk: a list taken in, its notices printed, what the households decided."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from ...database import Database
from ...delimited import EncodingFault, decoded, rows
from ...households.applicants import bad_file
from ...households.at_risk import read_at_risk
from ...households.errors import Fault, HouseholdError
from ...households.profiles import PROFILES, USUAL
from ...households.proposals import Effect, Proposals, Told, Undecided
from ...screening.policy import JST
from ...trail import Doer
from ..asked import Asked
from ..form import BadForm
from ..language import Language
from ..route import Route, Who
from .households import NAME, household

MOST_BYTES = 256 * 1024
"""Bytes of a list: about 8,000 lines. It goes back and forth in the form that confirms it."""
_TABLE = MOST_BYTES * 4 // 3 + 4
NOTICES = 200
"""Notices on one page: what a printer takes at once."""
_MOST_DIGITS = 9
"""Digits of an id."""
_NOTE = 500


async def show(asked: Asked) -> web.Response:
    """Show the form for a list, and who has not decided."""
    return await _show(asked)


async def check(asked: Asked) -> web.Response:
    """Show what the list would do; nothing is done yet."""
    form = asked.form
    profile = form.choice("profile", PROFILES)
    reference = form.text("reference", most=NAME, needed=False)
    file = form.upload("file")
    if not form.good() or file is None:
        return await _show(asked, status=422)
    try:
        found = await asked.work(
            _propose, asked.database, file.content, profile, reference, asked.doer, asked.now
        )
    except HouseholdError as error:
        form.fault("file", "operator.fault.file", why=error.values.get("why", str(error)))
        return await _show(asked, status=422)
    return asked.page(
        "operator/at_risk_preview.html",
        good=[one.row for one in found if one.effect is Effect.PROPOSED],
        present=sum(one.effect is Effect.PRESENT for one in found),
        wrong=[one for one in found if one.effect is Effect.REFUSED],
        table=base64.urlsafe_b64encode(file.content).decode(),
        profile=profile,
        reference=reference,
    )


async def propose(asked: Asked) -> web.Response:
    """Propose what was checked."""
    form = asked.form
    profile = form.choice("profile", PROFILES)
    reference = form.text("reference", most=NAME, needed=False)
    text = form.text("table", most=_TABLE)
    if not form.good():
        raise BadForm("the list is missing")
    try:
        content = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        found = await asked.work(
            _propose,
            *(asked.database, content, profile, reference, asked.doer, asked.now),
            dry_run=False,
        )
    except (ValueError, binascii.Error, HouseholdError) as error:
        raise BadForm("the list is not the one that was checked") from error
    done = sum(one.effect is Effect.PROPOSED for one in found)
    return asked.onward("/operator/at-risk", "operator.risk.done", n=done)


async def notices(asked: Asked) -> web.Response:
    """Show the notices of those who have not decided, a sheet each, to be printed."""
    typed = asked.query.typed("after")
    plain = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS
    waiting = await asked.work(
        Proposals(asked.database).waiting, int(typed) if plain else 0, NOTICES + 1
    )
    shown = waiting[:NOTICES]
    return _notice(asked, shown, shown[-1].id if len(waiting) > NOTICES else None)


async def notice(asked: Asked) -> web.Response:
    """Show the notice of one household, a sheet to be printed."""
    home = await household(asked)
    proposal = await asked.work(Proposals(asked.database).open, home.id)
    if proposal is None:
        raise web.HTTPNotFound
    return _notice(asked, [Undecided(home.id, home.line, home.name, proposal.profile)], None)


async def decide(asked: Asked) -> web.Response:
    """Record what a household decided on paper or by telephone; never without evidence."""
    home = await household(asked)
    form = asked.form
    decision = form.choice("decision", (*PROFILES, "declined", "withdrawn"))
    withdrawn = decision == "withdrawn"
    by = form.text("decided_by", most=NAME, needed=not withdrawn)
    evidence = form.text("evidence", most=_NOTE, needed=not withdrawn)
    path = f"/operator/households/{home.id}"
    if not form.good():
        return asked.onward(path, "operator.risk.evidence_needed", done=False)
    proposals = Proposals(asked.database)
    try:
        if withdrawn:
            await asked.work(proposals.withdraw, home.id, by=asked.doer, now=asked.now)
        elif decision == "declined":
            await asked.work(
                proposals.decline,
                home.id,
                decided_by=by,
                evidence=evidence,
                by=asked.doer,
                now=asked.now,
            )
        else:
            await asked.work(
                proposals.accept,
                home.id,
                decision,
                decided_by=by,
                evidence=evidence,
                by=asked.doer,
                now=asked.now,
            )
    except HouseholdError as error:
        known = {Fault.NO_CONSENT: "consent_first", Fault.NO_PROPOSAL: "nothing"}
        return asked.onward(
            path, f"operator.risk.{known.get(error.fault, 'evidence_needed')}", done=False
        )
    return asked.onward(path, "operator.risk.recorded")


def _propose(
    database: Database,
    content: bytes,
    profile: str,
    reference: str,
    by: Doer,
    now: datetime,
    *,
    dry_run: bool = True,
) -> list[Told]:
    try:
        table = rows(decoded(content))
    except EncodingFault as error:
        raise bad_file("it is no text in UTF-8, UTF-16 or Shift_JIS") from error
    found = list(read_at_risk(table, profile=profile, reference=reference))
    return list(Proposals(database).propose(found, by=by, now=now, dry_run=dry_run))


async def _show(asked: Asked, status: int = 200) -> web.Response:
    waiting = await asked.work(Proposals(asked.database).waiting, 0, NOTICES)
    return asked.page(
        "operator/at_risk.html",
        status=status,
        form=asked.form if status != 200 else None,
        waiting=waiting,
        profiles=[(name, asked.say(f"risk.profile.{name}")) for name in PROFILES],
        usual=USUAL,
    )


def _notice(asked: Asked, homes: Sequence[Undecided], after: int | None) -> web.Response:
    def ja(key: str, **values: object) -> str:
        return asked.look.words.say(key, Language.JA, **values)

    today = asked.now.astimezone(JST)
    return asked.page(
        "operator/notice.html",
        homes=homes,
        after=after,
        ja=ja,
        date=f"{today.year}年{today.month}月{today.day}日",
        consultation=asked.settings.police_consultation,
    )


_ONE = "/operator/households/{home_id}"

ROUTES = (
    Route("GET", "/operator/at-risk", show, Who.OPERATOR, proof=True),
    Route("POST", "/operator/at-risk", check, Who.OPERATOR, proof=True, upload=MOST_BYTES),
    Route("POST", "/operator/at-risk/propose", propose, Who.OPERATOR, proof=True, upload=_TABLE),
    Route("GET", "/operator/at-risk/notices", notices, Who.OPERATOR, proof=True),
    Route("GET", f"{_ONE}/notice", notice, Who.OPERATOR),
    Route("POST", f"{_ONE}/decide", decide, Who.OPERATOR, proof=True),
)
