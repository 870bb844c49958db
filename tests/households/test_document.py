"""A policy as a document: what is written is what is read."""

import json
from dataclasses import fields
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.households.document import (
    ACTIONS,
    NUMBERS,
    SWITCHES,
    decode,
    encode,
    quiet_hours,
    settings_from_json,
    settings_to_json,
)
from callguard.screening import Action, Entry, Policy, QuietHours
from callguard.screening.policy import AskOrder, Challenge, FamilyTelephone, Unanswered

actions = st.sampled_from(Action)
moments = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
entries = st.dictionaries(
    st.integers(110, 10**15),
    st.builds(
        Entry,
        moments,
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        st.none() | moments,
    ),
    max_size=5,
)
policies = st.builds(
    Policy,
    consent=st.booleans(),
    withheld=actions,
    payphone=actions,
    unavailable=actions,
    overseas=actions,
    malformed=actions,
    fraud_list=actions,
    unlisted=actions,
    countries=st.frozensets(st.sampled_from(["US", "CA", "GB", "BR"])),
    allowlist_only=st.booleans(),
    quiet_hours=st.none() | st.builds(QuietHours, minutes, minutes),
    callback_minutes=st.integers(0, 1440),
    whisper=st.booleans(),
    record=st.booleans(),
    cut_listed_calls=st.booleans(),
    challenge=st.sampled_from(Challenge),
    ask_order=st.sampled_from(AskOrder),
    ask_unanswered=st.sampled_from(Unanswered),
    ask_seconds=st.integers(10, 60),
    family_key=st.booleans(),
    long_call_minutes=st.integers(0, 240),
    family=st.lists(
        st.builds(FamilyTelephone, st.integers(1, 10**9), st.integers(110, 10**15)), max_size=4
    ).map(tuple),
    allow=entries,
    block=entries,
    expected=st.dictionaries(st.sampled_from(["JP", "US", "GB"]), moments),
)


@given(policy=policies)
def test_a_policy_is_read_as_it_was_written(policy: Policy) -> None:
    assert decode(encode(policy)) == policy


@given(policy=policies)
def test_settings_are_read_as_they_were_written(policy: Policy) -> None:
    written = settings_to_json(policy)
    assert settings_to_json(Policy(**settings_from_json(written))) == written
    assert json.loads(json.dumps(written)) == written


def test_every_field_of_a_policy_is_a_setting_consent_or_a_list() -> None:
    known = {*settings_to_json(Policy()), "consent", "logged", "recorded", "expected"}
    known |= {"allow", "block", "family", "moved"}
    assert known == {field.name for field in fields(Policy) if field.init}
    assert {*ACTIONS, *SWITCHES, *NUMBERS} < known


def test_a_document_without_a_setting_has_its_default() -> None:
    assert decode('{"consent": true, "allow": {}, "block": {}}') == Policy(consent=True)
    assert settings_from_json({}) == {}


@pytest.mark.parametrize("consent", ['"true"', "1", "null", "false", "[true]"])
def test_nothing_but_true_is_consent(consent: str) -> None:
    assert not decode(f'{{"consent": {consent}, "allow": {{}}, "block": {{}}}}').consent


def test_a_setting_of_a_later_version_is_passed_over() -> None:
    document = '{"consent": true, "allow": {}, "block": {}, "robots": "reject"}'
    assert decode(document) == Policy(consent=True)


@pytest.mark.parametrize("text", ["22:30-07:00", " 22:30 - 07:00 ", "2230-07", "22:30-0700"])
def test_quiet_hours_are_read(text: str) -> None:
    assert quiet_hours(text) == QuietHours(time(22, 30), time(7))


@pytest.mark.parametrize("text", ["", "-", "22:00", "22:00-", "-07:00", "night", "22:00-24:30"])
def test_what_is_not_two_times_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|must be in"):
        quiet_hours(text)


def test_a_document_without_consent_to_a_log_of_calls_keeps_none() -> None:
    policy = Policy(consent=True, logged=True, recorded=True)
    assert decode(encode(policy)) == policy
    assert not decode('{"consent": true, "allow": {}, "block": {}}').logged
