"""A month of calls, as a home has them: for what is looked at in a browser."""

from datetime import timedelta

from callguard.numbers import Origin
from callguard.screening import Action, Reason

from ..portal.called import log_call
from ..portal.site import NOON, Site

DAYS = 30


def a_month_of_calls(site: Site) -> None:
    """Log a few calls of every kind for each day of the month before."""
    database, household = site.database, site.household
    for day in range(DAYS, 0, -1):
        at = NOON - timedelta(days=day, hours=3)
        log_call(
            database,
            household,
            "0422-99-4444",
            at,
            action=Action.CONNECT,
            reason=Reason.HOUSEHOLD_ALLOW,
            outcome="answered",
            seconds=60 + 7 * day,
        )
        if day % 2:
            log_call(
                database,
                household,
                f"050-9999-{1000 + day}",
                at + timedelta(hours=1),
                action=Action.WARN,
                reason=Reason.UNLISTED,
                outcome="left" if day % 3 else "answered",
                seconds=None if day % 3 else 95,
            )
        if not day % 3:
            log_call(
                database,
                household,
                None,
                at + timedelta(hours=2),
                reason=Reason.WITHHELD,
                origin=Origin.WITHHELD,
                outcome="refused",
            )
        if not day % 5:
            log_call(
                database,
                household,
                "+1 202-555-0123",
                at + timedelta(hours=4),
                reason=Reason.OVERSEAS,
                outcome="refused",
            )
        if not day % 7:
            log_call(
                database,
                household,
                "050-9999-7777",
                at + timedelta(hours=5),
                reason=Reason.FRAUD_LIST,
                outcome="refused",
                source="tokyo",
                category="fake-police",
                listed_at="2026-10-01T00:00:00Z",
            )
