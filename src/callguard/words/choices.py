"""The settings of the protection and their values, in words."""

from importlib.resources import files

from .countries import country_name
from .moments import how_long
from .phrases import Phrases

_WORDS = Phrases.load(files(__package__).joinpath("choices.toml"))


def setting_name(name: str, language: str) -> str:
    """Return what a policy setting, such as ``fraud_list``, is called; an unknown one its name."""
    return _WORDS.say(name, language) if name in _WORDS else name


def choice(name: str, value: object, language: str) -> str:
    """Return what a setting's value, as in its JSON form, is called."""
    if isinstance(value, bool):
        return _WORDS.say("choice-on" if value else "choice-off", language)
    if value is None or value == []:
        return _WORDS.say("choice-none", language)
    if isinstance(value, list):
        separator = ", " if language == "en" else "、"
        return separator.join(country_name(str(code), language) for code in value)
    if name.endswith("_minutes") and isinstance(value, int):
        return how_long(60 * value, language) if value else _WORDS.say("choice-none", language)
    if name.endswith("_seconds") and isinstance(value, int):
        return how_long(value, language)
    if name.endswith("_days") and isinstance(value, int):
        return _WORDS.say("choice-days", language, count=value)
    if name == "quiet_hours":
        return str(value).replace("-", "–" if language == "en" else "〜")
    key = f"choice-{name}-{value}"
    if key not in _WORDS:
        key = f"choice-{value}"
    return _WORDS.say(key, language) if key in _WORDS else str(value)
