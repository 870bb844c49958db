"""What is heard for a choice: the same prompts that the answer to Asterisk names."""

from dataclasses import dataclass, replace

from ...asterisk.answer import answer
from ...numbers import Caller, Origin
from ...prompts import Prompt, load
from ...screening import Action, Policy, Reason, Verdict
from .shown import Kind, kind


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller and the subscriber hear; None: nothing."""

    caller: Prompt | None = None
    subscriber: Prompt | None = None


def heard(name: str, value: object, policy: Policy) -> Heard:
    """Return what is heard if the setting *name* has *value* and the rest is as in *policy*."""
    if kind(name) is Kind.ACTION:
        return _of(Action(str(value)), Reason(name.replace("_", "-")), policy)
    if name == "countries" or not value:
        return Heard()
    if name == "quiet_hours":
        return _of(Action.REJECT, Reason.QUIET_HOURS, policy)
    if name == "allowlist_only":
        return _of(Action.REJECT, Reason.ALLOWLIST_ONLY, policy)
    warned = _of(
        Action.WARN, Reason.UNLISTED, replace(policy, whisper=True, record=name == "record")
    )
    if name == "record":
        return Heard(caller=warned.caller)
    if name == "whisper":
        return Heard(subscriber=warned.subscriber)
    if name == "cut_listed_calls":
        return Heard(subscriber=load()["just-listed"])
    return Heard()


def _of(action: Action, reason: Reason, policy: Policy) -> Heard:
    variables = answer(Verdict(action, reason, Caller(Origin.DOMESTIC)), policy)
    prompts = load()
    return Heard(
        prompts.get(variables.get("CALLGUARD_PROMPT", "")),
        prompts.get(variables.get("CALLGUARD_WHISPER", "")),
    )
