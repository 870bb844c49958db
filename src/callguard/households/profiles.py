"""The stronger protections that are proposed to households at risk, by name."""

from collections.abc import Mapping
from typing import Any

from ..screening import Action, Policy
from ..screening.policy import CHALLENGES, Challenge
from .document import ACTIONS, settings_to_json
from .errors import Fault, HouseholdError

_CHALLENGED: Mapping[str, Any] = {"unlisted": "challenge", "payphone": "challenge"}

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "challenge": {**_CHALLENGED, "challenge": "digit"},
    "name": {**_CHALLENGED, "challenge": "name"},
    "family": {**_CHALLENGED, "challenge": "family"},
    "allowlist-only": {"allowlist_only": True},
}
"""What each profile sets, as JSON values: who is unknown is checked, or does not ring at all."""

USUAL = "name"

_STRENGTH = (Action.CONNECT, Action.WARN, Action.CHALLENGE, Action.REJECT)


def check_profile(profile: str) -> str:
    """Return *profile* if there is one of this name.

    Raises:
        HouseholdError: there is none.

    """
    if profile not in PROFILES:
        raise HouseholdError(
            f"there is no profile {profile[:40]!r}; there are {', '.join(PROFILES)}",
            Fault.NO_PROFILE,
            profile=profile[:40],
        )
    return profile


def strengthened(profile: str, policy: Policy) -> dict[str, Any]:
    """Return the settings, as JSON values, that *profile* changes in *policy*; none gets weaker."""
    before = settings_to_json(policy)
    after = {}
    for name, value in PROFILES[profile].items():
        if name in ACTIONS and _STRENGTH.index(Action(before[name])) >= _STRENGTH.index(
            Action(value)
        ):
            continue
        if name == "challenge" and _is_asked_harder(policy, Challenge(value)):
            continue
        if before[name] != value:
            after[name] = value
    return after


def _is_asked_harder(policy: Policy, challenge: Challenge) -> bool:
    """Tell whether unknown callers or payphones are challenged by more than *challenge* now."""
    challenged = Action.CHALLENGE in {policy.unlisted, policy.payphone}
    return challenged and CHALLENGES.index(policy.challenge) > CHALLENGES.index(challenge)
