"""What a passkey's answer must be to hold; strangers send anything."""

import json
import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.people.bearer import new_token
from callguard.people.errors import Fault, PeopleError
from callguard.people.relying_party import (
    MAX_ANSWER,
    NewPasskey,
    RelyingParty,
    challenge_of,
    read_assertion,
)

from .authenticator import Authenticator, decoded, encoded

PARTY = RelyingParty.of("https://portal.example.jp")
CHALLENGE = new_token()
OPTIONS = PARTY.registration(CHALLENGE, handle=bytes(64), name="花子", known=[])
PHONE = Authenticator(origin="https://portal.example.jp", counts=False)
REGISTERED = PHONE.create(OPTIONS)
PASSKEY = PARTY.verify_registration(REGISTERED, CHALLENGE)
ANSWER = PHONE.get(PARTY.authentication(CHALLENGE, known=[]))


def verify(answer: str) -> int:
    read = read_assertion(answer)
    if read.challenge != CHALLENGE:
        raise PeopleError(Fault.TOO_LATE, "no such ceremony")
    return PARTY.verify_assertion(read, public_key=PASSKEY.public_key, sign_count=0)


def test_an_honest_answer_holds() -> None:
    assert isinstance(PASSKEY, NewPasskey)
    assert verify(ANSWER) == 0


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("http://localhost:8080", "localhost", "http://localhost:8080"),
        ("https://portal.example.jp/", "portal.example.jp", "https://portal.example.jp"),
        ("https://Portal.Example.JP:443", "portal.example.jp", "https://portal.example.jp"),
        ("https://portal.example.jp:8443", "portal.example.jp", "https://portal.example.jp:8443"),
        ("http://[::1]:8080", "::1", "http://[::1]:8080"),
    ],
)
def test_a_portal_is_known_by_host_and_origin(url: str, host: str, origin: str) -> None:
    assert RelyingParty.of(url) == RelyingParty(host, origin)


@pytest.mark.parametrize("url", ["", "portal.example.jp", "ftp://portal.example.jp", "https://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        RelyingParty.of(url)


def test_what_the_browser_is_asked_is_json() -> None:
    assert json.loads(json.dumps(OPTIONS))["challenge"] == CHALLENGE
    known = [secrets.token_bytes(32)]
    asked = PARTY.authentication(CHALLENGE, known=known)
    assert [
        decoded(one["id"]) for one in json.loads(json.dumps(asked))["allowCredentials"]
    ] == known


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    ).map(json.dumps),
)


@given(answer=HOSTILE)
def test_whatever_is_sent_as_an_answer_is_refused_in_words(answer: str) -> None:
    for read in (read_assertion, challenge_of, verify):
        with pytest.raises(PeopleError) as refused:
            read(answer)
        assert "\n" not in str(refused.value)
    with pytest.raises(PeopleError):
        PARTY.verify_registration(answer, CHALLENGE)


@given(
    part=st.sampled_from(["authenticatorData", "clientDataJSON", "signature"]),
    place=st.integers(0, 10_000),
    flip=st.integers(1, 255),
)
def test_an_answer_changed_in_any_byte_is_refused(part: str, place: int, flip: int) -> None:
    with pytest.raises(PeopleError):
        verify(changed(ANSWER, part, place, flip))


@given(
    part=st.sampled_from(["attestationObject", "clientDataJSON"]),
    place=st.integers(0, 10_000),
    flip=st.integers(1, 255),
)
def test_a_registration_changed_in_any_byte_is_refused_or_harmless(
    part: str, place: int, flip: int
) -> None:
    try:
        new = PARTY.verify_registration(changed(REGISTERED, part, place, flip), CHALLENGE)
    except PeopleError:
        return
    assert len(new.credential) >= 16


@given(content=st.binary(max_size=300))
def test_any_bytes_as_attestation_are_refused(content: bytes) -> None:
    answer = json.loads(REGISTERED)
    answer["response"]["attestationObject"] = encoded(content)
    with pytest.raises(PeopleError):
        PARTY.verify_registration(json.dumps(answer), CHALLENGE)


@pytest.mark.parametrize(
    "answer", ["[" * 10_000_000, "[" * (MAX_ANSWER - 1), "\ud800", "null", '{"id": 1}']
)
def test_what_is_huge_or_nested_deeply_is_refused(answer: str) -> None:
    with pytest.raises(PeopleError) as refused:
        read_assertion(answer)
    assert refused.value.kind is Fault.PASSKEY


def changed(answer: str, part: str, place: int, flip: int) -> str:
    told: dict[str, Any] = json.loads(answer)
    content = bytearray(decoded(told["response"][part]))
    content[place % len(content)] ^= flip
    told["response"][part] = encoded(bytes(content))
    return json.dumps(told)
