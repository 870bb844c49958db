"""Takes a household's report of a scam call: by the command line and over HTTP alike."""

import secrets
from datetime import datetime, timedelta, timezone
from typing import Protocol

from ..blocklist.errors import FeedError
from ..blocklist.listing import Category
from ..blocklist.moments import cut
from ..feed.pseudonyms import Pseudonyms
from ..feed.report import Report, check_note
from ..feed.report_queue import ReportQueue
from ..feed.statement import CLOCK_SKEW
from ..numbers import parse_typed
from ..numbers.typed import as_listed, parse_shown
from ..screening import Policy
from ..settings import Settings

_JAPAN = timezone(timedelta(hours=9))


class ReportRefused(FeedError):
    """A report that cannot be taken; the message says why."""


class Policies(Protocol):
    """Where it stands whether a home has agreed."""

    def policy(self, line: int | None) -> Policy:
        """Return the policy of *line* (E.164 digits)."""


class Reporting:
    """Where this node's reports go in."""

    def __init__(self, settings: Settings, policies: Policies) -> None:
        self._folder = settings.reports
        self._policies = policies
        self._queue = ReportQueue(settings.reports)

    def take(
        self,
        number: str | int,
        line: str,
        now: datetime,
        *,
        category: str = "",
        note: str = "",
        called_at: str = "",
    ) -> Report:
        """Keep a report until it is sent, and return it.

        Args:
            number: who called, as people write it or as the log of calls holds it; also one that
                cannot exist, if it is written with ``+``.
            line: the home's telephone number; it does not leave this node.
            now: the time (aware).
            category: what the household takes it for, a word of :class:`Category`, or nothing.
            note: what was said; the police read it.
            called_at: when, in ISO 8601, or nothing; without an offset it is Japan's time.

        Raises:
            NumberError: *number* or *line* is none.
            ReportRefused: the home has not agreed to screening, or a field is unusable.
            PolicyUnavailable: whether it has agreed cannot be read.
            StoreError: the disk does not take it.

        """
        caller = as_listed(number) if isinstance(number, int) else parse_shown(number)
        home = parse_typed(line)
        if not self._policies.policy(home.number).consent:
            raise ReportRefused(f"{home} is not the line of a household that agreed to screening")
        pseudonyms = Pseudonyms.of_folder(self._folder)
        report = Report(
            secrets.token_hex(8),
            caller,
            cut(now),
            pseudonyms.home(home.number),
            pseudonyms.node(),
            _moment(called_at, now) if called_at else None,
            _category(category) if category else None,
            _note(note),
        )
        self._queue.put(report)
        return report


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReportRefused(
            f"{text[:40]!r} is not a time such as 2026-11-24T12:00 (Japan's)"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_JAPAN)
    if moment > now + CLOCK_SKEW:
        raise ReportRefused(f"{text!r} has not come yet")
    return cut(moment)


def _category(word: str) -> Category:
    try:
        return Category(word)
    except ValueError as error:
        known = ", ".join(Category)
        raise ReportRefused(f"there is no category {word[:40]!r}; there are {known}") from error


def _note(text: str) -> str:
    try:
        return check_note(text.strip().replace("\u3000", " "))  # as Japanese keyboards type it
    except ValueError as error:
        raise ReportRefused(str(error)) from error
