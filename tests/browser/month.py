"""The demo's month of calls, in the household of the tests' site."""

from callguard.demo.month import PlannedCall, month
from callguard.demo.traces import put
from callguard.households.change import changing
from callguard.recordings.keys import NodeKey
from callguard.recordings.shelf import Shelf

from ..portal.site import NOON, Site


def a_month_of_calls(site: Site) -> dict[str, PlannedCall]:
    """Fill the household; return the calls by their names, the oldest first."""
    calls = {f"{0xD0000 + number:016x}": call for number, call in enumerate(month(NOON))}
    shelf = Shelf(site.settings.recordings, reserve=0)
    node = NodeKey(site.settings.recordings_key)
    with changing(site.database, site.household, NOON) as (session, household):
        put(session, household, calls, shelf=shelf, node=node, now=NOON)
    return calls
