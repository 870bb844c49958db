"""Every setting of the protection has a name, and each of its values."""

import pytest

from callguard.households.document import settings_to_json
from callguard.screening import Action, Policy
from callguard.screening.policy import Challenge, Dialling
from callguard.words.choices import choice, setting_name

SETTINGS = settings_to_json(Policy())


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_and_its_usual_value_have_words(name: str, language: str) -> None:
    assert setting_name(name, language) != name
    assert choice(name, SETTINGS[name], language) != str(SETTINGS[name])


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("action", Action)
def test_every_action_has_words(action: Action, language: str) -> None:
    assert choice("payphone", action.value, language)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("word", [*Challenge, *Dialling])
def test_ways_to_check_and_what_becomes_of_own_calls_have_words(word: str, language: str) -> None:
    assert choice("challenge", word, language) != word


def test_values_are_told_as_people_say_them() -> None:
    assert choice("callback_minutes", 90, "ja") == "1時間30分"
    assert choice("callback_minutes", 0, "ja") == "なし"
    assert choice("quiet_hours", "22:00-07:00", "en") == "22:00–07:00"
    assert choice("countries", ["KR", "TW"], "ja") == "韓国、台湾"
    assert choice("record", False, "ja") == "使わない"
    assert choice("payphone", "someday", "ja") == "someday"
    assert setting_name("someday", "ja") == "someday"
