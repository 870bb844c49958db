"""The pages about calls."""

from ...people.rights import Right
from ..route import Route
from . import acts, detail, evidence, listing, recording, records

ROUTES = (
    Route("GET", "/h/{household}/calls", listing.calls, Right.SEE_CALLS),
    Route("GET", "/h/{household}/calls/live", listing.live, Right.SEE_CALLS, html=False),
    Route("GET", "/h/{household}/calls/records", records.records, Right.SEE_CALLS),
    Route("POST", "/h/{household}/calls/records", records.keep, Right.ERASE_CALLS),
    Route("GET", "/h/{household}/calls/erase", records.ask, Right.ERASE_CALLS, proof=True),
    Route("POST", "/h/{household}/calls/erase", records.erase, Right.ERASE_CALLS, proof=True),
    Route("GET", "/h/{household}/calls/evidence", evidence.ask, Right.EXPORT_EVIDENCE, proof=True),
    Route(
        "POST", "/h/{household}/calls/evidence", evidence.export, Right.EXPORT_EVIDENCE, proof=True
    ),
    Route("GET", "/h/{household}/calls/{call}", detail.call, Right.SEE_CALLS),
    Route(
        "GET",
        "/h/{household}/calls/{call}/recording.wav",
        recording.sound,
        Right.LISTEN,
        html=False,
    ),
    Route(
        "GET", "/h/{household}/calls/{call}/recording", recording.ask, Right.ERASE_CALLS, proof=True
    ),
    Route(
        "POST",
        "/h/{household}/calls/{call}/recording",
        recording.erase,
        Right.ERASE_CALLS,
        proof=True,
    ),
    Route("GET", "/h/{household}/calls/{call}/sure", acts.sure, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/calls/{call}/act", acts.act, Right.CHANGE_LISTS),
    Route("POST", "/h/{household}/calls/{call}/report", acts.report, Right.REPORT_CALLS),
)
"""``{call}`` is a call's name: 16 hexadecimal digits."""
