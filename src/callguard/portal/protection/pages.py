"""The addresses of the protection."""

from ...people.rights import Right
from ..route import Route
from . import countries, settings_pages

_HOME = "/h/{household}"

ROUTES = (
    Route("GET", f"{_HOME}/protection", settings_pages.overview, Right.SEE_PROTECTION),
    Route("GET", _HOME + "/protection/{setting}", settings_pages.setting, Right.SEE_PROTECTION),
    Route("POST", _HOME + "/protection/{setting}", settings_pages.change, Right.CHANGE_PROTECTION),
    Route("GET", f"{_HOME}/countries", countries.settings_page, Right.SEE_PROTECTION),
    Route("POST", f"{_HOME}/countries/add", countries.add, Right.CHANGE_PROTECTION),
    Route("POST", f"{_HOME}/countries/remove", countries.remove, Right.CHANGE_PROTECTION),
)
