"""Passkeys: what they prove, and what proves nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from callguard.database import Database
from callguard.people.ceremonies import Device
from callguard.people.errors import Fault, PeopleError
from callguard.people.passkeys import MAX_PASSKEYS, Passkeys
from callguard.people.passwords import Passwords
from callguard.people.rights import Role
from callguard.people.second_factor import SecondFactor
from callguard.trail import What

from .authenticator import PRESENT, Authenticator, decoded, encoded
from .conftest import KEY, MAIL, NOW, PARTY, PASSWORD, Family
from .test_second_factor import code_at

LATE = NOW + timedelta(minutes=6)


@pytest.fixture
def passkeys(database: Database) -> Passkeys:
    return Passkeys(database, PARTY)


@pytest.fixture
def device(family: Family) -> Device:
    return family.device(family.manager)


@pytest.fixture
def phone(family: Family, passkeys: Passkeys, device: Device) -> Authenticator:
    """The manager's telephone, with a passkey in it."""
    phone = Authenticator()
    register(family, passkeys, device, phone)
    return phone


def register(
    family: Family,
    passkeys: Passkeys,
    device: Device,
    phone: Authenticator,
    name: str = "iPhone",
) -> None:
    answer = phone.create(passkeys.begin_adding(device=device, now=NOW))
    passkeys.add(answer, name, device=device, by=family.by(device.person_id), now=NOW)


def kind_of(refused: pytest.ExceptionInfo[PeopleError]) -> Fault:
    return refused.value.kind


def test_a_passkey_signs_its_person_in_without_a_name_typed(
    family: Family, passkeys: Passkeys, phone: Authenticator
) -> None:
    options = passkeys.begin_sign_in(now=NOW)
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert passkeys.sign_in(phone.get(options), now=NOW) == family.manager
    (seen,) = passkeys.of_person(family.manager)
    assert (seen.name, seen.used_at) == ("iPhone", NOW)
    assert family.deeds(What.ADD_PASSKEY) == [(None, "花子", {"name": "iPhone"})]


def test_an_answer_counts_once(passkeys: Passkeys, phone: Authenticator) -> None:
    answer = phone.get(passkeys.begin_sign_in(now=NOW))
    passkeys.sign_in(answer, now=NOW)
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(answer, now=NOW)
    assert kind_of(refused) is Fault.TOO_LATE


def test_an_answer_comes_within_five_minutes(passkeys: Passkeys, phone: Authenticator) -> None:
    answer = phone.get(passkeys.begin_sign_in(now=NOW))
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(answer, now=LATE)
    assert kind_of(refused) is Fault.TOO_LATE


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://portal.example.com"},
        {"origin": "http://localhost:8081"},
        {"type": "webauthn.create"},
        {"challenge": encoded(bytes(32))},
    ],
)
def test_an_answer_given_to_another_site_or_for_another_purpose_proves_nothing(
    passkeys: Passkeys, phone: Authenticator, changed: dict[str, Any]
) -> None:
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(phone.get(passkeys.begin_sign_in(now=NOW), **changed), now=NOW)
    assert kind_of(refused) in {Fault.PASSKEY, Fault.TOO_LATE}


def test_an_answer_for_another_host_proves_nothing(
    passkeys: Passkeys, phone: Authenticator
) -> None:
    options = passkeys.begin_sign_in(now=NOW) | {"rpId": "example.com"}
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(phone.get(options), now=NOW)
    assert kind_of(refused) is Fault.PASSKEY


def test_a_device_that_did_not_ask_for_finger_or_pin_proves_nothing(
    family: Family, passkeys: Passkeys, phone: Authenticator, device: Device
) -> None:
    phone.flags = PRESENT
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(phone.get(passkeys.begin_sign_in(now=NOW)), now=NOW)
    assert kind_of(refused) is Fault.PASSKEY
    with pytest.raises(PeopleError) as refused:
        register(family, passkeys, device, Authenticator(flags=PRESENT))
    assert kind_of(refused) is Fault.PASSKEY


def test_another_key_with_the_same_id_proves_nothing(
    passkeys: Passkeys, phone: Authenticator
) -> None:
    (key,) = phone.keys.values()
    forger = Authenticator()
    forger.create(
        {
            "authenticatorSelection": {"userVerification": "required", "residentKey": "required"},
            "pubKeyCredParams": [{"alg": -7}],
            "user": {"id": encoded(key.handle)},
            "rp": {"id": "localhost"},
            "challenge": "",
        }
    )
    (forged,) = forger.keys.values()
    forged.id, forged.count = key.id, 100
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(forger.get(passkeys.begin_sign_in(now=NOW)), now=NOW)
    assert kind_of(refused) is Fault.PASSKEY


def test_a_copy_of_a_passkey_that_counts_is_refused(
    passkeys: Passkeys, phone: Authenticator
) -> None:
    copy = phone.copy()
    for _ in range(2):
        passkeys.sign_in(phone.get(passkeys.begin_sign_in(now=NOW)), now=NOW)
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(copy.get(passkeys.begin_sign_in(now=NOW)), now=NOW)
    assert kind_of(refused) is Fault.PASSKEY


def test_a_passkey_that_does_not_count_signs_in_again_and_again(
    family: Family, passkeys: Passkeys, device: Device
) -> None:
    phone = Authenticator(counts=False)
    register(family, passkeys, device, phone)
    for _ in range(2):
        answer = phone.get(passkeys.begin_sign_in(now=NOW))
        assert passkeys.sign_in(answer, now=NOW) == family.manager


