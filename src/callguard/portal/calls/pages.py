"""The pages about calls."""

from ...people.rights import Right
from ..route import Route
from . import acts, detail, listing

ROUTES = (
    Route("GET", "/h/{household}/calls", listing.calls, Right.SEE_CALLS),
    Route("GET", "/h/{household}/calls/live", listing.live, Right.SEE_CALLS, html=False),
    Route("GET", "/h/{household}/calls/{call}", detail.call, Right.SEE_CALLS),
    Route("GET", "/h/{household}/calls/{call}/sure", acts.sure, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/calls/{call}/act", acts.act, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/calls/{call}/report", acts.report, Right.REPORT_CALLS),
)
"""``{call}`` is a call's name: 16 hexadecimal digits."""
