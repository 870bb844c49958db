"""``callguard report``: a household reports a scam call."""

import argparse
from datetime import UTC, datetime

from ..households.reader import PolicyReader
from ..line.reporting import Reporting
from ..numbers import format_number
from ..settings import load


def report(options: argparse.Namespace) -> int:
    """Take a report; the services send it."""
    settings = load()
    policies = PolicyReader(settings.database_file)
    try:
        taken = Reporting(settings, policies).take(
            options.number,
            options.line,
            datetime.now(UTC),
            category=options.category,
            note=options.note,
            called_at=options.called_at,
        )
    finally:
        policies.close()
    print(f"{format_number(taken.number)} is reported: {taken.id}")
    return 0
