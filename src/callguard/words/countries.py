"""Names of countries, as people say them."""

from collections.abc import Iterator
from importlib.resources import files

from .phrases import Phrases

_NAMES = Phrases.load(files(__package__).joinpath("countries.toml"))


def country_name(code: str, language: str) -> str:
    """Return the name of the country with the ISO 3166 *code*; an unknown code is its own name."""
    return _NAMES.say(code, language) if code in _NAMES else code


def country_codes() -> Iterator[str]:
    """Return the ISO 3166 codes of every country that telephone numbers belong to."""
    return iter(_NAMES)
