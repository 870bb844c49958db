"""Consent: to each purpose by itself, kept as a record, revoked at once."""

import hashlib
from datetime import timedelta

import pytest

from callguard.households.consent import Given
from callguard.households.consent_text import VERSION, Purpose, consent_text
from callguard.households.errors import Fault, HouseholdError
from callguard.screening import Action, Policy
from callguard.trail import Doer

from .conftest import DAUGHTER, DOCTOR, NOW, Household

LATER = NOW + timedelta(days=1)
MOTHER = Doer("母", address="192.0.2.9")
EVERYTHING = frozenset(Purpose)


def test_revoked_consent_stops_screening_at_once(home: Household, other: Household) -> None:
    assert home.policy().consent
    home.consents.revoke(home.id, by=DAUGHTER, now=NOW)
    assert not home.policy().consent
    assert home.consents.in_force(home.id) == frozenset()
    assert other.consents.in_force(other.id) == EVERYTHING
    home.consents.give(home.id, EVERYTHING, given_by="daughter", by=DAUGHTER, now=NOW)
    assert home.policy().consent


def test_a_purpose_is_revoked_by_itself(home: Household) -> None:
    home.consents.revoke(home.id, {Purpose.LOGGING}, by=DAUGHTER, now=NOW)
    left = {Purpose.SCREENING, Purpose.RECORDING, Purpose.NOTICES}
    assert home.consents.in_force(home.id) == left
    assert home.policy().consent


@pytest.mark.parametrize("purpose", [Purpose.RECORDING, Purpose.LOGGING, Purpose.SCREENING])
def test_nothing_is_recorded_without_each_of_three_consents(
    home: Household, purpose: Purpose
) -> None:
    assert home.policy().recorded
    home.consents.revoke(home.id, {purpose}, by=DAUGHTER, now=NOW)
    assert not home.policy().recorded


def test_without_screening_the_rest_ends_too(home: Household) -> None:
    home.consents.revoke(home.id, {Purpose.SCREENING}, by=DAUGHTER, now=NOW)
    assert home.consents.in_force(home.id) == frozenset()
    with pytest.raises(HouseholdError) as caught:
        home.consents.give(home.id, {Purpose.LOGGING}, given_by="mother", by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.NO_CONSENT
    assert home.consents.in_force(home.id) == frozenset()


def test_every_consent_is_kept_as_a_record(home: Household) -> None:
    home.consents.give(home.id, EVERYTHING, given_by="mother", by=DAUGHTER, now=LATER)  # in force
    home.consents.revoke(home.id, by=MOTHER, now=LATER)
    home.consents.revoke(home.id, by=DAUGHTER, now=LATER + timedelta(days=1))  # nothing is
    home.consents.give(
        home.id,
        {Purpose.SCREENING},
        given_by="mother",
        evidence="form 12\nsigned",
        by=DAUGHTER,
        now=LATER,
    )
    (newest, *before) = home.consents.history(home.id)
    assert newest == Given(
        Purpose.SCREENING, VERSION, "mother", "form 12\nsigned", "", LATER, None, ""
    )
    assert {one.purpose for one in before} == EVERYTHING
    assert {(one.given_by, one.given_at, one.revoked_at, one.revoked_by) for one in before} == {
        ("subscriber", NOW, LATER, "母")
    }
    assert [(who, what) for who, what, _ in home.deeds()] == [
        ("母", "revoke-consent"),
        ("娘", "give-consent"),
    ]


def test_settings_and_lists_outlive_a_revocation(home: Household) -> None:
    home.settings.change(home.id, {"payphone": "reject"}, by=DAUGHTER, now=NOW)
    home.lists.put(home.id, DOCTOR, allowed=True, by=DAUGHTER, now=NOW)
    home.consents.revoke(home.id, by=DAUGHTER, now=NOW)
    home.consents.give(home.id, EVERYTHING, given_by="mother", by=DAUGHTER, now=NOW)
    assert home.policy().payphone is Action.REJECT
    assert DOCTOR in home.policy().allow


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_text_speaks_of_each_purpose_and_of_revoking(language: str) -> None:
    text = consent_text(language)
    assert set(text.purposes) == EVERYTHING
    assert text.version == VERSION
    assert all(words.title and words.text for words in text.purposes.values())
    assert {"ja": "取り消", "en": "revoke"}[language] in text.revoking
    assert {"ja": "通信の秘密", "en": "secret of communication"}[language] in text.introduction


@pytest.mark.parametrize(
    ("language", "said"),
    [("ja", "お選びになったものだけを録音"), ("en", "Only what you switch on")],
)
def test_the_text_says_when_what_is_said_is_recorded(language: str, said: str) -> None:
    assert not Policy().record
    assert not Policy().messages
    purposes = consent_text(language).purposes
    assert said in purposes[Purpose.RECORDING].text
    assert f"{Policy().recording_days}" in purposes[Purpose.RECORDING].text
    everything = "".join(words.text for words in purposes.values())
    assert "お話の内容は記録しません" not in everything
    assert "is not recorded" not in everything


def test_other_words_are_another_version() -> None:
    words = repr([consent_text(language) for language in ("ja", "en")]).encode()
    known = {"2026-11-27.3": "bb25a9b1d053ffda"}
    assert known[VERSION] == hashlib.sha256(words).hexdigest()[:16]
