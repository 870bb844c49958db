"""Signing in and confirming: who gets in, and what is told to who does not."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import delete

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.models import Session
from callguard.people.passkeys import Passkeys
from callguard.people.passwords import MOST_IN_LINE, Passwords, in_line
from callguard.people.rights import Role
from callguard.people.second_factor import SecondFactor, SetUp
from callguard.people.signing_in import SigningIn

from .authenticator import Authenticator
from .conftest import HOME, KEY, MAIL, NOW, PARTY, PASSWORD, Family
from .test_second_factor import STEP, code_at

ELSEWHERE = "198.51.100.1"
LATER = NOW + 4 * STEP


@pytest.fixture
def signing_in(database: Database) -> SigningIn:
    return SigningIn(database, PARTY, KEY)


@pytest.fixture
def app(family: Family) -> SetUp:
    """The manager signs in by password and app; no device of theirs is signed in now."""
    device, by = family.device(family.manager), family.by(family.manager)
    Passwords(family.database).set(family.manager, MAIL, PASSWORD, by=by, now=NOW)
    second = SecondFactor(family.database, KEY)
    offered = second.begin(device=device, now=NOW)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    with family.database.transaction() as session:
        session.execute(delete(Session))
    return offered


def test_mail_password_and_code_together_let_in(
    family: Family, signing_in: SigningIn, app: SetUp
) -> None:
    code = code_at(app, LATER)
    person = signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=LATER)
    assert person == family.manager


def test_which_of_them_is_wrong_is_not_told(signing_in: SigningIn, app: SetUp) -> None:
    right, told = code_at(app, LATER), set()
    for at, (mail, password, code) in enumerate(
        (
            (MAIL, PASSWORD, "000000"),
            (MAIL, PASSWORD + "x", right),
            ("nobody@example.jp", PASSWORD, right),
            ("no mail address", PASSWORD, right),
            ("\x00", "\x00", "\ud800"),
        )
    ):
        with pytest.raises(PeopleError) as refused:
            signing_in.by_password(mail, password, code, address=f"198.51.100.{at}", now=LATER)
        told.add((refused.value.kind, str(refused.value)))
    wrong = "the mail address, the password or the code is wrong; try again"
    assert told == {(Fault.SIGN_IN, wrong)}


def test_a_wrong_password_does_not_use_the_code_up(
    family: Family, signing_in: SigningIn, app: SetUp
) -> None:
    code = code_at(app, LATER)
    with pytest.raises(PeopleError):
        signing_in.by_password(MAIL, "wrong", code, address=HOME, now=LATER)
    person = signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=LATER)
    assert person == family.manager


def test_a_password_alone_lets_nobody_in(
    family: Family, database: Database, signing_in: SigningIn
) -> None:
    by = family.by(family.manager)
    Passwords(database).set(family.manager, MAIL, PASSWORD, by=by, now=NOW)
    for code in ("", "000000"):
        with pytest.raises(PeopleError) as refused:
            signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=NOW)
        assert refused.value.kind is Fault.SIGN_IN


def test_after_five_failures_even_the_right_password_has_to_wait(
    family: Family, signing_in: SigningIn, app: SetUp
) -> None:
    for _ in range(5):
        with pytest.raises(PeopleError):
            signing_in.by_password(MAIL, "wrong", "", address=ELSEWHERE, now=LATER)
    code = code_at(app, LATER)
    with pytest.raises(PeopleError) as refused:
        signing_in.by_password(MAIL, PASSWORD, code, address=ELSEWHERE, now=LATER)
    assert refused.value.kind is Fault.WAIT
    after = LATER + timedelta(seconds=31)
    code = code_at(app, after)
    person = signing_in.by_password(MAIL, PASSWORD, code, address=ELSEWHERE, now=after)
    assert person == family.manager


def test_an_address_that_nobody_has_is_locked_as_one_that_somebody_has(
    signing_in: SigningIn,
) -> None:
    kinds = []
    for _ in range(6):
        with pytest.raises(PeopleError) as refused:
            signing_in.by_password("nobody@example.jp", "x", "", address=HOME, now=NOW)
        kinds.append(refused.value.kind)
    assert kinds == [Fault.SIGN_IN] * 5 + [Fault.WAIT]


def test_while_the_password_is_locked_a_passkey_and_home_still_let_in(
    family: Family, database: Database, signing_in: SigningIn, app: SetUp
) -> None:
    phone, passkeys = Authenticator(), Passkeys(database, PARTY)
    device = family.device(family.manager)
    answer = phone.create(passkeys.begin_adding(device=device, now=NOW))
    by = family.by(family.manager)
    passkeys.add(answer, "iPhone", device=device, by=by, now=NOW)
    for _ in range(6):
        with pytest.raises(PeopleError):
            signing_in.by_password(MAIL, "wrong", "", address=ELSEWHERE, now=LATER)
    answer = phone.get(signing_in.ask_passkey(now=LATER))
    assert signing_in.by_passkey(answer, now=LATER) == family.manager
    code = code_at(app, LATER)
    assert signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=LATER) == family.manager


def test_who_is_signed_in_confirms_by_their_own_password_and_code(
    family: Family, signing_in: SigningIn, app: SetUp
) -> None:
    code = code_at(app, LATER)
    jiro = family.add("次郎", Role.MANAGER)
    with pytest.raises(PeopleError):
        signing_in.confirm_by_password(jiro, PASSWORD, code, address=HOME, now=LATER)
    with pytest.raises(PeopleError):
        signing_in.confirm_by_password(family.manager, "wrong", code, address=HOME, now=LATER)
    signing_in.confirm_by_password(family.manager, PASSWORD, code, address=HOME, now=LATER)


def test_confirming_can_be_locked_too(family: Family, signing_in: SigningIn, app: SetUp) -> None:
    kinds = []
    for _ in range(6):
        with pytest.raises(PeopleError) as refused:
            signing_in.confirm_by_password(family.manager, "x", "", address=HOME, now=LATER)
        kinds.append(refused.value.kind)
    assert kinds[-1] is Fault.WAIT


def test_a_crowd_of_passwords_is_told_to_wait_and_not_counted_as_wrong(
    family: Family, signing_in: SigningIn, app: SetUp
) -> None:
    code = code_at(app, LATER)
    with ExitStack() as crowd:
        for _ in range(MOST_IN_LINE):
            crowd.enter_context(in_line())
        for _ in range(6):
            with pytest.raises(PeopleError) as refused:
                signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=LATER)
            assert refused.value.kind is Fault.WAIT
    person = signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=LATER)
    assert person == family.manager
