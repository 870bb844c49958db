"""How lists, feed and root files write times: UTC, milliseconds, ``2026-11-24T03:00:00.000Z``."""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)


def write_moment(moment: datetime) -> str:
    """Write an aware time; what is finer than a millisecond is cut off."""
    # Not strftime: it writes the year 1 without its zeros, and nobody could read it again.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def read_moment(text: object) -> datetime:
    """Read a time in exactly this form: digests are taken over the text.

    Raises:
        ValueError: it is in another form, or there is no such time.

    """
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError(f"{str(text)[:40]!r} is not a time such as 2026-11-24T03:00:00.000Z")
    return datetime.fromisoformat(text).astimezone(UTC)


def cut(moment: datetime) -> datetime:
    """Return *moment* as it can be written."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
