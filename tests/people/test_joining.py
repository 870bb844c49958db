"""Joining as a new person: all of it, or nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.invitations import VALID, Invitations
from callguard.people.joining import Joining
from callguard.people.members import People
from callguard.people.models import Person
from callguard.people.passkeys import Passkeys
from callguard.people.rights import Role
from callguard.people.second_factor import RECOVERY_CODES
from callguard.people.signing_in import SigningIn
from callguard.trail import COMMAND_LINE, What

from .authenticator import Authenticator
from .conftest import HOME, KEY, MAIL, NOW, PARTY, PASSWORD, Family
from .test_second_factor import STEP, code_at


def how_many(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def test_somebody_joins_with_a_passkey_and_signs_in_by_it(
    family: Family, joining: Joining, people: People, database: Database
) -> None:
    token, phone = family.invite(Role.VIEWER), Authenticator()
    options = joining.ask_passkey(token, "中村次郎", "en", now=NOW)
    assert options["user"]["name"] == "中村次郎"
    joined = joining.with_passkey(token, phone.create(options), "iPhone", address=HOME, now=NOW)
    person = people.person(joined.person_id)
    assert (person.name, person.language, person.passkeys) == ("中村次郎", "en", 1)
    place = people.place(joined.person_id, family.household)
    assert place is not None
    assert place.role is Role.VIEWER
    signing_in = SigningIn(database, PARTY, KEY)
    answer = phone.get(signing_in.ask_passkey(now=NOW))
    assert signing_in.by_passkey(answer, now=NOW) == joined.person_id
    assert [one.name for one in Passkeys(database, PARTY).of_person(joined.person_id)] == ["iPhone"]
    assert family.deeds(What.JOIN)[0][:2] == (family.household, "中村次郎")


def test_somebody_joins_with_password_and_app_and_gets_recovery_codes(
    family: Family, joining: Joining, database: Database
) -> None:
    token = family.invite()
    offered = joining.begin_with_password(token, "次郎", "ja", MAIL, PASSWORD, now=NOW)
    assert joining.again(token, offered.token, now=NOW) == offered
    with pytest.raises(PeopleError) as refused:
        joining.with_password(token, offered.token, "000000", address=HOME, now=NOW)
    assert refused.value.kind is Fault.CODE
    joined = joining.with_password(
        token, offered.token, code_at(offered, NOW), address=HOME, now=NOW
    )
    assert len(joined.recovery_codes) == RECOVERY_CODES
    signing_in, later = SigningIn(database, PARTY, KEY), NOW + 4 * STEP
    for code in (code_at(offered, later), joined.recovery_codes[0]):
        person = signing_in.by_password(MAIL, PASSWORD, code, address=HOME, now=later)
        assert person == joined.person_id


def test_the_code_that_joined_does_not_also_sign_in(
    family: Family, joining: Joining, database: Database
) -> None:
    token = family.invite()
    offered = joining.begin_with_password(token, "次郎", "ja", MAIL, PASSWORD, now=NOW)
    code = code_at(offered, NOW)
    joining.with_password(token, offered.token, code, address=HOME, now=NOW)
    with pytest.raises(PeopleError):
        SigningIn(database, PARTY, KEY).by_password(MAIL, PASSWORD, code, address=HOME, now=NOW)


def test_who_gives_up_half_way_leaves_nothing_and_the_invitation_stays(
    family: Family, joining: Joining, invitations: Invitations, database: Database
) -> None:
    token, before = family.invite(), how_many(database)
    joining.ask_passkey(token, "次郎", "ja", now=NOW)
    joining.begin_with_password(token, "次郎", "ja", MAIL, PASSWORD, now=NOW)
    assert how_many(database) == before
    assert invitations.look(token, now=NOW).name == "次郎"


def test_an_invitation_used_meanwhile_leaves_nothing(
    family: Family, joining: Joining, database: Database
) -> None:
    token = family.invite()
    late = Authenticator().create(joining.ask_passkey(token, "三郎", "ja", now=NOW))
    offered = joining.begin_with_password(token, "四郎", "ja", MAIL, PASSWORD, now=NOW)
    first = Authenticator().create(joining.ask_passkey(token, "次郎", "ja", now=NOW))
    joining.with_passkey(token, first, "iPhone", address=HOME, now=NOW)
    before = how_many(database)
    with pytest.raises(PeopleError) as by_passkey:
        joining.with_passkey(token, late, "x", address=HOME, now=NOW)
    with pytest.raises(PeopleError) as by_password:
        joining.with_password(token, offered.token, code_at(offered, NOW), address=HOME, now=NOW)
    assert by_passkey.value.kind is by_password.value.kind is Fault.NO_SUCH_INVITATION
    assert how_many(database) == before


def test_what_was_begun_with_one_invitation_does_not_use_another(
    family: Family, joining: Joining
) -> None:
    viewer, manager = family.invite(Role.VIEWER), family.invite(Role.MANAGER, "三郎")
    answer = Authenticator().create(joining.ask_passkey(viewer, "次郎", "ja", now=NOW))
    offered = joining.begin_with_password(viewer, "次郎", "ja", MAIL, PASSWORD, now=NOW)
    with pytest.raises(PeopleError) as by_passkey:
        joining.with_passkey(manager, answer, "x", address=HOME, now=NOW)
    code = code_at(offered, NOW)
    with pytest.raises(PeopleError) as by_password:
        joining.with_password(manager, offered.token, code, address=HOME, now=NOW)
    with pytest.raises(PeopleError):
        joining.again(manager, offered.token, now=NOW)
    assert by_passkey.value.kind is by_password.value.kind is Fault.TOO_LATE


def test_a_mail_address_that_somebody_has_is_refused_and_the_invitation_stays(
    family: Family, joining: Joining, invitations: Invitations, database: Database
) -> None:
    first, second = family.invite(), family.invite()
    pending = [
        (token, joining.begin_with_password(token, "次郎", "ja", MAIL, PASSWORD, now=NOW))
        for token in (first, second)
    ]
    (token, offered), (later, too_late) = pending
    joining.with_password(token, offered.token, code_at(offered, NOW), address=HOME, now=NOW)
    before = how_many(database)
    with pytest.raises(PeopleError) as refused:
        joining.with_password(later, too_late.token, code_at(too_late, NOW), address=HOME, now=NOW)
    assert refused.value.kind is Fault.MAIL_TAKEN
    assert how_many(database) == before
    assert invitations.look(second, now=NOW).name == "次郎"


def test_an_operator_joins_without_a_household(
    joining: Joining, invitations: Invitations, people: People
) -> None:
    token = invitations.invite(None, None, "係", by=COMMAND_LINE, now=NOW).token
    answer = Authenticator().create(joining.ask_passkey(token, "係", "ja", now=NOW))
    joined = joining.with_passkey(token, answer, "鍵", address=HOME, now=NOW)
    assert joined.household_id is None
    assert people.person(joined.person_id).operator


def test_with_no_invitation_nothing_is_begun(joining: Joining, family: Family) -> None:
    late, token = NOW + VALID, family.invite()
    for now, invitation in ((NOW, "x" * 43), (late, token)):
        with pytest.raises(PeopleError) as refused:
            joining.ask_passkey(invitation, "次郎", "ja", now=now)
        assert refused.value.kind is Fault.NO_SUCH_INVITATION
        with pytest.raises(PeopleError):
            joining.begin_with_password(invitation, "次郎", "ja", MAIL, PASSWORD, now=now)


def test_an_unusable_name_mail_or_password_begins_nothing(joining: Joining, family: Family) -> None:
    token = family.invite()
    for name, language, mail, password, kind in (
        ("", "ja", MAIL, PASSWORD, Fault.NAME),
        ("次郎", "fr", MAIL, PASSWORD, Fault.LANGUAGE),
        ("次郎", "ja", "x", PASSWORD, Fault.MAIL),
        ("次郎", "ja", MAIL, "short", Fault.PASSWORD_SHORT),
    ):
        with pytest.raises(PeopleError) as refused:
            joining.begin_with_password(token, name, language, mail, password, now=NOW)
        assert refused.value.kind is kind


def test_half_an_hour_is_enough_to_find_an_app(joining: Joining, family: Family) -> None:
    token = family.invite()
    offered = joining.begin_with_password(token, "次郎", "ja", MAIL, PASSWORD, now=NOW)
    late = NOW + timedelta(minutes=31)
    with pytest.raises(PeopleError) as refused:
        joining.with_password(token, offered.token, code_at(offered, late), address=HOME, now=late)
    assert refused.value.kind is Fault.TOO_LATE
