"""One's own account: name, language, passkeys, password, second factor, devices signed in."""

from aiohttp import web

from ...people.erasing import erase
from ...people.errors import PeopleError
from ...people.members import LANGUAGES, People
from ...people.names import MAX_NAME
from ...people.passkeys import Passkeys, PasskeySeen
from ...people.passwords import MAX_MAIL, MAX_PASSWORD, Passwords
from ...people.relying_party import MAX_ANSWER
from ...people.second_factor import SecondFactor, SetUp
from ...people.sessions import Sessions
from ...trail import Line, Trail
from ...words.deeds import deed_in_words
from ..asked import Asked
from ..form import Form
from ..join.pages import picture_of
from ..route import Route, Who
from ..sign_in.pages import MAX_CODE, answer_of, device, factor_key, party, refused
from ..sign_in.refusals import refuse, words_of

_ACCOUNT = "/account"


async def show(asked: Asked) -> web.Response:
    """Show all of it."""
    return await _page(asked, None)


async def change(asked: Asked) -> web.Response:
    """Change name and language."""
    form = asked.form
    name = form.text("name", most=MAX_NAME)
    language = form.choice("language", LANGUAGES)
    people = People(asked.database)
    try:
        if form.good():
            await asked.work(people.rename, asked.me.person_id, name)
            await asked.work(people.set_language, asked.me.person_id, language)
            return asked.onward(_ACCOUNT, "account.changed")
    except PeopleError as error:
        refuse(asked, form, error, "name")
    return await _page(asked, form)


async def new_passkey(asked: Asked) -> web.Response:
    """Show where a new passkey is made."""
    return asked.page("account/new_passkey.html", form=None)


async def passkey_options(asked: Asked) -> web.Response:
    """Return what to ask the browser for."""
    form = asked.form
    form.text("name", most=MAX_NAME)
    form.text("answer", most=MAX_ANSWER, needed=False)
    if not form.good():
        fault = next(iter(form.faults.values()))
        return web.json_response({"message": asked.say(fault.key, **fault.values)}, status=422)
    begin = Passkeys(asked.database, party(asked)).begin_adding
    try:
        options = await asked.work(begin, device=device(asked), now=asked.now)
    except PeopleError as error:
        return refused(asked, error)
    return web.json_response(options)


async def add_passkey(asked: Asked) -> web.Response:
    """Take the browser's answer."""
    form = asked.form
    name = form.text("name", most=MAX_NAME)
    answer = answer_of(form)
    add = Passkeys(asked.database, party(asked)).add
    try:
        if form.good():
            await asked.work(add, answer, name, device=device(asked), by=asked.doer, now=asked.now)
            return asked.onward(_ACCOUNT, "account.passkey.added", name=name)
    except PeopleError as error:
        refuse(asked, form, error, "answer")
    return asked.page("account/new_passkey.html", status=422, form=form)


async def show_passkey(asked: Asked) -> web.Response:
    """Show one passkey: its name, and how it is removed."""
    return _passkey_page(asked, await _passkey(asked), None)


async def rename_passkey(asked: Asked) -> web.Response:
    """Give a passkey another name."""
    form, found = asked.form, await _passkey(asked)
    name = form.text("name", most=MAX_NAME)
    rename = Passkeys(asked.database, party(asked)).rename
    try:
        if form.good():
            await asked.work(rename, found.id, name, person_id=asked.me.person_id)
            return asked.onward(_ACCOUNT, "account.changed")
    except PeopleError as error:
        refuse(asked, form, error, "name")
    return _passkey_page(asked, found, form)


