"""Passwords: what is one, and whose."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.models import Person, RecoveryCode
from callguard.people.passkeys import Passkeys
from callguard.people.passwords import MAX_PASSWORD, Passwords, check_mail, hash_password
from callguard.people.rights import Role
from callguard.people.second_factor import SecondFactor
from callguard.trail import What

from .authenticator import Authenticator
from .conftest import KEY, MAIL, NOW, PARTY, PASSWORD, Family
from .test_second_factor import code_at


@pytest.fixture
def passwords(database: Database) -> Passwords:
    return Passwords(database)


def stored(family: Family) -> str | None:
    with family.database.reading() as session:
        return session.scalar(select(Person.password).where(Person.id == family.manager))


def set_password(family: Family, password: str = PASSWORD) -> None:
    by = family.by(family.manager)
    Passwords(family.database).set(family.manager, MAIL, password, by=by, now=NOW)


def test_a_password_is_checked_and_kept_as_argon2id(family: Family, passwords: Passwords) -> None:
    set_password(family)
    assert passwords.owner(" Hanako@Example.JP ") == family.manager
    assert passwords.check(family.manager, PASSWORD)
    assert not passwords.check(family.manager, PASSWORD + "x")
    hashed = stored(family)
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    assert family.deeds(What.SET_PASSWORD) == [(None, "花子", {})]


def test_nobodys_password_is_checked_as_long_and_never_right(passwords: Passwords) -> None:
    assert passwords.owner("nobody@example.jp") is None
    assert not passwords.check(None, "nobody's password")


def test_who_has_no_password_gets_in_by_none(family: Family, passwords: Passwords) -> None:
    assert not passwords.check(family.manager, "")
    assert not passwords.check(family.manager, "nobody's password")


def test_a_password_typed_full_width_is_the_same(family: Family, passwords: Passwords) -> None:
    set_password(family, "ｔｈｒｅｅ　ｐｌｕｍｓ　ｉｎ　ａ　ｂａｓｋｅｔ")
    assert passwords.check(family.manager, PASSWORD)


def test_a_hash_of_older_parameters_is_renewed(family: Family, passwords: Passwords) -> None:
    set_password(family)
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with family.database.transaction() as session:
        session.get_one(Person, family.manager).password = old
    assert not passwords.check(family.manager, "wrong")
    assert stored(family) == old
    assert passwords.check(family.manager, PASSWORD)
    assert stored(family) != old
    assert passwords.check(family.manager, PASSWORD)


def test_a_mail_address_is_one_persons(family: Family, passwords: Passwords) -> None:
    set_password(family)
    jiro = family.add("次郎", Role.VIEWER)
    with pytest.raises(PeopleError) as refused:
        passwords.set(jiro, MAIL.upper(), "four pears in a bowl", by=family.by(jiro), now=NOW)
    assert refused.value.kind is Fault.MAIL_TAKEN
    assert not passwords.check(jiro, "four pears in a bowl")
    assert len(family.deeds(What.SET_PASSWORD)) == 1


@pytest.mark.parametrize(
    ("password", "kind"),
    [
        ("", Fault.PASSWORD_SHORT),
        ("elevenchars", Fault.PASSWORD_SHORT),
        ("aaaaaaaaaaaaaaaa", Fault.PASSWORD_PLAIN),
        ("hanako.nakamura", Fault.PASSWORD_PLAIN),
        ("Hanako.Nakamura@example.jp", Fault.PASSWORD_PLAIN),
        ("x" * (MAX_PASSWORD + 1), Fault.PASSWORD_LONG),
        ("あいうえ" * 10**6, Fault.PASSWORD_LONG),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, kind: Fault) -> None:
    with pytest.raises(PeopleError) as refused:
        hash_password(password, "hanako.nakamura@example.jp")
    assert refused.value.kind is kind
    assert len(password) < 4 or password not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "mail"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        ("  Hanako@Example.JP ", "hanako@example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("ha.na+ko@mail.example.jp", "ha.na+ko@mail.example.jp"),
    ],
)
def test_a_mail_address_is_read_as_people_write_it(typed: str, mail: str) -> None:
    assert check_mail(typed) == mail


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hanako",
        "@example.jp",
        "a@b",
        "a@b@c.jp",
        "a b@c.jp",
        "a\x00@c.jp",
        "a@c..jp",
        "a@" + "x" * 300 + ".jp",
    ],
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(PeopleError) as refused:
        check_mail(typed)
    assert refused.value.kind is Fault.MAIL


def test_a_password_is_removed_only_beside_a_passkey_and_its_second_factor_with_it(
    family: Family, passwords: Passwords
) -> None:
    person, by = family.manager, family.by(family.manager)
    set_password(family)
    with pytest.raises(PeopleError) as refused:
        passwords.remove(person, by=by, now=NOW)
    assert refused.value.kind is Fault.LAST_WAY_IN
    device, second = family.device(person), SecondFactor(family.database, KEY)
    offered = second.begin(device=device, now=NOW)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    passkeys = Passkeys(family.database, PARTY)
    answer = Authenticator().create(passkeys.begin_adding(device=device, now=NOW))
    passkeys.add(answer, "iPhone", device=device, by=by, now=NOW)
    passwords.remove(person, by=by, now=NOW)
    later = NOW + timedelta(minutes=5)
    assert not passwords.check(person, PASSWORD)
    assert not second.use(person, code_at(offered, later), now=later)
    with family.database.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
    assert len(family.deeds(What.REMOVE_PASSWORD)) == 1
