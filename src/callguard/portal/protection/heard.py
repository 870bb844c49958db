"""What is heard for a choice: the same prompts that the answer to Asterisk names."""

from dataclasses import dataclass, replace

from ...asterisk.answer import answer
from ...numbers import Caller, Origin
from ...prompts import Prompt, load
from ...screening import Action, Policy, Reason, Verdict
from ...screening.dialling import Ground, dial_prompt
from ...screening.policy import Challenge, Dialling, Unanswered
from .shown import Kind, kind


@dataclass(frozen=True, slots=True)
class Heard:
    """What each hears; None: nothing."""

    caller: Prompt | None = None
    subscriber: Prompt | None = None
    dialling: Prompt | None = None
    """What is heard by who makes a call from home."""
    family: Prompt | None = None
    """What the family hears on a telephone of theirs."""


def heard(name: str, value: object, policy: Policy) -> Heard:
    """Return what is heard if the setting *name* has *value* and the rest is as in *policy*."""
    if value == Action.CHALLENGE:
        return _challenged(policy.challenge)
    if name == "challenge":
        return _challenged(Challenge(str(value)))
    if name == "ask_unanswered":
        return _undecided(Unanswered(str(value)))
    if kind(name) is Kind.DIALLING:
        prompt = dial_prompt(Ground(name.removeprefix("dial_")), Dialling(str(value)))
        return Heard(dialling=load()[prompt] if prompt else None)
    if kind(name) is Kind.ACTION:
        return _of(Action(str(value)), Reason(name.replace("_", "-")), policy)
    if name == "countries" or kind(name) is Kind.NUMBER or not value:
        return Heard()
    if name == "family_key":
        prompts = load()
        return Heard(subscriber=prompts["calling-family"], family=prompts["family-join"])
    if name == "quiet_hours":
        return _of(Action.REJECT, Reason.QUIET_HOURS, policy)
    if name == "allowlist_only":
        return _of(Action.REJECT, Reason.ALLOWLIST_ONLY, policy)
    if name == "messages":
        return Heard(caller=load()["leave-message"])
    warned = _of(
        Action.WARN,
        Reason.UNLISTED,
        replace(policy, whisper=True, recorded=True, record=name == "record"),
    )
    if name == "record":
        return Heard(caller=warned.caller)
    if name == "whisper":
        return Heard(subscriber=warned.subscriber)
    if name == "cut_listed_calls":
        return Heard(subscriber=load()["just-listed"])
    return Heard()


def _challenged(challenge: Challenge) -> Heard:
    prompts = load()
    if challenge is Challenge.NAME:
        return Heard(caller=prompts["say-your-name"], subscriber=prompts["name-choices"])
    if challenge is Challenge.FAMILY:
        return Heard(caller=prompts["say-your-name"], family=prompts["family-choices"])
    return Heard(caller=prompts["challenge-3"])


def _undecided(unanswered: Unanswered) -> Heard:
    prompts = load()
    if unanswered is Unanswered.NAME:
        return Heard(subscriber=prompts["name-choices"])
    return Heard(caller=prompts["warning" if unanswered is Unanswered.WARN else "refused-name"])


def _of(action: Action, reason: Reason, policy: Policy) -> Heard:
    variables = answer(Verdict(action, reason, Caller(Origin.DOMESTIC)), policy)
    prompts = load()
    return Heard(
        prompts.get(variables.get("CALLGUARD_PROMPT", "")),
        prompts.get(variables.get("CALLGUARD_WHISPER", "")),
    )
