"""Signing in, signing out, and confirming again who one is."""

from aiohttp import web

from ...people.ceremonies import Device
from ...people.errors import PeopleError
from ...people.factor_key import FactorKey
from ...people.members import People
from ...people.passwords import MAX_MAIL, MAX_PASSWORD
from ...people.relying_party import MAX_ANSWER, RelyingParty
from ...people.sessions import LONGEST, Sessions
from ...people.signing_in import SigningIn
from ..asked import Asked
from ..form import Form
from ..route import Route, Who
from .refusals import refuse, words_of

MAX_CODE = 100
"""Characters of a code: recovery codes have nineteen, and some are written with blanks."""


def factor_key(asked: Asked) -> FactorKey:
    """Return the key under which second factors are sealed."""
    return FactorKey.in_file(asked.settings.second_factor_key)


def party(asked: Asked) -> RelyingParty:
    """Return the portal as passkeys know it."""
    return RelyingParty.of(asked.settings.portal_url)


def device(asked: Asked) -> Device:
    """Return the device that asks."""
    return Device(asked.me.person_id, asked.me.id)


async def let_in(asked: Asked, response: web.Response, person_id: int, how: str) -> None:
    """Sign the browser in as a person who has just proved who they are.

    Whoever was signed in there before is signed out: nobody leaves a session behind unseen.
    """
    sessions = Sessions(asked.database)
    if asked.session is not None:
        await asked.work(
            sessions.end,
            asked.session.id,
            person_id=asked.session.person_id,
            by=asked.doer,
            now=asked.now,
        )
    token = await asked.work(
        sessions.start,
        person_id,
        agent=asked.request.headers.get("User-Agent", ""),
        address=asked.address,
        how=how,
        now=asked.now,
    )
    asked.cookies.sign_in(response, token, int(LONGEST.total_seconds()))


def answer_of(form: Form) -> str:
    """Return the passkey's answer from the form; without the script there is none."""
    if not form.typed("answer"):
        form.fault("answer", "sign_in.passkey.no_answer")
    return form.secret("answer", most=MAX_ANSWER)


def refused(asked: Asked, error: PeopleError) -> web.Response:
    """Say to the script why the browser is asked for nothing."""
    key, values = words_of(asked, error)
    return web.json_response({"message": asked.say(key, **values)}, status=422)


async def show(asked: Asked) -> web.Response:
    """Show the ways in; who is in already goes on."""
    if asked.session is not None:
        return asked.onward(asked.back)
    return _page(asked)


async def by_password(asked: Asked) -> web.Response:
    """Take mail address, password and code in one."""
    form, back = asked.form, asked.back
    mail = form.text("mail", most=MAX_MAIL)
    password = form.secret("password", most=MAX_PASSWORD)
    code = form.secret("code", most=MAX_CODE)
    if not form.good():
        return _page(asked, form=form)
    try:
        person_id = await asked.work(
            SigningIn(asked.database, party(asked), factor_key(asked)).by_password,
            mail,
            password,
            code,
            address=asked.address,
            now=asked.now,
        )
    except PeopleError as error:
        refuse(asked, form, error)
        return _page(asked, form=form, wait=error)
    response = asked.onward(back)
    await let_in(asked, response, person_id, "password")
    return response


async def passkey_options(asked: Asked) -> web.Response:
    """Return what to ask the browser for."""
    _only_passkey_fields(asked)
    signing_in = SigningIn(asked.database, party(asked), factor_key(asked))
    return web.json_response(await asked.work(signing_in.ask_passkey, now=asked.now))


async def by_passkey(asked: Asked) -> web.Response:
    """Take the browser's answer."""
    form, back = asked.form, asked.back
    answer = answer_of(form)
    if not form.good():
        return _page(asked, by_passkey=form)
    try:
        person_id = await asked.work(
            SigningIn(asked.database, party(asked), factor_key(asked)).by_passkey,
            answer,
            now=asked.now,
        )
    except PeopleError as error:
        refuse(asked, form, error, "answer")
        return _page(asked, by_passkey=form)
    response = asked.onward(back)
    await let_in(asked, response, person_id, "passkey")
    return response


