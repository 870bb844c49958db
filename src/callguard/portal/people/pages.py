"""Who looks after the household: its people, what they may do, and invitations."""

from aiohttp import web
from markupsafe import Markup

from ...people.errors import Fault, PeopleError
from ...people.invitations import Invitations
from ...people.links import join_link, qr_svg
from ...people.members import Member, People
from ...people.names import MAX_NAME
from ...people.rights import Right, Role
from ..asked import Asked
from ..route import Route

_MOST_ID = 10**18


async def people(asked: Asked) -> web.Response:
    """Show who belongs to the household, and who is invited."""
    members = await asked.work(People(asked.database).members, asked.household)
    waiting = await asked.work(Invitations(asked.database).waiting, asked.household, now=asked.now)
    return asked.page("people/list.html", members=members, waiting=waiting)


async def ask_whom(asked: Asked) -> web.Response:
    """Ask whom to invite, as what."""
    return _invitation_form(asked)


async def invite(asked: Asked) -> web.Response:
    """Make an invitation and show its link, which is kept nowhere: only now, only here."""
    name = asked.form.text("name", most=MAX_NAME)
    role = asked.form.choice("role", Role)
    if not asked.form.good():
        return _invitation_form(asked, status=422)
    invitations = Invitations(asked.database)
    try:
        invited = await asked.work(
            invitations.invite, asked.household, Role(role), name, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        asked.form.fault("name" if error.kind is Fault.NAME else "", _words(error))
        return _invitation_form(asked, status=422)
    link = join_link(asked.settings.portal_url, invited.token)
    return asked.page(
        "people/invited.html",
        name=name,
        role=role,
        link=link,
        expires_at=invited.expires_at,
        # The picture is segno's, made of our own link.
        picture=Markup(qr_svg(link, title=asked.say("people.qr"))),  # noqa: S704
    )


async def withdraw(asked: Asked) -> web.Response:
    """Take an invitation back."""
    invitation = asked.form.whole("invitation", 1, _MOST_ID)
    if not asked.form.good():
        raise web.HTTPBadRequest
    invitations = Invitations(asked.database)
    try:
        await asked.work(
            invitations.withdraw, invitation, asked.household, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        return asked.onward(asked.path("people"), _words(error))
    return asked.onward(asked.path("people"), "people.withdrawn")


async def person(asked: Asked) -> web.Response:
    """Show one person, to change what they may do, or to end it."""
    return _person_page(asked, await _member(asked))


async def change_role(asked: Asked) -> web.Response:
    """Give a person another role."""
    member = await _member(asked)
    role = Role(asked.form.choice("role", Role))
    if not asked.form.good():
        return _person_page(asked, member, status=422)
    try:
        await asked.work(
            People(asked.database).change_role,
            asked.household,
            member.person_id,
            role,
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        asked.form.fault("role", _words(error))
        return _person_page(asked, member, status=422)
    said = asked.say(f"people.role.{role}.title")
    return asked.onward(asked.path("people"), "people.changed", name=member.name, role=said)


async def ask_removal(asked: Asked) -> web.Response:
    """Ask whether this person is really to go, and say what that does."""
    return asked.page("people/remove.html", member=await _member(asked))


async def remove(asked: Asked) -> web.Response:
    """Take a person out of the household, at once."""
    member = await _member(asked)
    if not asked.form.good():
        raise web.HTTPBadRequest
    try:
        await asked.work(
            People(asked.database).remove,
            asked.household,
            member.person_id,
            by=asked.doer,
            now=asked.now,
        )
    except PeopleError as error:
        asked.form.fault("", _words(error))
        return asked.page("people/remove.html", member=member, status=422)
    own = member.person_id == asked.me.person_id
    return asked.onward("/" if own else asked.path("people"), "people.removed", name=member.name)


async def _member(asked: Asked) -> Member:
    wanted = int(asked.part("person_id"))
    for member in await asked.work(People(asked.database).members, asked.household):
        if member.person_id == wanted:
            return member
    raise web.HTTPNotFound


def _invitation_form(asked: Asked, *, status: int = 200) -> web.Response:
    form = asked.form if status != 200 else None
    return asked.page("people/invite.html", form=form, roles=_roles(asked), status=status)


def _person_page(asked: Asked, member: Member, *, status: int = 200) -> web.Response:
    form = asked.form if status != 200 else None
    return asked.page(
        "people/person.html", form=form, member=member, roles=_roles(asked), status=status
    )


def _roles(asked: Asked) -> list[tuple[str, str, str]]:
    return [
        (role.value, asked.say(f"people.role.{role}.title"), asked.say(f"people.role.{role}.hint"))
        for role in Role
    ]


_SAID = {Fault.NAME, Fault.TOO_MANY, Fault.LAST_MANAGER, Fault.NO_SUCH_INVITATION}


def _words(error: PeopleError) -> str:
    return f"people.fault.{error.kind}" if error.kind in _SAID else "people.fault.gone"


_PERSON = "/h/{household}/people/{person_id}"

ROUTES = (
    Route("GET", "/h/{household}/people", people, Right.SEE_PEOPLE),
    Route("GET", "/h/{household}/people/invite", ask_whom, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", "/h/{household}/people/invite", invite, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", "/h/{household}/people/withdraw", withdraw, Right.MANAGE_PEOPLE),
    Route("GET", _PERSON, person, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", f"{_PERSON}/role", change_role, Right.MANAGE_PEOPLE, proof=True),
    Route("GET", f"{_PERSON}/remove", ask_removal, Right.MANAGE_PEOPLE, proof=True),
    Route("POST", f"{_PERSON}/remove", remove, Right.MANAGE_PEOPLE, proof=True),
)
