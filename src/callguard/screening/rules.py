"""The rules of screening, in their order; the first that speaks decides.

``docs/screening.md`` shows this table to people; a test keeps the two the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..numbers import Caller, Kind, Origin
from ..numbers.calling_codes import region
from ..values import value
from .policy import Entry, Policy
from .verdict import Action, Reason, Verdict


@value
class Call:
    """One incoming call, as the screener sees it."""

    caller: Caller
    emergency_dialled_at: datetime | None = None
    """When this line last dialled 110, 118 or 119 (aware), if it ever did."""
    burst: Mapping[str, Any] | None = None
    """That the caller calls many homes within minutes, as JSON values; None: not known to."""


class Listing(Protocol):
    """What the police list says of a number."""

    @property
    def listed_at(self) -> datetime:
        """When the source listed it (aware)."""

    def to_json(self) -> dict[str, Any]:
        """Return source, category, dates and evidence reference as JSON values."""


class Blocklist(Protocol):
    """The numbers that police sources have listed."""

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* (E.164 digits) that is in force, or None."""

    @property
    def has_trials(self) -> bool:
        """Whether any listing may be one that is noted and not acted on."""

    def on_trial(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* that is noted and not acted on, or None."""

    def protects(self, number: int) -> bool:
        """Tell whether *number* is a public one that no listing may silence."""


# Named once: Python 3.11 takes as long to look up a member of an enumeration as to make an object.
_REJECT = Action.REJECT
_UNLISTED = Reason.UNLISTED
_EMERGENCY = Kind.EMERGENCY

Judge = Callable[[Call, Policy, Blocklist, datetime], Verdict | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    reason: Reason
    when: str
    then: str
    judge: Judge
    """Gives the verdict, or none; asked only where the rule is in question by all that follows."""
    origins: frozenset[Origin] = frozenset(Origin)
    """The origins of the calls that it is for."""
    needs: Callable[[Policy], object] | None = None
    """What must be true of a policy; None: the rule is for every policy."""
    on_occasion: bool = False
    """It is only for calls of which more is known than who calls: an emergency call before, or a
    burst."""

    def concerns(self, origin: Origin, *, occasion: bool) -> bool:
        """Tell whether the rule is for calls of this origin, with such an occasion or without."""
        return origin in self.origins and (occasion or not self.on_occasion)

    def suits(self, policy: Policy) -> bool:
        """Tell whether the rule is for households that have chosen *policy*."""
        return self.needs is None or bool(self.needs(policy))

    def decide(
        self, call: Call, policy: Policy, blocklist: Blocklist, now: datetime
    ) -> Verdict | None:
        """Return the verdict on *call* by this rule alone, or None if it does not speak."""
        occasion = call.emergency_dialled_at is not None or call.burst is not None
        if not (self.concerns(call.caller.origin, occasion=occasion) and self.suits(policy)):
            return None
        return self.judge(call, policy, blocklist, now)


def _no_consent(call: Call, _: Policy, __: Blocklist, ___: datetime) -> Verdict | None:
    return Verdict(Action.CONNECT, Reason.NO_CONSENT, call.caller)


def _moved(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    moved = policy.moved
    assert moved is not None, "needed"
    if now >= moved.until:
        return Verdict(Action.CONNECT, Reason.NO_CONSENT, call.caller)
    evidence: dict[str, Any] = {"until": _stamp(moved.until)}
    if _entry(policy.allow.get(call.caller.number or 0), now) is not None:
        evidence["told"] = f"+{moved.to}"
    return Verdict(Action.REJECT, Reason.MOVED, call.caller, evidence)


def _emergency_callback(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    dialled = call.emergency_dialled_at
    if dialled is None:
        return None
    window = timedelta(minutes=policy.callback_minutes)
    if not -_CLOCK_STEP <= now - dialled < window:
        return None
    until = dialled + window
    evidence = {"dialled_at": _stamp(dialled), "until": _stamp(until)}
    return Verdict(Action.CONNECT, Reason.EMERGENCY_CALLBACK, call.caller, evidence)


_CLOCK_STEP = timedelta(minutes=2)
"""An adapter's clock may be set back after the emergency call; the window holds all the same."""


def _household_block(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    entry = policy.block.get(call.caller.number or 0)
    if entry is None or not entry.holds(now) or call.caller.kind is _EMERGENCY:
        return None
    return Verdict(Action.REJECT, Reason.HOUSEHOLD_BLOCK, call.caller, _entry_evidence(entry))


def _protected_number(call: Call, _: Policy, blocklist: Blocklist, now: datetime) -> Verdict | None:
    caller = call.caller
    if caller.number is None:
        return None
    if caller.kind is _EMERGENCY:
        return Verdict(Action.WARN, Reason.PROTECTED_NUMBER, caller, {"service": caller.number})
    if not blocklist.protects(caller.number):
        return None
    listing = blocklist.find(caller.number, now)
    if listing is None:
        return None
    return Verdict(Action.WARN, Reason.PROTECTED_NUMBER, caller, listing.to_json())


def _fraud_list(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict | None:
    caller = call.caller
    number = caller.number
    if number is None and caller.disclosed is not None:
        number = caller.disclosed.number
    if number is None:
        return None
    listing = blocklist.find(number, now)
    if listing is None or blocklist.protects(number):
        return None
    if caller.number is not None:
        entry = _entry(policy.allow.get(caller.number), now)
        if entry is not None:
            if entry.confirmed_at > listing.listed_at:
                return None
            # The allowlist opens the telephone at night too, but not as if nothing were listed.
            return Verdict(policy.fraud_list, Reason.FRAUD_LIST, caller, listing.to_json())
    return _by_policy(policy.fraud_list, Reason.FRAUD_LIST, call, policy, now, listing.to_json())


def _household_allow(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    entry = policy.allow.get(call.caller.number or 0)
    if entry is None or not entry.holds(now):
        return None
    return Verdict(Action.CONNECT, Reason.HOUSEHOLD_ALLOW, call.caller, _entry_evidence(entry))


def _withheld(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    return _by_policy(policy.withheld, Reason.WITHHELD, call, policy, now)


def _payphone(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    return _by_policy(policy.payphone, Reason.PAYPHONE, call, policy, now)


def _unavailable(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    return _by_policy(policy.unavailable, Reason.UNAVAILABLE, call, policy, now)


def _overseas(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict | None:
    caller = call.caller
    evidence: dict[str, Any] = {}
    if caller.calling_code is not None:
        evidence["calling_code"] = caller.calling_code
    if policy.expected:
        until = _expected_until(call, policy, blocklist, now)
        if until is not None:
            evidence["expected_until"] = _stamp(until)
            return Verdict(Action.CONNECT, Reason.OVERSEAS, caller, evidence)
    if policy.countries and caller.number is not None and caller.calling_code is not None:
        country = region(caller.number, caller.calling_code)
        if country in policy.countries:
            return None
        evidence["country"] = country
    if caller.fault:
        evidence["fault"] = caller.fault
    return _by_policy(policy.overseas, Reason.OVERSEAS, call, policy, now, evidence)


def _malformed(call: Call, policy: Policy, _: Blocklist, now: datetime) -> Verdict | None:
    evidence = {"fault": call.caller.fault}
    return _by_policy(policy.malformed, Reason.MALFORMED, call, policy, now, evidence)


def _allowlist_only(
    call: Call, policy: Policy, blocklist: Blocklist, now: datetime
) -> Verdict | None:
    if _expected_until(call, policy, blocklist, now):
        return None
    evidence = _message(call, policy, blocklist, now)
    return Verdict(Action.REJECT, Reason.ALLOWLIST_ONLY, call.caller, evidence)


def _quiet_hours(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict | None:
    hours = policy.quiet_hours
    assert hours is not None, "needed"
    if not hours.cover(now) or _expected_until(call, policy, blocklist, now):
        return None
    evidence = {"hours": str(hours), **_message(call, policy, blocklist, now)}
    return Verdict(Action.REJECT, Reason.QUIET_HOURS, call.caller, evidence)


def _burst(call: Call, policy: Policy, _: Blocklist, __: datetime) -> Verdict | None:
    if call.burst is None:
        return None
    # Who refuses every unknown caller does not want to be called by this one.
    action = max(policy.burst, policy.unlisted, key=_STRENGTH.index)
    return Verdict(action, Reason.BURST, call.caller, call.burst)


_STRENGTH = (Action.CONNECT, Action.WARN, Action.CHALLENGE, Action.REJECT)


def _unlisted(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> Verdict | None:
    if policy.expected:
        until = _expected_until(call, policy, blocklist, now)
        if until is not None:
            evidence = {"expected_until": _stamp(until)}
            return Verdict(Action.CONNECT, Reason.UNLISTED, call.caller, evidence)
    action = policy.unlisted
    evidence = _message(call, policy, blocklist, now) if action is _REJECT else {}
    return Verdict(action, _UNLISTED, call.caller, evidence)


def _message(call: Call, policy: Policy, blocklist: Blocklist, now: datetime) -> dict[str, Any]:
    """Return the evidence that a caller who is not put through may leave a message, or none.

    Who hides the number, or is listed whatever the policy does with it by day, may not.
    """
    caller = call.caller
    if not (policy.messages and policy.recorded) or caller.origin not in _MAY_LEAVE_MESSAGES:
        return {}
    if caller.number is not None and blocklist.find(caller.number, now) is not None:
        return {}
    return {"message": True}


_MAY_LEAVE_MESSAGES = frozenset({Origin.DOMESTIC, Origin.PAYPHONE, Origin.OVERSEAS})


def _expected_until(
    call: Call, policy: Policy, blocklist: Blocklist, now: datetime
) -> datetime | None:
    """Return until when the family expects a call from where this one comes from, if it does.

    A listed number is never the call that is expected, whatever the policy does with it by day.
    """
    if not policy.expected:
        return None
    caller = call.caller
    country: str | None = None
    if caller.origin is Origin.DOMESTIC:
        country = "JP"
    elif caller.number is not None and caller.calling_code is not None:
        country = region(caller.number, caller.calling_code)
    until = policy.expected.get(country) if country is not None else None
    if until is None or now >= until or caller.number is None:
        return None
    return until if blocklist.find(caller.number, now) is None else None


def _by_policy(
    action: Action,
    reason: Reason,
    call: Call,
    policy: Policy,
    now: datetime,
    evidence: dict[str, Any] | None = None,
) -> Verdict | None:
    """Do what the household chose for this kind of call.

    A household that lets a kind of call through still does not want it at night: while it is
    closed to strangers, only a refusal is given here, and the later rules say why it is closed.
    """
    if action is not _REJECT and _closed_to_strangers(policy, now):
        return None
    return Verdict(action, reason, call.caller, evidence or {})


def _closed_to_strangers(policy: Policy, now: datetime) -> bool:
    return policy.allowlist_only or (
        policy.quiet_hours is not None and policy.quiet_hours.cover(now)
    )


def _entry(entry: Entry | None, now: datetime) -> Entry | None:
    return entry if entry is not None and entry.holds(now) else None


def _entry_evidence(entry: Entry) -> dict[str, Any]:
    evidence: dict[str, Any] = {"confirmed_at": _stamp(entry.confirmed_at)}
    if entry.name:
        evidence["name"] = entry.name
    if entry.expires_at is not None:
        evidence["expires_at"] = _stamp(entry.expires_at)
    return evidence


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


_WITH_NUMBER = frozenset({Origin.DOMESTIC, Origin.OVERSEAS, Origin.MALFORMED})
"""Of the others no number is shown."""

RULES: tuple[Rule, ...] = (
    Rule(
        Reason.NO_CONSENT,
        "the household has not agreed to screening, or has revoked its consent",
        "connect untouched",
        _no_consent,
        needs=lambda policy: not policy.consent,
    ),
    Rule(
        Reason.MOVED,
        "the household has left this line for another number, not long ago",
        "reject; callers on its allowlist are told the new number",
        _moved,
        needs=lambda policy: policy.moved,
    ),
    Rule(
        Reason.EMERGENCY_CALLBACK,
        "the line dialled 110, 118 or 119 within the last `callback_minutes` (60)",
        "connect, whoever calls (RFC 7090)",
        _emergency_callback,
        needs=lambda policy: policy.callback_minutes,
        on_occasion=True,
    ),
    Rule(
        Reason.HOUSEHOLD_BLOCK,
        "the number is on the household's block list (110, 118 and 119 cannot be)",
        "reject",
        _household_block,
        _WITH_NUMBER,
        needs=lambda policy: policy.block,
    ),
    Rule(
        Reason.PROTECTED_NUMBER,
        "the caller shows 110, 118 or 119, or a protected public number that a source has listed",
        "warn, never reject",
        _protected_number,
        _WITH_NUMBER,
    ),
    Rule(
        Reason.FRAUD_LIST,
        "a police source has listed the number, and the family has not confirmed it since",
        "policy `fraud_list` (reject)",
        _fraud_list,
    ),
    Rule(
        Reason.HOUSEHOLD_ALLOW,
        "the number is on the household's allowlist",
        "connect",
        _household_allow,
        _WITH_NUMBER,
        needs=lambda policy: policy.allow,
    ),
    Rule(
        Reason.WITHHELD,
        "the caller withheld the number (非通知)",
        "policy `withheld` (reject)",
        _withheld,
        frozenset({Origin.WITHHELD}),
    ),
    Rule(
        Reason.PAYPHONE,
        "the call comes from a payphone (公衆電話)",
        "policy `payphone` (warn)",
        _payphone,
        frozenset({Origin.PAYPHONE}),
    ),
    Rule(
        Reason.UNAVAILABLE,
        "no network could give a number (表示圏外)",
        "policy `unavailable` (reject)",
        _unavailable,
        frozenset({Origin.UNAVAILABLE}),
    ),
    Rule(
        Reason.OVERSEAS,
        "the call comes from abroad, and not from one of the policy's `countries`",
        "policy `overseas` (reject); connect while a call from there is expected",
        _overseas,
        frozenset({Origin.OVERSEAS}),
    ),
    Rule(
        Reason.MALFORMED,
        "the number cannot exist in any numbering plan, or is no number",
        "policy `malformed` (reject)",
        _malformed,
        frozenset({Origin.MALFORMED}),
    ),
    Rule(
        Reason.ALLOWLIST_ONLY,
        "the household takes calls from its allowlist only (`allowlist_only`), and expects no "
        "other now",
        "reject",
        _allowlist_only,
        needs=lambda policy: policy.allowlist_only,
    ),
    Rule(
        Reason.QUIET_HOURS,
        "the time lies within the household's `quiet_hours`, and it expects no call now",
        "reject",
        _quiet_hours,
        needs=lambda policy: policy.quiet_hours,
    ),
    Rule(
        Reason.BURST,
        "an unknown caller calls many homes within minutes (アポ電)",
        "policy `burst` (challenge), or `unlisted` where that is stricter",
        _burst,
        on_occasion=True,
    ),
    Rule(
        Reason.UNLISTED,
        "the number is on no list, and nothing else speaks against it",
        "policy `unlisted` (warn); connect while a call is expected",
        _unlisted,
    ),
)
