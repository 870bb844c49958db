"""The verdict as a whole: the order of the rules, and what holds for every call."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Caller, CallerID, Kind, Origin, classify
from callguard.screening import RULES, Action, Call, Entry, Policy, QuietHours, Reason, screen
from callguard.screening.policy import NO_CONSENT

from .samples import (
    CANADA,
    DAY,
    DISCLOSED,
    DOCTOR,
    IMPOSSIBLE,
    MINUTE,
    NOTHING_LISTED,
    NOW,
    PAYPHONE,
    POLICE,
    UNAVAILABLE,
    UNITED_STATES,
    WITHHELD,
    Listed,
    PoliceList,
    calling,
    entries,
    listed,
    number_of,
    outcome,
    policy,
)

NIGHT = QuietHours(time(22), time(7))
EVENING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 22:00 in Japan
ALWAYS = QuietHours(time(0), time(23, 59))


def test_the_rules_stand_in_the_order_that_households_agreed_to() -> None:
    assert [rule.reason for rule in RULES] == [
        Reason.NO_CONSENT,
        Reason.MOVED,
        Reason.EMERGENCY_CALLBACK,
        Reason.HOUSEHOLD_BLOCK,
        Reason.PROTECTED_NUMBER,
        Reason.FRAUD_LIST,
        Reason.HOUSEHOLD_ALLOW,
        Reason.WITHHELD,
        Reason.PAYPHONE,
        Reason.UNAVAILABLE,
        Reason.OVERSEAS,
        Reason.MALFORMED,
        Reason.ALLOWLIST_ONLY,
        Reason.QUIET_HOURS,
        Reason.BURST,
        Reason.UNLISTED,
    ]


@dataclass(frozen=True)
class Pair:
    """A call on which two rules speak: the first is the one that must decide."""

    first: Reason
    second: Reason
    caller: Caller
    policy: Policy
    police: PoliceList = NOTHING_LISTED
    dialled: datetime | None = None

    def __str__(self) -> str:
        return f"{self.first} before {self.second}"


PROTECTED_DOCTOR = replace(listed(DOCTOR), protected=frozenset({number_of(DOCTOR)}))
ALLOWED_BEFORE = entries(DOCTOR, at=NOW - 2 * DAY)

PAIRS = [
    Pair(
        Reason.NO_CONSENT, Reason.EMERGENCY_CALLBACK, WITHHELD, Policy(consent=False), dialled=NOW
    ),
    Pair(Reason.NO_CONSENT, Reason.HOUSEHOLD_BLOCK, DOCTOR, Policy(block=entries(DOCTOR))),
    Pair(
        Reason.EMERGENCY_CALLBACK,
        Reason.HOUSEHOLD_BLOCK,
        DOCTOR,
        policy(block=entries(DOCTOR)),
        dialled=NOW,
    ),
    Pair(
        Reason.EMERGENCY_CALLBACK, Reason.FRAUD_LIST, DOCTOR, policy(), listed(DOCTOR), dialled=NOW
    ),
    Pair(Reason.EMERGENCY_CALLBACK, Reason.PROTECTED_NUMBER, POLICE, policy(), dialled=NOW),
    Pair(
        Reason.HOUSEHOLD_BLOCK,
        Reason.PROTECTED_NUMBER,
        DOCTOR,
        policy(block=entries(DOCTOR)),
        PROTECTED_DOCTOR,
    ),
    Pair(
        Reason.HOUSEHOLD_BLOCK,
        Reason.FRAUD_LIST,
        DOCTOR,
        policy(block=entries(DOCTOR)),
        listed(DOCTOR),
    ),
    Pair(
        Reason.HOUSEHOLD_BLOCK,
        Reason.HOUSEHOLD_ALLOW,
        DOCTOR,
        policy(block=entries(DOCTOR), allow=entries(DOCTOR)),
    ),
    Pair(Reason.PROTECTED_NUMBER, Reason.FRAUD_LIST, POLICE, policy(), listed(POLICE)),
    Pair(
        Reason.PROTECTED_NUMBER,
        Reason.HOUSEHOLD_ALLOW,
        DOCTOR,
        policy(allow=ALLOWED_BEFORE),
        PROTECTED_DOCTOR,
    ),
    Pair(
        Reason.FRAUD_LIST,
        Reason.HOUSEHOLD_ALLOW,
        DOCTOR,
        policy(allow=ALLOWED_BEFORE),
        listed(DOCTOR),
    ),
    Pair(
        Reason.FRAUD_LIST,
        Reason.WITHHELD,
        DISCLOSED,
        policy(),
        PoliceList({81422990003: Listed()}),
    ),
    Pair(Reason.FRAUD_LIST, Reason.OVERSEAS, CANADA, policy(), listed(CANADA)),
    Pair(Reason.FRAUD_LIST, Reason.MALFORMED, IMPOSSIBLE, policy(), listed(IMPOSSIBLE)),
    Pair(Reason.HOUSEHOLD_ALLOW, Reason.OVERSEAS, CANADA, policy(allow=entries(CANADA))),
    Pair(Reason.HOUSEHOLD_ALLOW, Reason.MALFORMED, IMPOSSIBLE, policy(allow=entries(IMPOSSIBLE))),
    Pair(
        Reason.HOUSEHOLD_ALLOW,
        Reason.ALLOWLIST_ONLY,
        DOCTOR,
        policy(allow=entries(DOCTOR), allowlist_only=True),
    ),
    Pair(
        Reason.HOUSEHOLD_ALLOW,
        Reason.QUIET_HOURS,
        DOCTOR,
        policy(allow=entries(DOCTOR), quiet_hours=ALWAYS),
    ),
    Pair(Reason.WITHHELD, Reason.ALLOWLIST_ONLY, WITHHELD, policy(allowlist_only=True)),
    Pair(
        Reason.PAYPHONE,
        Reason.ALLOWLIST_ONLY,
        PAYPHONE,
        policy(payphone=Action.REJECT, allowlist_only=True),
    ),
    Pair(Reason.UNAVAILABLE, Reason.QUIET_HOURS, UNAVAILABLE, policy(quiet_hours=ALWAYS)),
    Pair(Reason.OVERSEAS, Reason.QUIET_HOURS, CANADA, policy(quiet_hours=ALWAYS)),
    Pair(Reason.MALFORMED, Reason.ALLOWLIST_ONLY, IMPOSSIBLE, policy(allowlist_only=True)),
    Pair(
        Reason.ALLOWLIST_ONLY,
        Reason.QUIET_HOURS,
        DOCTOR,
        policy(allowlist_only=True, quiet_hours=ALWAYS),
    ),
    Pair(Reason.QUIET_HOURS, Reason.UNLISTED, DOCTOR, policy(quiet_hours=ALWAYS)),
]


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_where_two_rules_speak_the_earlier_one_decides(pair: Pair) -> None:
    call = Call(pair.caller, pair.dialled)
    spoken = {
        rule.reason: rule.decide(call, pair.policy, pair.police, NOW)
        for rule in RULES
        if rule.reason in {pair.first, pair.second}
    }
    assert spoken[pair.first] is not None
    assert spoken[pair.second] is not None
    assert screen(call, pair.policy, pair.police, NOW) == spoken[pair.first]


@pytest.mark.parametrize("caller", [WITHHELD, PAYPHONE, UNAVAILABLE, CANADA, IMPOSSIBLE])
def test_a_caller_is_of_one_kind_so_those_rules_never_compete(caller: Caller) -> None:
    kinds = RULES[7:12]
    spoken = [rule for rule in kinds if rule.decide(Call(caller), policy(), NOTHING_LISTED, NOW)]
    assert len(spoken) == 1


# The field, call by call.


def test_a_line_that_no_household_signed_up_is_connected() -> None:
    assert outcome(WITHHELD, NO_CONSENT) == (Action.CONNECT, "no-consent")


def test_an_unknown_domestic_caller_is_warned() -> None:
    assert outcome(DOCTOR) == (Action.WARN, "unlisted")


def test_an_allowlist_entry_confirmed_after_the_listing_is_connected() -> None:
    choices = policy(allow=entries(DOCTOR, at=NOW - MINUTE))
    assert outcome(DOCTOR, choices, listed(DOCTOR)) == (Action.CONNECT, "household-allow")


def test_an_allowlist_entry_made_before_the_listing_is_refused() -> None:
    choices = policy(allow=ALLOWED_BEFORE)
    assert outcome(DOCTOR, choices, listed(DOCTOR)) == (Action.REJECT, "fraud-list")


def test_an_expired_allowlist_entry_is_a_number_like_others() -> None:
    choices = policy(allow=entries(DOCTOR, until=NOW))
    assert outcome(DOCTOR, choices) == (Action.WARN, "unlisted")
    choices = policy(allow=entries(DOCTOR, until=NOW), allowlist_only=True)
    assert outcome(DOCTOR, choices) == (Action.REJECT, "allowlist-only")


def test_an_expired_block_is_a_number_like_others() -> None:
    assert outcome(DOCTOR, policy(block=entries(DOCTOR, until=NOW))) == (Action.WARN, "unlisted")


def test_a_spoofed_hospital_is_warned_and_still_warned_at_night() -> None:
    for choices in (policy(), policy(allowlist_only=True, quiet_hours=ALWAYS)):
        assert outcome(DOCTOR, choices, PROTECTED_DOCTOR) == (Action.WARN, "protected-number")


def test_a_protected_number_that_nobody_listed_is_allowed_like_others() -> None:
    police = PoliceList(protected=frozenset({number_of(DOCTOR)}))
    assert outcome(DOCTOR, police=police) == (Action.WARN, "unlisted")
    assert outcome(DOCTOR, policy(allow=entries(DOCTOR)), police)[0] is Action.CONNECT


@pytest.mark.parametrize("service", ["110", "118", "119"])
def test_an_emergency_service_is_never_refused(service: str) -> None:
    caller = calling(service)
    for choices in (
        policy(),
        policy(block=entries(caller)),
        policy(allowlist_only=True, quiet_hours=ALWAYS),
        policy(unlisted=Action.REJECT, fraud_list=Action.REJECT, malformed=Action.REJECT),
    ):
        assert outcome(caller, choices, listed(caller)) == (Action.WARN, "protected-number")


def test_the_ending_0110_is_no_reason_to_trust() -> None:
    assert outcome(calling("0422990110"))[0] is Action.WARN
    assert outcome(calling("+2952570110")) == (Action.REJECT, "overseas")
    assert outcome(calling("+81110")) == (Action.REJECT, "malformed")


@pytest.mark.parametrize("setting", ["withheld", "payphone", "unavailable"])
@pytest.mark.parametrize("action", [Action.WARN, Action.CONNECT])
def test_a_kind_that_is_let_through_is_still_refused_in_closed_hours(
    setting: str, action: Action
) -> None:
    caller = Caller(Origin(setting))
    choices = {setting: action}
    assert outcome(caller, policy(**choices)) == (action, setting)
    assert outcome(caller, policy(**choices, allowlist_only=True)) == (
        Action.REJECT,
        "allowlist-only",
    )
    at_night = policy(**choices, quiet_hours=NIGHT)
    assert outcome(caller, at_night, now=EVENING) == (Action.REJECT, "quiet-hours")
    assert outcome(caller, at_night) == (action, setting)


@pytest.mark.parametrize("action", [Action.WARN, Action.CONNECT])
def test_a_listed_number_that_is_let_through_is_still_refused_in_closed_hours(
    action: Action,
) -> None:
    choices = policy(fraud_list=action, allowlist_only=True)
    assert outcome(DOCTOR, choices, listed(DOCTOR)) == (Action.REJECT, "allowlist-only")


def test_a_listed_number_that_is_let_through_does_not_ring_as_if_it_were_allowed() -> None:
    choices = policy(fraud_list=Action.WARN, allow=ALLOWED_BEFORE)
    assert outcome(DOCTOR, choices, listed(DOCTOR)) == (Action.WARN, "fraud-list")


@pytest.mark.parametrize("closed", [{"allowlist_only": True}, {"quiet_hours": ALWAYS}])
def test_a_listed_number_of_the_allowlist_is_warned_about_in_closed_hours_too(
    closed: dict[str, object],
) -> None:
    choices = policy(fraud_list=Action.WARN, allow=ALLOWED_BEFORE, **closed)
    assert outcome(DOCTOR, choices, listed(DOCTOR)) == (Action.WARN, "fraud-list")


# Countries.


def test_a_caller_from_an_allowed_country_is_screened_like_a_domestic_one() -> None:
    america = {"countries": frozenset({"US"})}
    assert outcome(UNITED_STATES, policy(**america)) == (Action.WARN, "unlisted")
    assert outcome(UNITED_STATES, policy(**america, unlisted=Action.CONNECT))[0] is Action.CONNECT
    assert outcome(UNITED_STATES, policy(**america, allowlist_only=True)) == (
        Action.REJECT,
        "allowlist-only",
    )
    assert outcome(UNITED_STATES, policy(**america, quiet_hours=NIGHT), now=EVENING) == (
        Action.REJECT,
        "quiet-hours",
    )
    assert outcome(UNITED_STATES, policy(**america), listed(UNITED_STATES)) == (
        Action.REJECT,
        "fraud-list",
    )


def test_allowing_the_united_states_does_not_allow_canada() -> None:
    america = policy(countries=frozenset({"US"}))
    assert outcome(CANADA, america) == (Action.REJECT, "overseas")
    assert outcome(calling("+442071234567"), america) == (Action.REJECT, "overseas")


def test_allowing_the_united_states_does_not_allow_a_carriers_prefix_that_looks_like_it() -> None:
    # 001, a carrier's old prefix, then 44: the United Kingdom.
    assert outcome(calling("001442071234567"), policy(countries=frozenset({"US"}))) == (
        Action.REJECT,
        "overseas",
    )


# The call-back window.


@pytest.mark.parametrize(
    ("dialled", "open_"),
    [
        (NOW, True),
        (NOW - 60 * MINUTE + timedelta(seconds=1), True),
        (NOW - 60 * MINUTE, False),
        (NOW + MINUTE, True),  # the clock was set back by a minute since
        (NOW + 3 * MINUTE, False),
        (None, False),
    ],
)
def test_the_callback_window(dialled: datetime | None, open_: bool) -> None:
    choices = policy(block=entries(DOCTOR), allowlist_only=True)
    expected = (
        (Action.CONNECT, "emergency-callback") if open_ else (Action.REJECT, "household-block")
    )
    assert outcome(DOCTOR, choices, listed(DOCTOR), emergency_dialled_at=dialled) == expected


# What holds for every call.

actions = st.sampled_from([Action.REJECT, Action.WARN, Action.CONNECT])
callers = st.one_of(
    st.sampled_from(
        [
            DOCTOR,
            WITHHELD,
            PAYPHONE,
            UNAVAILABLE,
            UNITED_STATES,
            CANADA,
            IMPOSSIBLE,
            POLICE,
            DISCLOSED,
        ]
    ),
    st.builds(CallerID, number=st.text(max_size=20) | st.text("0123456789+", max_size=16)).map(
        classify
    ),
)
numbers = st.sampled_from(
    [81422990001, 81422990003, 12025550123, 14165550123, 81312345678, 110, 118, 119]
)
recent = st.integers(1_704_067_200, 1_830_000_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)
entry_lists = st.dictionaries(
    numbers, st.builds(Entry, recent, name=st.text(max_size=3), expires_at=st.none() | recent)
)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
policies = st.builds(
    Policy,
    consent=st.sampled_from([True, True, True, False]),
    withheld=actions,
    payphone=actions,
    unavailable=actions,
    overseas=actions,
    malformed=actions,
    fraud_list=actions,
    unlisted=actions,
    countries=st.frozensets(st.sampled_from(["US", "CA", "GB"])),
    allowlist_only=st.booleans(),
    quiet_hours=st.none() | st.builds(QuietHours, times, times),
    callback_minutes=st.sampled_from([0, 1, 60, 1440]),
    allow=entry_lists,
    block=entry_lists,
)
police_lists = st.builds(
    PoliceList,
    st.dictionaries(numbers, st.builds(Listed, recent)),
    st.frozensets(numbers),
)


def in_callback_window(since_dialled: timedelta | None, choices: Policy) -> bool:
    if since_dialled is None or not choices.callback_minutes:
        return False
    return -2 * MINUTE <= since_dialled < choices.callback_minutes * MINUTE


@given(
    caller=callers,
    choices=policies,
    police=police_lists,
    now=recent,
    since_dialled=st.none() | st.timedeltas(timedelta(minutes=-5), timedelta(days=2)),
)
def test_every_call_gets_one_verdict_and_always_the_same(
    caller: Caller,
    choices: Policy,
    police: PoliceList,
    now: datetime,
    since_dialled: timedelta | None,
) -> None:
    dialled = None if since_dialled is None else now - since_dialled
    call = Call(caller, dialled)
    verdict = screen(call, choices, police, now)
    assert screen(call, choices, police, now) == verdict
    assert verdict.caller == caller
    spoken = (rule.decide(call, choices, police, now) for rule in RULES)
    assert next(found for found in spoken if found is not None) == verdict
    if verdict.action is Action.REJECT:
        assert choices.consent
        assert caller.kind is not Kind.EMERGENCY
        assert not in_callback_window(since_dialled, choices)
    if caller.disclosed is not None:
        assert str(caller.disclosed.number) not in repr(verdict)
        assert str(caller.disclosed.number) not in str(verdict.to_json())


@given(caller=callers, choices=policies, police=police_lists, now=recent)
def test_a_household_closed_to_strangers_rings_for_the_family_and_public_services_only(
    caller: Caller, choices: Policy, police: PoliceList, now: datetime
) -> None:
    verdict = screen(Call(caller), replace(choices, consent=True, allowlist_only=True), police, now)
    if verdict.action is not Action.REJECT:
        assert verdict.reason in {Reason.HOUSEHOLD_ALLOW, Reason.PROTECTED_NUMBER}


def test_a_listing_on_trial_is_evidence_and_refuses_nobody() -> None:
    police = PoliceList(trial={number_of(DOCTOR): Listed()})
    verdict = screen(Call(DOCTOR), policy(), police, NOW)
    assert (verdict.action, verdict.reason) == (Action.WARN, Reason.UNLISTED)
    assert verdict.evidence["on_trial"]["source"] == "tokyo"


@pytest.mark.parametrize(
    "household", [Policy(consent=False), policy(block=entries(DOCTOR))], ids=["silent", "refused"]
)
def test_a_listing_on_trial_adds_nothing_to_a_refusal_nor_without_consent(
    household: Policy,
) -> None:
    police = PoliceList(trial={number_of(DOCTOR): Listed()})
    assert "on_trial" not in screen(Call(DOCTOR), household, police, NOW).evidence


def test_households_that_chose_alike_share_what_is_asked_of_their_calls() -> None:
    one, other = policy(), policy(allow=entries(DOCTOR))
    for each in (one, other, policy()):
        screen(Call(DOCTOR), each, NOTHING_LISTED, NOW)
    assert one.judges is not other.judges
    assert policy() == one  # whatever has been found out about it
    moved_in = one.with_lists(entries(DOCTOR), {})
    assert screen(Call(DOCTOR), moved_in, NOTHING_LISTED, NOW).reason is Reason.HOUSEHOLD_ALLOW
