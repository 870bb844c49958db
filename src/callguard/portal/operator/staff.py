"""The carrier's staff itself: who is in, who is invited, and how another one is let in."""

from aiohttp import web
from markupsafe import Markup

from ...people.errors import Fault, PeopleError
from ...people.invitations import Invitations
from ...people.links import join_link, qr_svg
from ...people.staff import Staff
from ..asked import Asked
from ..form import Form
from ..route import Route, Who

_NAME = 100


async def show(asked: Asked) -> web.Response:
    """Show who is in, and who is invited."""
    return await _show(asked, None)


async def invite(asked: Asked) -> web.Response:
    """Invite another one; the link is shown this once."""
    name = asked.form.text("name", most=_NAME)
    if not asked.form.good():
        return await _show(asked, asked.form)
    try:
        invited = await asked.work(
            Invitations(asked.database).invite, None, None, name, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        key = "operator.fault.name" if error.kind is Fault.NAME else "operator.fault.refused"
        asked.form.fault("name", key)
        return await _show(asked, asked.form)
    link = join_link(asked.settings.portal_url, invited.token)
    return asked.page(
        "operator/invited.html",
        name=name,
        household=None,
        link=link,
        qr=Markup(qr_svg(link, title=asked.say("operator.invited.qr", name=name))),  # noqa: S704
        until=invited.expires_at,
    )


async def withdraw(asked: Asked) -> web.Response:
    """Take an invitation back."""
    asked.form.good()
    try:
        await asked.work(
            Invitations(asked.database).withdraw,
            int(asked.part("invitation_id")),
            None,
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        raise web.HTTPNotFound from error
    return asked.onward("/operator/staff", "operator.staff.withdrawn")


async def dismiss(asked: Asked) -> web.Response:
    """Take somebody out of the staff."""
    asked.form.good()
    try:
        await asked.work(
            Staff(asked.database).dismiss,
            int(asked.part("person_id")),
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        if error.kind is Fault.LAST_MANAGER:
            return asked.onward("/operator/staff", "operator.staff.last", done=False)
        raise web.HTTPNotFound from error
    return asked.onward("/operator/staff", "operator.staff.dismissed")


async def _show(asked: Asked, form: Form | None) -> web.Response:
    staff = await asked.work(Staff(asked.database).all)
    waiting = await asked.work(Invitations(asked.database).waiting, None, now=asked.now)
    return asked.page(
        "operator/staff.html",
        status=200 if form is None else 422,
        form=form,
        staff=staff,
        waiting=waiting,
    )


ROUTES = (
    Route("GET", "/operator/staff", show, Who.OPERATOR),
    Route("POST", "/operator/staff", invite, Who.OPERATOR, proof=True),
    Route("POST", "/operator/staff/invitations/{invitation_id}/withdraw", withdraw, Who.OPERATOR),
    Route("POST", "/operator/staff/{person_id}/dismiss", dismiss, Who.OPERATOR, proof=True),
)
