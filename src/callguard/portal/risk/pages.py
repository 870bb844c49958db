"""What is proposed to a household at risk; nothing takes effect until it says so here."""

from aiohttp import web

from ...households.errors import Fault, HouseholdError
from ...households.profiles import PROFILES
from ...households.proposals import Proposals
from ...people.rights import Right, Role
from ..asked import Asked
from ..form import Form
from ..route import Route
from ..telephones.missing import next_page

_PAGE = "risk"


async def show(asked: Asked) -> web.Response:
    """Show what is proposed, and why."""
    return await _show(asked, None)


async def accept(asked: Asked) -> web.Response:
    """Put the chosen profile into effect."""
    form = asked.form
    profile = form.choice("profile", PROFILES)
    if not form.ticked("agreed") and not _is_subscriber(asked):
        form.fault("agreed", "risk.not_agreed")
    if not form.good():
        return await _show(asked, form)
    try:
        await asked.work(
            Proposals(asked.database).accept,
            asked.household,
            profile,
            decided_by=asked.me.name,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError as error:
        return await _refused(asked, form, error)
    return asked.onward(await next_page(asked, "protection"), "risk.accepted")


async def decline(asked: Asked) -> web.Response:
    """Leave everything as it is."""
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        await asked.work(
            Proposals(asked.database).decline,
            asked.household,
            decided_by=asked.me.name,
            by=asked.doer,
            now=asked.now,
        )
    except HouseholdError as error:
        return await _refused(asked, asked.form, error)
    return asked.onward(asked.path("today"), "risk.declined")


async def _refused(asked: Asked, form: Form, error: HouseholdError) -> web.Response:
    if error.fault is Fault.NO_PROPOSAL:  # decided by somebody else meanwhile
        return asked.onward(asked.path(_PAGE))
    form.fault("profile", "risk.consent_first")
    return await _show(asked, form)


async def _show(asked: Asked, form: Form | None) -> web.Response:
    history = await asked.work(Proposals(asked.database).history, asked.household)
    return asked.page(
        "risk/risk.html",
        status=200 if form is None else 422,
        form=form,
        proposal=next((one for one in history if one.decision is None), None),
        past=[one for one in history if one.decision is not None],
        profiles=[
            (name, asked.say(f"risk.profile.{name}"), asked.say(f"risk.what.{name}"))
            for name in PROFILES
        ],
        may_decide=asked.may(Right.GIVE_CONSENT),
        is_subscriber=_is_subscriber(asked),
    )


def _is_subscriber(asked: Asked) -> bool:
    return asked.home is not None and asked.home.role is Role.SUBSCRIBER


_PATH = f"/h/{{household}}/{_PAGE}"

ROUTES = (
    Route("GET", _PATH, show, Right.SEE_CONSENT),
    Route("POST", f"{_PATH}/accept", accept, Right.GIVE_CONSENT),
    Route("POST", f"{_PATH}/decline", decline, Right.GIVE_CONSENT),
)
