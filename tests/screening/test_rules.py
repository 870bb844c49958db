"""Each rule: when it speaks, when it is silent, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from callguard.numbers import Caller, Disclosed, Kind, Origin
from callguard.screening import (
    RULES,
    Action,
    Call,
    Entry,
    Policy,
    QuietHours,
    Reason,
    Verdict,
)

from .samples import (
    CANADA,
    DAY,
    DISCLOSED,
    DOCTOR,
    IMPOSSIBLE,
    MINUTE,
    NOTHING_LISTED,
    NOW,
    NOWHERE,
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
    policy,
)

BY_REASON = {rule.reason: rule.decide for rule in RULES}
EVENING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 22:00 in Japan
NIGHT = QuietHours(time(22), time(7))


def rule(
    reason: Reason,
    caller: Caller,
    choices: Policy | None = None,
    police: PoliceList = NOTHING_LISTED,
    *,
    now: datetime = NOW,
    dialled: datetime | None = None,
) -> Verdict | None:
    """What one rule says of a call."""
    return BY_REASON[reason](Call(caller, dialled), choices or policy(), police, now)


def says(found: Verdict | None, action: Action, reason: Reason) -> bool:
    return found is not None and (found.action, found.reason) == (action, reason)


def test_every_reason_has_one_rule() -> None:
    incoming = set(Reason) - {Reason.SUSPENDED, Reason.OUTBOUND}
    assert len(RULES) == len(incoming)
    assert {rule.reason for rule in RULES} == incoming


# No consent.


def test_a_household_that_has_not_agreed_is_connected_untouched() -> None:
    for caller in (WITHHELD, UNITED_STATES, IMPOSSIBLE):
        found = rule(Reason.NO_CONSENT, caller, Policy())
        assert says(found, Action.CONNECT, Reason.NO_CONSENT)


def test_a_household_that_has_agreed_is_screened() -> None:
    assert rule(Reason.NO_CONSENT, WITHHELD) is None


# The call-back window after an emergency call (RFC 7090).


@pytest.mark.parametrize(
    "since_dialled", [timedelta(0), MINUTE, 59 * MINUTE, 60 * MINUTE - timedelta(seconds=1)]
)
def test_whoever_calls_within_the_window_is_connected(since_dialled: timedelta) -> None:
    found = rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=NOW - since_dialled)
    assert found is not None
    assert says(found, Action.CONNECT, Reason.EMERGENCY_CALLBACK)
    assert datetime.fromisoformat(found.evidence["dialled_at"]) == NOW - since_dialled
    assert datetime.fromisoformat(found.evidence["until"]) == NOW - since_dialled + 60 * MINUTE


def test_the_window_closes_when_its_minutes_are_over() -> None:
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=NOW - 60 * MINUTE) is None
    choices = policy(callback_minutes=10)
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, choices, dialled=NOW - 10 * MINUTE) is None
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, choices, dialled=NOW - 9 * MINUTE)


def test_a_clock_set_back_after_the_emergency_call_does_not_close_the_window() -> None:
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=NOW + MINUTE)
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=NOW + 2 * MINUTE)


def test_an_emergency_call_in_the_future_is_none() -> None:
    later = NOW + 2 * MINUTE + timedelta(seconds=1)
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=later) is None


def test_an_emergency_call_at_either_end_of_time_is_none() -> None:
    for dialled in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, dialled=dialled) is None


def test_a_household_may_do_without_the_window() -> None:
    choices = policy(callback_minutes=0)
    assert rule(Reason.EMERGENCY_CALLBACK, WITHHELD, choices, dialled=NOW) is None


def test_a_line_that_dialled_no_emergency_number_has_no_window() -> None:
    assert rule(Reason.EMERGENCY_CALLBACK, POLICE) is None


# The household's block list.


def test_a_blocked_number_is_refused() -> None:
    found = rule(Reason.HOUSEHOLD_BLOCK, DOCTOR, policy(block=entries(DOCTOR)))
    assert found is not None
    assert says(found, Action.REJECT, Reason.HOUSEHOLD_BLOCK)
    assert found.evidence == {"confirmed_at": "2026-11-22T03:00:00+00:00", "name": "doctor"}


def test_a_number_that_the_household_has_not_blocked_is_not_refused_here() -> None:
    assert rule(Reason.HOUSEHOLD_BLOCK, DOCTOR, policy(block=entries(CANADA))) is None
    assert rule(Reason.HOUSEHOLD_BLOCK, WITHHELD, policy(block=entries(CANADA))) is None


def test_a_block_ends_when_it_expires() -> None:
    choices = policy(block=entries(DOCTOR, until=NOW + MINUTE))
    found = rule(Reason.HOUSEHOLD_BLOCK, DOCTOR, choices)
    assert found is not None
    assert found.evidence["expires_at"] == "2026-11-24T03:01:00+00:00"
    assert rule(Reason.HOUSEHOLD_BLOCK, DOCTOR, choices, now=NOW + MINUTE) is None


@pytest.mark.parametrize("service", [110, 118, 119])
def test_an_emergency_service_cannot_be_blocked(service: int) -> None:
    caller = replace(POLICE, number=service)
    assert rule(Reason.HOUSEHOLD_BLOCK, caller, policy(block=entries(caller))) is None


def test_a_withheld_number_is_not_matched_against_the_block_list() -> None:
    blocked = {81422990003: Entry(NOW)}
    assert rule(Reason.HOUSEHOLD_BLOCK, DISCLOSED, policy(block=blocked)) is None


# Protected numbers.


@pytest.mark.parametrize("service", [110, 118, 119])
def test_an_emergency_service_is_warned_never_refused(service: int) -> None:
    found = rule(Reason.PROTECTED_NUMBER, calling(str(service)))
    assert found is not None
    assert says(found, Action.WARN, Reason.PROTECTED_NUMBER)
    assert found.evidence == {"service": service}


def test_a_listed_public_number_is_warned_never_refused() -> None:
    police = replace(listed(DOCTOR), protected=frozenset({81422990001}))
    found = rule(Reason.PROTECTED_NUMBER, DOCTOR, police=police)
    assert found is not None
    assert says(found, Action.WARN, Reason.PROTECTED_NUMBER)
    assert found.evidence == Listed().to_json()


def test_a_public_number_that_nobody_has_listed_is_a_number_like_others() -> None:
    police = PoliceList(protected=frozenset({81422990001}))
    assert rule(Reason.PROTECTED_NUMBER, DOCTOR, police=police) is None


def test_a_listed_number_that_is_not_public_is_not_protected() -> None:
    assert rule(Reason.PROTECTED_NUMBER, DOCTOR, police=listed(DOCTOR)) is None


def test_a_caller_without_a_number_is_not_protected() -> None:
    police = PoliceList({81422990003: Listed()}, frozenset({81422990003}))
    assert rule(Reason.PROTECTED_NUMBER, DISCLOSED, police=police) is None


# The police list.


@pytest.mark.parametrize("action", [Action.REJECT, Action.WARN, Action.CONNECT])
def test_a_listed_number_meets_the_households_choice(action: Action) -> None:
    found = rule(Reason.FRAUD_LIST, DOCTOR, policy(fraud_list=action), listed(DOCTOR))
    assert found is not None
    assert says(found, action, Reason.FRAUD_LIST)
    assert found.evidence == Listed().to_json()


def test_a_number_that_nobody_has_listed_is_not_refused_here() -> None:
    assert rule(Reason.FRAUD_LIST, DOCTOR, police=listed(CANADA)) is None


def test_an_allowlist_entry_made_before_the_listing_does_not_save_the_number() -> None:
    choices = policy(allow=entries(DOCTOR, at=NOW - 2 * DAY))
    police = listed(DOCTOR, at=NOW - DAY)
    assert says(rule(Reason.FRAUD_LIST, DOCTOR, choices, police), Action.REJECT, Reason.FRAUD_LIST)


def test_an_allowlist_entry_of_the_very_moment_does_not_save_the_number() -> None:
    choices = policy(allow=entries(DOCTOR, at=NOW - DAY))
    assert rule(Reason.FRAUD_LIST, DOCTOR, choices, listed(DOCTOR, at=NOW - DAY)) is not None


def test_an_allowlist_entry_confirmed_after_the_listing_wins() -> None:
    choices = policy(allow=entries(DOCTOR, at=NOW - MINUTE))
    assert rule(Reason.FRAUD_LIST, DOCTOR, choices, listed(DOCTOR, at=NOW - DAY)) is None


def test_an_allowlist_entry_that_has_expired_does_not_save_the_number() -> None:
    choices = policy(allow=entries(DOCTOR, at=NOW - MINUTE, until=NOW))
    assert rule(Reason.FRAUD_LIST, DOCTOR, choices, listed(DOCTOR)) is not None


def test_a_withheld_number_that_the_network_disclosed_is_matched_against_the_list() -> None:
    police = PoliceList({81422990003: Listed()})
    found = rule(Reason.FRAUD_LIST, DISCLOSED, police=police)
    assert says(found, Action.REJECT, Reason.FRAUD_LIST)
    assert "422990003" not in repr(found)


def test_an_allowlist_entry_does_not_save_a_withheld_number() -> None:
    police = PoliceList({81422990003: Listed()})
    choices = policy(allow={81422990003: Entry(NOW - MINUTE)})
    assert rule(Reason.FRAUD_LIST, DISCLOSED, choices, police) is not None


def test_a_protected_number_is_left_to_the_other_rules() -> None:
    police = PoliceList({81422990003: Listed()}, frozenset({81422990003}))
    assert rule(Reason.FRAUD_LIST, DISCLOSED, police=police) is None


def test_a_listed_number_abroad_is_on_the_list_too() -> None:
    found = rule(Reason.FRAUD_LIST, UNITED_STATES, police=listed(UNITED_STATES))
    assert says(found, Action.REJECT, Reason.FRAUD_LIST)


# The household's allowlist.


def test_an_allowed_number_is_connected() -> None:
    found = rule(Reason.HOUSEHOLD_ALLOW, DOCTOR, policy(allow=entries(DOCTOR)))
    assert found is not None
    assert says(found, Action.CONNECT, Reason.HOUSEHOLD_ALLOW)
    assert found.evidence == {"confirmed_at": "2026-11-22T03:00:00+00:00", "name": "doctor"}


def test_a_nameless_entry_allows_as_well() -> None:
    found = rule(Reason.HOUSEHOLD_ALLOW, DOCTOR, policy(allow={81422990001: Entry(NOW)}))
    assert found is not None
    assert found.evidence == {"confirmed_at": "2026-11-24T03:00:00+00:00"}


def test_a_number_that_the_household_has_not_allowed_is_not_connected_here() -> None:
    assert rule(Reason.HOUSEHOLD_ALLOW, DOCTOR) is None


def test_an_allowlist_entry_ends_when_it_expires() -> None:
    choices = policy(allow=entries(DOCTOR, until=NOW))
    assert rule(Reason.HOUSEHOLD_ALLOW, DOCTOR, choices, now=NOW - MINUTE) is not None
    assert rule(Reason.HOUSEHOLD_ALLOW, DOCTOR, choices, now=NOW) is None


def test_the_familys_allowlist_wins_over_the_numbering_plan() -> None:
    assert rule(Reason.HOUSEHOLD_ALLOW, IMPOSSIBLE, policy(allow=entries(IMPOSSIBLE)))


def test_withholding_an_allowed_number_loses_the_allowance() -> None:
    choices = policy(allow={81422990003: Entry(NOW)})
    assert rule(Reason.HOUSEHOLD_ALLOW, DISCLOSED, choices) is None


# Withheld, payphone, unavailable, overseas, malformed.

KINDS = {
    Reason.WITHHELD: ("withheld", WITHHELD, Action.REJECT),
    Reason.PAYPHONE: ("payphone", PAYPHONE, Action.WARN),
    Reason.UNAVAILABLE: ("unavailable", UNAVAILABLE, Action.REJECT),
    Reason.OVERSEAS: ("overseas", UNITED_STATES, Action.REJECT),
    Reason.MALFORMED: ("malformed", IMPOSSIBLE, Action.REJECT),
}
every_kind = pytest.mark.parametrize("reason", KINDS)


@every_kind
def test_by_default_only_a_payphone_is_not_refused(reason: Reason) -> None:
    _, caller, action = KINDS[reason]
    assert says(rule(reason, caller), action, reason)


@every_kind
@pytest.mark.parametrize("action", [Action.REJECT, Action.WARN, Action.CONNECT])
def test_a_household_chooses_for_each_kind_of_caller(reason: Reason, action: Action) -> None:
    setting, caller, _ = KINDS[reason]
    assert says(rule(reason, caller, policy(**{setting: action})), action, reason)


@every_kind
def test_a_rule_for_one_kind_of_caller_is_silent_on_the_others(reason: Reason) -> None:
    for other, (_, caller, _) in KINDS.items():
        assert (rule(reason, caller) is not None) == (other is reason)
    assert rule(reason, DOCTOR) is None
    assert rule(reason, POLICE) is None


@every_kind
@pytest.mark.parametrize("action", [Action.WARN, Action.CONNECT])
def test_a_kind_that_is_let_through_waits_for_the_closed_hours(
    reason: Reason, action: Action
) -> None:
    setting, caller, _ = KINDS[reason]
    assert rule(reason, caller, policy(**{setting: action}, allowlist_only=True)) is None
    at_night = policy(**{setting: action}, quiet_hours=NIGHT)
    assert rule(reason, caller, at_night, now=EVENING) is None
    assert says(rule(reason, caller, at_night, now=NOW), action, reason)


@every_kind
def test_a_refused_kind_is_refused_for_its_own_reason_at_night_too(reason: Reason) -> None:
    setting, caller, _ = KINDS[reason]
    choices = policy(**{setting: Action.REJECT}, allowlist_only=True, quiet_hours=NIGHT)
    assert says(rule(reason, caller, choices, now=EVENING), Action.REJECT, reason)


def test_a_listed_number_that_is_let_through_waits_for_the_closed_hours() -> None:
    choices = policy(fraud_list=Action.WARN, allowlist_only=True)
    assert rule(Reason.FRAUD_LIST, DOCTOR, choices, listed(DOCTOR)) is None


def test_the_evidence_of_an_overseas_call_is_its_country_code() -> None:
    found = rule(Reason.OVERSEAS, UNITED_STATES)
    assert found is not None
    assert found.evidence == {"calling_code": 1}


def test_the_evidence_of_a_call_from_no_country_is_the_fault() -> None:
    found = rule(Reason.OVERSEAS, NOWHERE, policy(countries=frozenset({"US"})))
    assert found is not None
    assert found.evidence == {"fault": NOWHERE.fault}


def test_a_country_that_the_family_allows_is_not_overseas() -> None:
    choices = policy(countries=frozenset({"US"}))
    assert rule(Reason.OVERSEAS, UNITED_STATES, choices) is None


def test_another_country_behind_the_same_code_is_overseas() -> None:
    found = rule(Reason.OVERSEAS, CANADA, policy(countries=frozenset({"US"})))
    assert found is not None
    assert says(found, Action.REJECT, Reason.OVERSEAS)
    assert found.evidence == {"calling_code": 1, "country": "CA"}
    assert rule(Reason.OVERSEAS, CANADA, policy(countries=frozenset({"US", "CA"}))) is None


def test_an_overseas_prefix_without_a_number_is_of_no_country() -> None:
    found = rule(Reason.OVERSEAS, calling("00"), policy(countries=frozenset({"US"})))
    assert says(found, Action.REJECT, Reason.OVERSEAS)


def test_an_international_freephone_number_is_of_no_country() -> None:
    found = rule(Reason.OVERSEAS, calling("+80012345678"), policy(countries=frozenset({"US"})))
    assert found is not None
    assert found.evidence == {"calling_code": 800, "country": None}


def test_the_evidence_of_a_malformed_number_is_the_fault() -> None:
    found = rule(Reason.MALFORMED, IMPOSSIBLE)
    assert found is not None
    assert found.evidence == {"fault": IMPOSSIBLE.fault}


# Closed hours.


def test_a_household_that_takes_allowed_numbers_only_refuses_the_others() -> None:
    found = rule(Reason.ALLOWLIST_ONLY, DOCTOR, policy(allowlist_only=True))
    assert says(found, Action.REJECT, Reason.ALLOWLIST_ONLY)
    assert rule(Reason.ALLOWLIST_ONLY, DOCTOR) is None


def test_quiet_hours_refuse_while_they_last() -> None:
    found = rule(Reason.QUIET_HOURS, DOCTOR, policy(quiet_hours=NIGHT), now=EVENING)
    assert found is not None
    assert says(found, Action.REJECT, Reason.QUIET_HOURS)
    assert found.evidence == {"hours": "22:00-07:00"}
    assert rule(Reason.QUIET_HOURS, DOCTOR, policy(quiet_hours=NIGHT)) is None
    assert rule(Reason.QUIET_HOURS, DOCTOR, now=EVENING) is None


# Everyone else.


@pytest.mark.parametrize("action", [Action.REJECT, Action.WARN, Action.CONNECT])
def test_everyone_else_meets_the_households_choice(action: Action) -> None:
    found = rule(Reason.UNLISTED, DOCTOR, policy(unlisted=action))
    assert says(found, action, Reason.UNLISTED)


def test_the_last_rule_speaks_on_every_call() -> None:
    for caller in (DOCTOR, WITHHELD, UNITED_STATES, IMPOSSIBLE, POLICE, Caller(Origin.PAYPHONE)):
        assert says(rule(Reason.UNLISTED, caller), Action.WARN, Reason.UNLISTED)


def test_no_rule_renders_a_disclosed_number() -> None:
    police = PoliceList({81422990003: Listed()})
    for one in RULES:
        found = one.decide(
            Call(Caller(Origin.WITHHELD, disclosed=Disclosed(81422990003)), NOW),
            policy(quiet_hours=NIGHT, allowlist_only=True),
            police,
            NOW,
        )
        assert "422990003" not in f"{found!r} {found.to_json() if found else ''}"


def test_a_mobile_is_screened_like_a_fixed_line() -> None:
    mobile = Caller(Origin.DOMESTIC, 819012345678, Kind.MOBILE)
    assert [one.reason for one in RULES if rule(one.reason, mobile)] == [Reason.UNLISTED]