async def sign_out(asked: Asked) -> web.Response:
    """Sign this device out."""
    asked.form.good()
    await asked.work(
        Sessions(asked.database).end,
        asked.me.id,
        person_id=asked.me.person_id,
        by=asked.doer,
        now=asked.now,
    )
    response = asked.onward("/sign-in?away=1")
    asked.cookies.sign_out(response)
    # What pages left in the browser's memory is another's business from now on.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def show_confirm(asked: Asked) -> web.Response:
    """Ask who is signed in to prove it again; who did so lately goes on."""
    if asked.is_proved:
        return asked.onward(asked.back)
    return await _confirm_page(asked)


async def confirm_by_password(asked: Asked) -> web.Response:
    """Take password and code."""
    form, back = asked.form, asked.back
    password = form.secret("password", most=MAX_PASSWORD)
    code = form.secret("code", most=MAX_CODE)
    if not form.good():
        return await _confirm_page(asked, form=form)
    try:
        await asked.work(
            SigningIn(asked.database, party(asked), factor_key(asked)).confirm_by_password,
            asked.me.person_id,
            password,
            code,
            address=asked.address,
            now=asked.now,
        )
    except PeopleError as error:
        refuse(asked, form, error)
        return await _confirm_page(asked, form=form, wait=error)
    await asked.work(Sessions(asked.database).prove, asked.me.id, now=asked.now)
    return asked.onward(back)


async def confirm_options(asked: Asked) -> web.Response:
    """Return what to ask the browser for: a passkey of the person signed in."""
    _only_passkey_fields(asked)
    signing_in = SigningIn(asked.database, party(asked), factor_key(asked))
    options = await asked.work(signing_in.ask_passkey_again, device=device(asked), now=asked.now)
    return web.json_response(options)


async def confirm_by_passkey(asked: Asked) -> web.Response:
    """Take the browser's answer."""
    form, back = asked.form, asked.back
    answer = answer_of(form)
    if not form.good():
        return await _confirm_page(asked, by_passkey=form)
    try:
        await asked.work(
            SigningIn(asked.database, party(asked), factor_key(asked)).confirm_by_passkey,
            answer,
            device=device(asked),
            now=asked.now,
        )
    except PeopleError as error:
        refuse(asked, form, error, "answer")
        return await _confirm_page(asked, by_passkey=form)
    await asked.work(Sessions(asked.database).prove, asked.me.id, now=asked.now)
    return asked.onward(back)


def _only_passkey_fields(asked: Asked) -> None:
    asked.form.text("back", most=2_000, needed=False)
    asked.form.text("answer", most=MAX_ANSWER, needed=False)
    if not asked.form.good():
        raise web.HTTPBadRequest


def _page(
    asked: Asked,
    *,
    form: Form | None = None,
    by_passkey: Form | None = None,
    wait: PeopleError | None = None,
) -> web.Response:
    fresh = form is None and by_passkey is None
    page = asked.page(
        "sign_in/sign_in.html",
        status=200 if fresh else 422,
        form=form,
        by_passkey=by_passkey,
        back=asked.back,
        away=fresh and bool(asked.query.typed("away")),
    )
    return _late(page, wait)


async def _confirm_page(
    asked: Asked,
    *,
    form: Form | None = None,
    by_passkey: Form | None = None,
    wait: PeopleError | None = None,
) -> web.Response:
    person = await asked.work(People(asked.database).person, asked.me.person_id)
    page = asked.page(
        "sign_in/confirm.html",
        status=200 if form is None and by_passkey is None else 422,
        form=form,
        by_passkey=by_passkey,
        back=asked.back,
        person=person,
    )
    return _late(page, wait)


def _late(page: web.Response, error: PeopleError | None) -> web.Response:
    if error is not None and error.wait is not None:
        page.set_status(429)
        page.headers["Retry-After"] = str(int(error.wait.total_seconds()))
    return page


ROUTES = (
    Route("GET", "/sign-in", show, Who.ANYONE),
    Route("POST", "/sign-in", by_password, Who.ANYONE),
    Route("POST", "/sign-in/passkey/options", passkey_options, Who.ANYONE),
    Route("POST", "/sign-in/passkey", by_passkey, Who.ANYONE),
    Route("POST", "/sign-out", sign_out, Who.SIGNED_IN),
    Route("GET", "/confirm", show_confirm, Who.SIGNED_IN),
    Route("POST", "/confirm", confirm_by_password, Who.SIGNED_IN),
    Route("POST", "/confirm/passkey/options", confirm_options, Who.SIGNED_IN),
    Route("POST", "/confirm/passkey", confirm_by_passkey, Who.SIGNED_IN),
)
