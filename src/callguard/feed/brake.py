"""The brake: a source that lists more than it may at once is believed, and not yet acted on.

A mistake, or a stolen key, must not silence thousands of telephones. New numbers beyond a source's
quota are held until someone approves them; what a source takes off its list acts at once, always.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ..blocklist.node_list import NodeList
from ..blocklist.source_list import SourceList
from .trusted_source import Quota

DAY = timedelta(hours=24)
SMALL_LIST = 1_000
"""A share is taken of a list of at least so many numbers: a young list doubles every day."""


def brake(
    kept: NodeList, changed: SourceList, quota: Quota, issued_at: datetime
) -> tuple[NodeList, str]:
    """Return what is kept after the list has *changed*, and why new numbers are held, or ``""``.

    The day is that of the source's own dates, so that a node which catches up holds nothing that
    came in good time. A node's first list of a source is measured against the total only.
    """
    new = changed.listed - kept.list.listed
    additions = tuple(one for one in kept.additions if one[0] > issued_at - DAY)
    first = kept.list.sequence == 0 and changed.sequence > 1
    fault = _fault(len(kept.list.listed), len(changed.listed), len(new), additions, quota, first)
    held = kept.held & changed.listed
    if not fault and new:
        additions = (*additions, (issued_at, 0 if first else len(new)))
    if fault:
        held |= new
    return (
        replace(
            kept,
            list=changed,
            held=held,
            held_since=(kept.held_since or changed.sequence) if held else 0,
            additions=additions,
        ),
        fault,
    )


def _fault(
    before: int,
    after: int,
    new: int,
    additions: tuple[tuple[datetime, int], ...],
    quota: Quota,
    first: bool,
) -> str:
    if not new:
        return ""
    if after > quota.total:
        return f"{after} numbers on its list; its quota is {quota.total}"
    if first:
        return ""
    if new > quota.batch:
        return f"{new} new numbers at once; its quota is {quota.batch}"
    today = new + sum(count for _, count in additions)
    if today > quota.day:
        return f"{today} new numbers in 24 hours; its quota is {quota.day}"
    if new > quota.share * max(before, SMALL_LIST):
        return (
            f"{new} new numbers on a list of {before}; at once it may grow by "
            f"{quota.share:.0%}, of {SMALL_LIST} at least"
        )
    return ""
