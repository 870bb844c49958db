"""What is heard for a choice is what the telephone plays."""

import pytest

from callguard.portal.protection.heard import Heard, heard
from callguard.portal.protection.shown import GROUPS, SETTINGS, kind
from callguard.screening import Policy
from callguard.screening.policy import Challenge

POLICY = Policy(consent=True)


def names(name: str, value: object, policy: Policy = POLICY) -> tuple[str | None, str | None]:
    found = heard(name, value, policy)
    return (
        found.caller.name if found.caller else None,
        found.subscriber.name if found.subscriber else None,
    )


def test_every_setting_of_a_policy_is_shown_once() -> None:
    from callguard.households.document import settings_to_json

    shown = [name for group in GROUPS.values() for name in group]
    assert sorted(shown) == sorted(settings_to_json(POLICY))


@pytest.mark.parametrize(
    ("name", "value", "caller", "subscriber"),
    [
        ("withheld", "reject", "refused-withheld", None),
        ("payphone", "warn", "warning", "whisper-payphone"),
        ("fraud_list", "warn", "warning", "whisper-listed"),
        ("unlisted", "reject", "refused-allowlist-only", None),
        ("overseas", "connect", None, None),
        ("unlisted", "challenge", "challenge-3", None),
        ("challenge", "digit", "challenge-3", None),
        ("challenge", "name", "say-your-name", "name-choices"),
        ("quiet_hours", "22:00-07:00", "refused-quiet-hours", None),
        ("quiet_hours", None, None, None),
        ("allowlist_only", True, "refused-allowlist-only", None),
        ("allowlist_only", False, None, None),
        ("whisper", True, None, "whisper-unlisted"),
        ("whisper", False, None, None),
        ("record", True, "warning-recorded", None),
        ("record", False, None, None),
        ("cut_listed_calls", True, None, "just-listed"),
        ("callback_minutes", 60, None, None),
        ("countries", ["PH"], None, None),
    ],
)
def test_what_is_heard(
    name: str, value: object, caller: str | None, subscriber: str | None
) -> None:
    assert names(name, value) == (caller, subscriber)


def test_without_the_word_at_picking_up_nothing_is_heard_there() -> None:
    assert names("payphone", "warn", Policy(whisper=False)) == ("warning", None)


def test_a_challenge_is_heard_as_the_household_has_chosen_it() -> None:
    by_name = Policy(challenge=Challenge.NAME)
    assert names("payphone", "challenge", by_name) == ("say-your-name", "name-choices")


@pytest.mark.parametrize(
    ("name", "value", "prompt"),
    [
        ("dial_listed", "refuse", "dial-listed"),
        ("dial_listed", "confirm", "dial-listed-confirm"),
        ("dial_overseas", "confirm", "dial-overseas-confirm"),
        ("dial_premium", "refuse", "dial-premium"),
    ],
)
def test_what_is_heard_by_who_dials(name: str, value: str, prompt: str) -> None:
    found = heard(name, value, POLICY).dialling
    assert found is not None
    assert found.name == prompt
    assert heard(name, "go", POLICY) == Heard()


def test_every_setting_has_a_kind() -> None:
    assert all(kind(name) for name in SETTINGS)