def test_another_persons_handle_is_refused(passkeys: Passkeys, phone: Authenticator) -> None:
    answer = json.loads(phone.get(passkeys.begin_sign_in(now=NOW)))
    answer["response"]["userHandle"] = encoded(bytes(64))
    with pytest.raises(PeopleError) as refused:
        passkeys.sign_in(json.dumps(answer), now=NOW)
    assert kind_of(refused) is Fault.PASSKEY


def test_a_passkey_is_added_by_the_device_that_asked_for_it(
    family: Family, passkeys: Passkeys, device: Device
) -> None:
    answer = Authenticator().create(passkeys.begin_adding(device=device, now=NOW))
    jiro = family.add("次郎", Role.MANAGER)
    for other in (family.device(jiro), family.device(family.manager)):
        with pytest.raises(PeopleError) as refused:
            passkeys.add(answer, "x", device=other, by=family.by(jiro), now=NOW)
        assert kind_of(refused) is Fault.TOO_LATE
    assert passkeys.of_person(jiro) == passkeys.of_person(family.manager) == ()


def test_a_passkey_that_somebody_has_cannot_be_registered_again(
    family: Family, passkeys: Passkeys, phone: Authenticator
) -> None:
    jiro = family.add("次郎", Role.VIEWER)
    device = family.device(jiro)
    options = passkeys.begin_adding(device=device, now=NOW)
    (key,) = phone.keys.values()
    thief = Authenticator()
    answer = json.loads(thief.create(options))
    (stolen,) = thief.keys.values()
    told = decoded(answer["response"]["attestationObject"]).replace(stolen.id, key.id)
    answer["id"] = answer["rawId"] = encoded(key.id)
    answer["response"]["attestationObject"] = encoded(told)
    with pytest.raises(PeopleError, match="registered already"):
        passkeys.add(json.dumps(answer), "x", device=device, by=family.by(jiro), now=NOW)
    assert passkeys.sign_in(phone.get(passkeys.begin_sign_in(now=NOW)), now=NOW) == family.manager


def test_who_is_signed_in_is_confirmed_by_a_passkey_of_their_own_only(
    family: Family, passkeys: Passkeys, phone: Authenticator, device: Device
) -> None:
    passkeys.confirm(
        phone.get(passkeys.begin_confirming(device=device, now=NOW)), device=device, now=NOW
    )
    jiro = family.device(family.add("次郎", Role.MANAGER))
    options = passkeys.begin_confirming(device=jiro, now=NOW)
    with pytest.raises(PeopleError, match="another person's"):
        passkeys.confirm(phone.get(options | {"allowCredentials": []}), device=jiro, now=NOW)


def test_several_passkeys_have_names_that_their_person_changes(
    family: Family, passkeys: Passkeys, phone: Authenticator, device: Device
) -> None:
    register(family, passkeys, device, Authenticator(), "iPad")
    first, second = passkeys.of_person(family.manager)
    passkeys.rename(second.id, "台所の iPad", person_id=family.manager)
    assert [one.name for one in passkeys.of_person(family.manager)] == ["iPhone", "台所の iPad"]
    jiro = family.add("次郎", Role.MANAGER)
    with pytest.raises(PeopleError) as renamed:
        passkeys.rename(first.id, "x", person_id=jiro)
    with pytest.raises(PeopleError) as removed:
        passkeys.remove(first.id, person_id=jiro, by=family.by(jiro), now=NOW)
    assert kind_of(renamed) is kind_of(removed) is Fault.NO_SUCH_PASSKEY


def test_a_removed_passkey_lets_nobody_in_and_the_last_stays(
    family: Family, passkeys: Passkeys, phone: Authenticator, device: Device
) -> None:
    by = family.by(family.manager)
    (first,) = passkeys.of_person(family.manager)
    with pytest.raises(PeopleError) as refused:
        passkeys.remove(first.id, person_id=family.manager, by=by, now=NOW)
    assert kind_of(refused) is Fault.LAST_WAY_IN
    register(family, passkeys, device, Authenticator(), "iPad")
    passkeys.remove(first.id, person_id=family.manager, by=by, now=NOW)
    with pytest.raises(PeopleError, match="was removed"):
        passkeys.sign_in(phone.get(passkeys.begin_sign_in(now=NOW)), now=NOW)
    assert family.deeds(What.REMOVE_PASSKEY) == [(None, "花子", {"name": "iPhone"})]


def test_the_last_passkey_goes_only_beside_a_password_with_its_second_factor(
    family: Family, passkeys: Passkeys, phone: Authenticator, device: Device
) -> None:
    by, person = family.by(family.manager), family.manager
    (only,) = passkeys.of_person(person)
    Passwords(family.database).set(person, MAIL, PASSWORD, by=by, now=NOW)
    with pytest.raises(PeopleError) as refused:
        passkeys.remove(only.id, person_id=person, by=by, now=NOW)
    assert kind_of(refused) is Fault.LAST_WAY_IN
    second = SecondFactor(family.database, KEY)
    offered = second.begin(device=device, now=NOW)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    passkeys.remove(only.id, person_id=person, by=by, now=NOW)
    assert passkeys.of_person(person) == ()


def test_nobody_has_passkeys_without_end(
    family: Family, passkeys: Passkeys, device: Device
) -> None:
    for _ in range(MAX_PASSKEYS):
        register(family, passkeys, device, Authenticator())
    with pytest.raises(PeopleError) as refused:
        passkeys.begin_adding(device=device, now=NOW)
    assert kind_of(refused) is Fault.TOO_MANY
