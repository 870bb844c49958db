"""The households for the carrier's staff: found, looked at, their managers invited.

Who looks at one household is in that household's trail; its calls need its grant.
"""

from aiohttp import web
from markupsafe import Markup

from ...calllog.errors import CursorError
from ...calllog.log import CallLog
from ...households.consent import Consents
from ...households.consent_text import Purpose
from ...households.directory import Directory
from ...households.errors import HouseholdError
from ...households.groups import Groups
from ...households.lists import Lists
from ...households.moving import Moving
from ...households.profiles import PROFILES
from ...households.proposals import Proposals
from ...households.registry import Home, Registry
from ...people.errors import Fault, PeopleError
from ...people.grants import Grants
from ...people.invitations import Invitations
from ...people.links import join_link, qr_svg
from ...people.looks import Looks
from ...people.members import People
from ...people.rights import Role
from ...words.deeds import role_in_words
from ...words.why import caller_name, what_happened, why
from ..asked import Asked
from ..form import Form
from ..route import Route, Who

NAME = 100
_MOST_DIGITS = 15
"""Digits of a line (E.164)."""


async def search(asked: Asked) -> web.Response:
    """Show the households that were asked for, page by page."""
    wanted, after = asked.query.typed("search")[:NAME], asked.query.typed("after")
    plain = after.isascii() and after.isdigit() and len(after) <= _MOST_DIGITS
    page = await asked.work(
        Directory(asked.database).search, wanted, after=int(after) if plain else 0
    )
    return asked.page("operator/households.html", page=page, wanted=wanted, later=bool(after))


async def show(asked: Asked) -> web.Response:
    """Show one household: its state and its people, none of its calls."""
    return await _show(asked, None)


async def invite(asked: Asked) -> web.Response:
    """Invite a manager for the household; the link is shown this once."""
    name = asked.form.text("name", most=NAME)
    if not asked.form.good():
        return await _show(asked, asked.form)
    home = await household(asked)
    try:
        return await invited(asked, home, name)
    except PeopleError as error:
        known = error.kind in {Fault.NAME, Fault.TOO_MANY}
        asked.form.fault("name", f"operator.fault.{error.kind if known else 'refused'}")
        return await _show(asked, asked.form)


async def withdraw(asked: Asked) -> web.Response:
    """Take an invitation of the household back."""
    asked.form.good()
    home = await household(asked)
    try:
        await asked.work(
            Invitations(asked.database).withdraw,
            int(asked.part("invitation_id")),
            home.id,
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        raise web.HTTPNotFound from error
    return asked.onward(f"/operator/households/{home.id}", "operator.staff.withdrawn")


async def calls(asked: Asked) -> web.Response:
    """Show the household's calls, if it grants it."""
    home = await household(asked)
    # Asked before the calls are read, and once more as the look is noted.
    if not await asked.work(Grants(asked.database).holds, home.id, now=asked.now):
        raise web.HTTPForbidden
    before = asked.query.typed("before") or None
    try:
        page = await asked.work(CallLog(asked.database).calls, home.id, before=before)
        await asked.work(
            Looks(asked.database).at_calls,
            home.id,
            len(page.calls),
            by=asked.doer,
            now=asked.now,
        )
    except CursorError as error:
        raise web.HTTPNotFound from error
    except PeopleError as error:
        raise web.HTTPForbidden from error
    language = asked.language.value
    shown = [
        (
            call,
            caller_name(call, call.name, language),
            what_happened(call, language),
            why(call, language),
        )
        for call in page.calls
    ]
    return asked.page(
        "operator/calls.html", house=home, calls=shown, older=page.older, later=before is not None
    )


async def invited(asked: Asked, home: Home, name: str) -> web.Response:
    """Invite *name* as a manager and show the link.

    Raises:
        PeopleError: the name is unusable, or too many invitations wait.

    """
    made = await asked.work(
        Invitations(asked.database).invite,
        home.id,
        Role.MANAGER,
        name,
        by=asked.doer,
        now=asked.now,
    )
    link = join_link(asked.settings.portal_url, made.token)
    return asked.page(
        "operator/invited.html",
        name=name,
        household=home.id,
        link=link,
        qr=Markup(qr_svg(link, title=asked.say("operator.invited.qr", name=name))),  # noqa: S704
        until=made.expires_at,
    )


async def _show(asked: Asked, form: Form | None) -> web.Response:
    home = await household(asked)
    database = asked.database
    await asked.work(Looks(database).at_household, home.id, by=asked.doer, now=asked.now)
    consents = await asked.work(Consents(database).history, home.id)
    entries = await asked.work(Lists(database).entries, home.id)
    allowed = sum(entry.allowed for entry in entries)
    return asked.page(
        "operator/household.html",
        status=200 if form is None else 422,
        form=form,
        house=home,
        consents=[one for one in consents if one.revoked_at is None],
        screened=Purpose.SCREENING in home.consented,
        allowed=allowed,
        blocked=len(entries) - allowed,
        members=await asked.work(People(database).members, home.id),
        waiting=await asked.work(Invitations(database).waiting, home.id, now=asked.now),
        role=lambda role: role_in_words(role, asked.language),
        grant=await asked.work(Grants(database).in_force, home.id, now=asked.now),
        proposal=await asked.work(Proposals(database).open, home.id),
        profiles=[(name, asked.say(f"risk.profile.{name}")) for name in PROFILES],
        group=await asked.work(Groups(database).of, home.id),
        groups=[(one.name, one.name) for one in await asked.work(Groups(database).all)],
        former=await asked.work(Moving(database).former, home.id, now=asked.now),
    )


async def household(asked: Asked) -> Home:
    """Return the household of the path; without one the page is not there."""
    try:
        return await asked.work(Registry(asked.database).get, int(asked.part("home_id")))
    except HouseholdError as error:
        raise web.HTTPNotFound from error


_ONE = "/operator/households/{home_id}"

ROUTES = (
    Route("GET", "/operator/households", search, Who.OPERATOR),
    Route("GET", _ONE, show, Who.OPERATOR),
    Route("POST", f"{_ONE}/invite", invite, Who.OPERATOR, proof=True),
    Route("POST", f"{_ONE}/invitations/{{invitation_id}}/withdraw", withdraw, Who.OPERATOR),
    Route("GET", f"{_ONE}/calls", calls, Who.OPERATOR),
)
