"""Joining by invitation: who is signed in accepts; who is new comes in by passkey or password."""

from aiohttp import web
from markupsafe import Markup

from ...people.devices import device_words
from ...people.errors import Fault, PeopleError
from ...people.invitations import Invitations, Offer
from ...people.joining import Joined, Joining
from ...people.links import qr_svg
from ...people.members import LANGUAGES
from ...people.names import MAX_NAME
from ...people.passwords import MAX_MAIL, MAX_PASSWORD
from ...people.relying_party import MAX_ANSWER
from ...people.second_factor import SetUp
from ..asked import Asked
from ..form import Form
from ..route import Route, Who
from ..sign_in.pages import MAX_CODE, answer_of, factor_key, let_in, party, refused
from ..sign_in.refusals import refuse, words_of


async def show(asked: Asked) -> web.Response:
    """Show what the invitation offers, and the ways to take it."""
    try:
        offer = await _offer(asked)
    except PeopleError as error:
        return _over(asked, error)
    return _page(asked, offer)


async def accept(asked: Asked) -> web.Response:
    """Let who is signed in already join."""
    asked.form.good()
    accept = Invitations(asked.database).accept
    try:
        household = await asked.work(
            accept, asked.part("token"), asked.me.person_id, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        return _over(asked, error)
    return asked.onward(_home(household), "join.welcome")


async def passkey_options(asked: Asked) -> web.Response:
    """Return what to ask the browser for."""
    form = asked.form
    name = form.text("name", most=MAX_NAME)
    language = form.choice("language", LANGUAGES, default=asked.language)
    form.text("answer", most=MAX_ANSWER, needed=False)
    if not form.good():
        fault = next(iter(form.faults.values()))
        return web.json_response({"message": asked.say(fault.key, **fault.values)}, status=422)
    joining = Joining(asked.database, party(asked), factor_key(asked))
    try:
        options = await asked.work(
            joining.ask_passkey, asked.part("token"), name, language, now=asked.now
        )
    except PeopleError as error:
        return refused(asked, error)
    return web.json_response(options)


async def by_passkey(asked: Asked) -> web.Response:
    """Take the browser's answer: the person is in."""
    form = asked.form
    form.text("name", most=MAX_NAME)
    form.choice("language", LANGUAGES, default=asked.language)
    answer = answer_of(form)
    try:
        offer = await _offer(asked)
        if not form.good():
            return _page(asked, offer, form=form)
        joined = await asked.work(
            Joining(asked.database, party(asked), factor_key(asked)).with_passkey,
            asked.part("token"),
            answer,
            device_words(asked.request.headers.get("User-Agent", "")) or asked.say("join.passkey"),
            address=asked.address,
            now=asked.now,
        )
    except PeopleError as error:
        refuse(asked, form, error, "answer")
        return await _again(asked, form, error)
    response = asked.onward(_home(joined.household_id))
    await let_in(asked, response, joined.person_id, "invitation")
    return response


async def show_password(asked: Asked) -> web.Response:
    """Show the other way in: mail address and password."""
    try:
        offer = await _offer(asked)
    except PeopleError as error:
        return _over(asked, error)
    return _password_page(asked, offer, None)


async def begin_password(asked: Asked) -> web.Response:
    """Take name, mail address and password; show the second factor to be set up."""
    form = asked.form
    name = form.text("name", most=MAX_NAME)
    language = form.choice("language", LANGUAGES, default=asked.language)
    mail = form.text("mail", most=MAX_MAIL)
    password = form.secret("password", most=MAX_PASSWORD)
    if form.secret("again", most=MAX_PASSWORD) != password:
        form.fault("again", "join.not_the_same")
    try:
        offer = await _offer(asked)
        if not form.good():
            return _password_page(asked, offer, form)
        begin = Joining(asked.database, party(asked), factor_key(asked)).begin_with_password
        offered = await asked.work(
            begin, asked.part("token"), name, language, mail, password, now=asked.now
        )
    except PeopleError as error:
        refuse(asked, form, error, _FIELDS.get(error.kind.value.partition("-")[0], ""))
        return await _again(asked, form, error, by_password=True)
    return _code_page(asked, offered, None)


async def finish_password(asked: Asked) -> web.Response:
    """Take a code of the second factor: the person is in; show the recovery codes, once."""
    form, invitation = asked.form, asked.part("token")
    begun = form.text("begun", most=100)
    code = form.secret("code", most=MAX_CODE)
    joining = Joining(asked.database, party(asked), factor_key(asked))
    try:
        if form.good():
            joined: Joined = await asked.work(
                joining.with_password,
                invitation,
                begun,
                code,
                address=asked.address,
                now=asked.now,
            )
            page = asked.page(
                "join/codes.html", codes=joined.recovery_codes, onward=_home(joined.household_id)
            )
            await let_in(asked, page, joined.person_id, "invitation")
            return page
    except PeopleError as error:
        if error.kind is not Fault.CODE:
            return _over(asked, error)
        refuse(asked, form, error, "code")
    try:
        offered = await asked.work(joining.again, invitation, begun, now=asked.now)
    except PeopleError as error:
        return _over(asked, error)
    return _code_page(asked, offered, form)


_FIELDS = {"name": "name", "mail": "mail", "password": "password"}
"""The field that a refusal belongs to, by the first word of its kind."""


async def _offer(asked: Asked) -> Offer:
    look = Invitations(asked.database).look
    return await asked.work(look, asked.part("token"), now=asked.now)


async def _again(
    asked: Asked, form: Form, error: PeopleError, *, by_password: bool = False
) -> web.Response:
    try:
        offer = await _offer(asked)
    except PeopleError:
        return _over(asked, error)
    return _password_page(asked, offer, form) if by_password else _page(asked, offer, form=form)


def _page(asked: Asked, offer: Offer, *, form: Form | None = None) -> web.Response:
    return asked.page(
        "join/join.html",
        status=200 if form is None else 422,
        offer=offer,
        form=form,
        path=f"/join/{asked.part('token')}",
    )


def _password_page(asked: Asked, offer: Offer, form: Form | None) -> web.Response:
    return asked.page(
        "join/password.html",
        status=200 if form is None else 422,
        offer=offer,
        form=form,
        path=f"/join/{asked.part('token')}",
    )


def _code_page(asked: Asked, offered: SetUp, form: Form | None) -> web.Response:
    return asked.page(
        "join/code.html",
        status=200 if form is None else 422,
        offered=offered,
        picture=picture_of(asked, offered),
        form=form,
        path=f"/join/{asked.part('token')}",
    )


def picture_of(asked: Asked, offered: SetUp) -> Markup:
    """Return the QR code of a second factor to be set up."""
    title = asked.say("join.set_up.picture_is")
    return Markup(qr_svg(offered.uri, title=title))  # noqa: S704 - segno's own SVG


def _over(asked: Asked, error: PeopleError) -> web.Response:
    key, values = words_of(asked, error)
    return asked.page("join/over.html", status=404, words=asked.say(key, **values))


def _home(household_id: int | None) -> str:
    return "/" if household_id is None else f"/h/{household_id}/today"


ROUTES = (
    Route("GET", "/join/{token}", show, Who.ANYONE),
    Route("POST", "/join/{token}/accept", accept, Who.SIGNED_IN),
    Route("POST", "/join/{token}/passkey/options", passkey_options, Who.ANYONE),
    Route("POST", "/join/{token}/passkey", by_passkey, Who.ANYONE),
    Route("GET", "/join/{token}/password", show_password, Who.ANYONE),
    Route("POST", "/join/{token}/password", begin_password, Who.ANYONE),
    Route("POST", "/join/{token}/code", finish_password, Who.ANYONE),
)
