"""Names of countries, as people say them."""

from collections.abc import Iterator
from importlib.resources import files
from unicodedata import normalize

from .phrases import Phrases

_NAMES = Phrases.load(files(__package__).joinpath("countries.toml"))


def country_name(code: str, language: str) -> str:
    """Return the name of the country with the ISO 3166 *code*; an unknown code is its own name."""
    return _NAMES.say(code, language) if code in _NAMES else code


def country_codes() -> Iterator[str]:
    """Return the ISO 3166 codes of every country that telephone numbers belong to."""
    return iter(_NAMES)


def find_countries(typed: str) -> tuple[str, ...]:
    """Return the countries abroad that *typed* can mean: a name or a part of one, ``PH``, ``+63``.

    What is exactly the name or code of one means that one.
    """
    wanted = _plain(typed)
    if not wanted:
        return ()
    abroad = [code for code in country_codes() if code != "JP"]
    names = {code: [_plain(country_name(code, way)) for way in ("ja", "en")] for code in abroad}
    exact = [code for code in abroad if wanted == code.casefold() or wanted in names[code]]
    if exact:
        return tuple(exact)
    if wanted.lstrip("+").isdecimal():
        from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(wanted.lstrip("+")[:4]), ())
        return tuple(code for code in regions if code in names)
    return tuple(code for code in abroad if any(wanted in name for name in names[code]))


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()
