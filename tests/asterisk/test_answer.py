"""The answer a channel gets: channel variables that MSet can carry."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard import prompts
from callguard.asterisk.answer import (
    DEFAULT_SIP_CODE,
    SIP_CODES,
    answer,
    asked_family,
    family_telephones,
    mset,
    new_call_id,
)
from callguard.numbers import Caller, Origin
from callguard.screening import Action, Policy, Reason, Verdict
from callguard.screening.policy import Challenge, FamilyTelephone, Unanswered

CALLER = Caller(Origin.UNAVAILABLE)

every_verdict = pytest.mark.parametrize(
    ("action", "reason"), list(product(Action, Reason)), ids=lambda word: word.value
)
every_reason = pytest.mark.parametrize("reason", Reason, ids=lambda word: word.value)


def variables(action: Action, reason: Reason, **choices: bool) -> dict[str, str]:
    policy = Policy(consent=True, **choices)  # type: ignore[arg-type]
    return answer(Verdict(action, reason, CALLER), policy)


@every_verdict
@pytest.mark.parametrize("record", [True, False], ids=["recorded", "not recorded"])
@pytest.mark.parametrize("whisper", [True, False], ids=["whispered", "not whispered"])
class TestEveryVerdict:
    def test_can_be_carried_by_mset(
        self, action: Action, reason: Reason, record: bool, whisper: bool
    ) -> None:
        set_ = variables(action, reason, record=record, whisper=whisper)
        carried = dict(pair.split("=") for pair in mset(set_).split(","))
        assert carried == set_
        assert carried["CALLGUARD_ACTION"] == action.value
        assert carried["CALLGUARD_REASON"] == reason.value

    def test_names_prompts_that_exist_for_those_who_hear_them(
        self, action: Action, reason: Reason, record: bool, whisper: bool
    ) -> None:
        set_ = variables(action, reason, record=record, whisper=whisper)
        catalogue = prompts.load()
        if "CALLGUARD_PROMPT" in set_:
            assert catalogue[set_["CALLGUARD_PROMPT"]].to == "caller"
            assert catalogue[set_["CALLGUARD_PROMPT"]].audio().is_file()
        if "CALLGUARD_WHISPER" in set_:
            assert catalogue[set_["CALLGUARD_WHISPER"]].to == "subscriber"
            assert catalogue[set_["CALLGUARD_WHISPER"]].audio().is_file()


@every_reason
def test_a_refused_caller_hears_why_and_gets_a_sip_answer(reason: Reason) -> None:
    set_ = variables(Action.REJECT, reason)
    assert set_["CALLGUARD_PROMPT"].startswith("refused-")
    assert 400 <= int(set_["CALLGUARD_SIP_CODE"]) <= 699
    assert "CALLGUARD_WHISPER" not in set_
    assert "CALLGUARD_RECORD" not in set_


@every_reason
def test_a_warned_caller_hears_the_warning_and_gets_no_sip_answer(reason: Reason) -> None:
    set_ = variables(Action.WARN, reason)
    assert set_["CALLGUARD_PROMPT"] == "warning"
    assert set_["CALLGUARD_RECORD"] == "0"
    assert set_["CALLGUARD_WHISPER"].startswith("whisper-")
    assert "CALLGUARD_SIP_CODE" not in set_


@every_reason
@pytest.mark.parametrize("record", [True, False])
def test_a_challenged_caller_is_not_recorded_since_nothing_says_so(
    reason: Reason, record: bool
) -> None:
    set_ = variables(Action.CHALLENGE, reason, record=record)
    assert set_["CALLGUARD_CHALLENGE"] == "digit"
    assert set_["CALLGUARD_WHISPER"].startswith("whisper-")
    assert not {"CALLGUARD_PROMPT", "CALLGUARD_RECORD", "CALLGUARD_SIP_CODE"} & set(set_)


@every_reason
def test_recording_is_announced_if_and_only_if_the_call_is_recorded(reason: Reason) -> None:
    assert variables(Action.WARN, reason, record=True)["CALLGUARD_RECORD"] == "0"
    set_ = variables(Action.WARN, reason, record=True, recorded=True)
    assert set_["CALLGUARD_PROMPT"] == "warning-recorded"
    assert set_["CALLGUARD_RECORD"] == "1"


@every_reason
def test_a_household_may_do_without_the_whisper(reason: Reason) -> None:
    assert "CALLGUARD_WHISPER" not in variables(Action.WARN, reason, whisper=False)


@every_reason
def test_a_connected_call_is_left_alone(reason: Reason) -> None:
    assert set(variables(Action.CONNECT, reason, record=True)) == {
        "CALLGUARD_ACTION",
        "CALLGUARD_REASON",
    }


@pytest.mark.parametrize(
    ("reason", "prompt"),
    [
        (Reason.WITHHELD, "refused-withheld"),
        (Reason.PAYPHONE, "refused-payphone"),
        (Reason.UNAVAILABLE, "refused-unavailable"),
        (Reason.OVERSEAS, "refused-overseas"),
        (Reason.FRAUD_LIST, "refused-fraud-list"),
    ],
    ids=str,
)
def test_who_may_not_call_is_told_in_words_of_his_own(reason: Reason, prompt: str) -> None:
    assert variables(Action.REJECT, reason)["CALLGUARD_PROMPT"] == prompt


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.WITHHELD, "433"),  # Anonymity Disallowed
        (Reason.FRAUD_LIST, "607"),  # Unwanted
        (Reason.HOUSEHOLD_BLOCK, "607"),
        (Reason.OVERSEAS, "603"),  # Decline
        (Reason.MALFORMED, "603"),
    ],
    ids=str,
)
def test_the_sip_answers_as_shipped(reason: Reason, code: str) -> None:
    assert variables(Action.REJECT, reason)["CALLGUARD_SIP_CODE"] == code


@every_reason
def test_configured_sip_codes_win(reason: Reason) -> None:
    set_ = answer(Verdict(Action.REJECT, reason, CALLER), Policy(), {reason: 486})
    assert set_["CALLGUARD_SIP_CODE"] == "486"


def test_a_reason_without_a_sip_code_gets_the_default() -> None:
    set_ = answer(Verdict(Action.REJECT, Reason.OVERSEAS, CALLER), Policy(), SIP_CODES)
    assert set_["CALLGUARD_SIP_CODE"] == str(DEFAULT_SIP_CODE)


def test_a_call_id_tells_nothing_and_is_new_each_time() -> None:
    names = {new_call_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in names)


@pytest.mark.parametrize("character", ", \"\\\r\n\0${}[]();|&<>'`~^!?*@#%=還", ids=ascii)
def test_mset_carries_plain_words_only(character: str) -> None:
    with pytest.raises(ValueError, match="B cannot be sent to Asterisk"):
        mset({"A": "plain", "B": f"a{character}b"})


@given(st.dictionaries(st.sampled_from("ABC"), st.text(max_size=8)))
def test_mset_carries_values_as_they_are_or_not_at_all(values: dict[str, str]) -> None:
    try:
        line = mset(values)
    except ValueError:
        assert any(not re.fullmatch("[A-Za-z0-9.:_/+-]*", value) for value in values.values())
    else:
        pairs = [pair.split("=") for pair in line.split(",")] if values else []
        assert dict(pairs) == values


FAMILY = (FamilyTelephone(12, 819099990001), FamilyTelephone(7, 442079460123))
CHALLENGED = Verdict(Action.CHALLENGE, Reason.UNLISTED, CALLER)


def test_whom_to_ask_goes_with_the_verdict() -> None:
    policy = Policy(consent=True, challenge=Challenge.FAMILY, family=FAMILY)
    assert asked_family(CHALLENGED, policy) == (
        ",CALLGUARD_UNANSWERED=name,CALLGUARD_FAMILY=12:09099990001-7:010442079460123"
        ",CALLGUARD_ASK_ORDER=in-turn,CALLGUARD_ASK_SECONDS=25"
    )
    nobody = Policy(consent=True, challenge=Challenge.FAMILY, ask_unanswered=Unanswered.WARN)
    assert asked_family(CHALLENGED, nobody) == ",CALLGUARD_UNANSWERED=warn"


@pytest.mark.parametrize("action", [Action.REJECT, Action.WARN, Action.CONNECT])
def test_the_family_is_asked_about_challenged_callers_only(action: Action) -> None:
    policy = Policy(consent=True, challenge=Challenge.FAMILY, family=FAMILY)
    assert asked_family(Verdict(action, Reason.UNLISTED, CALLER), policy) == ""
    assert asked_family(CHALLENGED, Policy(consent=True, family=FAMILY)) == ""


@given(
    family=st.lists(
        st.builds(FamilyTelephone, st.integers(1, 10**9), st.integers(10**6, 10**15 - 1)),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_numbers_they_are_digits_that_mset_can_carry(
    family: list[FamilyTelephone],
) -> None:
    told = family_telephones(Policy(consent=True, family=tuple(family)))
    carried = dict(pair.split("=") for pair in told.removeprefix(",").split(","))
    telephones = [one.split(":") for one in carried["CALLGUARD_FAMILY"].split("-")]
    assert [int(one) for one, _ in telephones] == [one.id for one in family]
    assert all(re.fullmatch("0[0-9]{4,18}", number) for _, number in telephones)