async def remove_passkey(asked: Asked) -> web.Response:
    """Remove a passkey, unless nothing else would let its person in."""
    form, found = asked.form, await _passkey(asked)
    form.good()
    remove = Passkeys(asked.database, party(asked)).remove
    try:
        await asked.work(
            remove, found.id, person_id=asked.me.person_id, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        return _back(asked, error)
    return asked.onward(_ACCOUNT, "account.passkey.removed", name=found.name)


async def show_password(asked: Asked) -> web.Response:
    """Show where mail address and password are set."""
    return await _password_page(asked, None)


async def set_password(asked: Asked) -> web.Response:
    """Set mail address and password; the other devices are signed out."""
    form = asked.form
    mail = form.text("mail", most=MAX_MAIL)
    password = form.secret("password", most=MAX_PASSWORD)
    if form.secret("again", most=MAX_PASSWORD) != password:
        form.fault("again", "join.not_the_same")
    if not form.good():
        return await _password_page(asked, form)
    who = asked.me.person_id
    before = await asked.work(People(asked.database).person, who)
    try:
        await asked.work(
            Passwords(asked.database).set, who, mail, password, by=asked.doer, now=asked.now
        )
    except PeopleError as error:
        field = "mail" if error.kind.startswith("mail") else "password"
        refuse(asked, form, error, field)
        return await _password_page(asked, form)
    if before.has_password:
        await _end_others(asked)
    if before.has_second_factor:
        return asked.onward(_ACCOUNT, "account.password.set")
    return asked.onward("/account/second-factor", "account.password.needs_second", done=False)


async def remove_password(asked: Asked) -> web.Response:
    """Remove the password, and the second factor with it."""
    asked.form.good()
    remove = Passwords(asked.database).remove
    try:
        await asked.work(remove, asked.me.person_id, by=asked.doer, now=asked.now)
    except PeopleError as error:
        return _back(asked, error)
    return asked.onward(_ACCOUNT, "account.password.removed")


async def show_second_factor(asked: Asked) -> web.Response:
    """Show whether there is one, and how it is set up anew."""
    person = await asked.work(People(asked.database).person, asked.me.person_id)
    left = await asked.work(
        SecondFactor(asked.database, factor_key(asked)).recovery_codes_left, asked.me.person_id
    )
    return asked.page("account/second_factor.html", person=person, left=left)


async def begin_second_factor(asked: Asked) -> web.Response:
    """Offer a new one; the one in force stays so until a code of the new one was typed."""
    asked.form.good()
    begin = SecondFactor(asked.database, factor_key(asked)).begin
    return _code_page(asked, await asked.work(begin, device=device(asked), now=asked.now), None)


async def finish_second_factor(asked: Asked) -> web.Response:
    """Take a code of it; show the recovery codes, once."""
    form, second, here = asked.form, SecondFactor(asked.database, factor_key(asked)), device(asked)
    begun = form.text("begun", most=100)
    code = form.secret("code", most=MAX_CODE)
    try:
        if form.good():
            codes = await asked.work(
                second.finish, begun, code, device=here, by=asked.doer, now=asked.now
            )
            return asked.page("account/codes.html", codes=codes)
    except PeopleError as error:
        refuse(asked, form, error, "code")
    try:
        offered = await asked.work(second.again, begun, device=here, now=asked.now)
    except PeopleError as error:
        return _back(asked, error, "/account/second-factor")
    return _code_page(asked, offered, form)


async def renew_codes(asked: Asked) -> web.Response:
    """Make new recovery codes, and show them once."""
    asked.form.good()
    person = await asked.work(People(asked.database).person, asked.me.person_id)
    if not person.has_second_factor:
        return asked.onward("/account/second-factor", "account.password.needs_second", done=False)
    renew = SecondFactor(asked.database, factor_key(asked)).new_recovery_codes
    codes = await asked.work(renew, asked.me.person_id, by=asked.doer, now=asked.now)
    return asked.page("account/codes.html", codes=codes)


async def devices(asked: Asked) -> web.Response:
    """Show the devices signed in."""
    found = await asked.work(Sessions(asked.database).of_person, asked.me.person_id, now=asked.now)
    return asked.page("account/devices.html", devices=found)


async def sign_out_device(asked: Asked) -> web.Response:
    """Sign one device out; this one leads to the way in."""
    asked.form.good()
    which = int(asked.part("device_id"))
    end = Sessions(asked.database).end
    try:
        await asked.work(end, which, person_id=asked.me.person_id, by=asked.doer, now=asked.now)
    except PeopleError as error:
        return _back(asked, error, "/account/devices")
    if which == asked.me.id:
        response = asked.onward("/sign-in?away=1")
        asked.cookies.sign_out(response)
        return response
    return asked.onward("/account/devices", "account.devices.one_out")


async def sign_out_others(asked: Asked) -> web.Response:
    """Sign all other devices out."""
    asked.form.good()
    return asked.onward(
        "/account/devices", "account.devices.others_out", n=await _end_others(asked)
    )


async def show_record(asked: Asked) -> web.Response:
    """Show what was done to the account lately: sign-ins, and changes of the ways in."""
    lines = await asked.work(Trail(asked.database).own, asked.me.person_id)

    def what(line: Line) -> str:
        return deed_in_words(line.what, line.detail, asked.language)

    return asked.page("account/record.html", lines=lines, what=what)


async def show_erase(asked: Asked) -> web.Response:
    """Say what erasing the account means."""
    return asked.page("account/erase.html")


async def erase_account(asked: Asked) -> web.Response:
    """Erase the account, unless somebody would be left without a manager."""
    asked.form.good()
    try:
        await asked.work(erase, asked.database, asked.me.person_id, by=asked.doer, now=asked.now)
    except PeopleError as error:
        return _back(asked, error)
    response = asked.onward("/sign-in")
    asked.cookies.sign_out(response)
    return response


async def _end_others(asked: Asked) -> int:
    return await asked.work(
        Sessions(asked.database).end_others,
        asked.me.id,
        person_id=asked.me.person_id,
        by=asked.doer,
        now=asked.now,
    )


async def _passkey(asked: Asked) -> PasskeySeen:
    passkeys = Passkeys(asked.database, party(asked))
    for one in await asked.work(passkeys.of_person, asked.me.person_id):
        if one.id == int(asked.part("passkey_id")):
            return one
    raise web.HTTPNotFound


def _back(asked: Asked, error: PeopleError, path: str = _ACCOUNT) -> web.Response:
    key, values = words_of(asked, error)
    return asked.onward(path, key, **values)


async def _page(asked: Asked, form: Form | None) -> web.Response:
    who = asked.me.person_id
    person = await asked.work(People(asked.database).person, who)
    passkeys = await asked.work(Passkeys(asked.database, party(asked)).of_person, who)
    found = await asked.work(Sessions(asked.database).of_person, who, now=asked.now)
    return asked.page(
        "account/account.html",
        status=200 if form is None else 422,
        form=form,
        person=person,
        passkeys=passkeys,
        devices=found,
    )


def _passkey_page(asked: Asked, passkey: PasskeySeen, form: Form | None) -> web.Response:
    status = 200 if form is None else 422
    return asked.page("account/passkey.html", status=status, passkey=passkey, form=form)


async def _password_page(asked: Asked, form: Form | None) -> web.Response:
    person = await asked.work(People(asked.database).person, asked.me.person_id)
    status = 200 if form is None else 422
    return asked.page("account/password.html", status=status, person=person, form=form)


def _code_page(asked: Asked, offered: SetUp, form: Form | None) -> web.Response:
    return asked.page(
        "account/code.html",
        status=200 if form is None else 422,
        offered=offered,
        picture=picture_of(asked, offered),
        form=form,
    )


_MINE = Who.SIGNED_IN

ROUTES = (
    Route("GET", "/account", show, _MINE),
    Route("POST", "/account", change, _MINE),
    Route("GET", "/account/passkeys/new", new_passkey, _MINE, proof=True),
    Route("POST", "/account/passkeys/options", passkey_options, _MINE, proof=True),
    Route("POST", "/account/passkeys/new", add_passkey, _MINE, proof=True),
    Route("GET", "/account/passkeys/{passkey_id}", show_passkey, _MINE, proof=True),
    Route("POST", "/account/passkeys/{passkey_id}/name", rename_passkey, _MINE, proof=True),
    Route("POST", "/account/passkeys/{passkey_id}/remove", remove_passkey, _MINE, proof=True),
    Route("GET", "/account/password", show_password, _MINE, proof=True),
    Route("POST", "/account/password", set_password, _MINE, proof=True),
    Route("POST", "/account/password/remove", remove_password, _MINE, proof=True),
    Route("GET", "/account/second-factor", show_second_factor, _MINE, proof=True),
    Route("POST", "/account/second-factor/begin", begin_second_factor, _MINE, proof=True),
    Route("POST", "/account/second-factor", finish_second_factor, _MINE, proof=True),
    Route("POST", "/account/recovery-codes", renew_codes, _MINE, proof=True),
    Route("GET", "/account/devices", devices, _MINE),
    Route("POST", "/account/devices/{device_id}/sign-out", sign_out_device, _MINE),
    Route("POST", "/account/devices/sign-out-others", sign_out_others, _MINE),
    Route("GET", "/account/record", show_record, _MINE),
    Route("GET", "/account/erase", show_erase, _MINE, proof=True),
    Route("POST", "/account/erase", erase_account, _MINE, proof=True),
)
