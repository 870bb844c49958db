"""``callguard calls``: the log of calls; lists, hands over, erases."""

import argparse
import json
from datetime import date, datetime, timedelta
from pathlib import Path

from ..calllog.collector import Collector
from ..calllog.erasure import Erasure
from ..calllog.errors import CallLogError, ErasureError, EvidenceError
from ..calllog.evidence import Evidence, call_to_json
from ..calllog.evidence import verify as verify_archive
from ..calllog.log import EARLIEST, MAX_PAGE, Call, CallLog
from ..calllog.outcome import Outcome
from ..calllog.retention import purge as purge_calls
from ..calllog.signing import key_name
from ..line.keys import OnTheLine
from ..notify.occasions import calls_noted
from ..numbers import format_number, parse_typed
from ..recordings.handing_over import Sounds
from ..recordings.shelf import Shelf
from ..screening import Action
from ..screening.policy import JST
from ..settings import load
from ..trail import COMMAND_LINE
from .rooms import household_on, now, opened, recordings_of, write_new


def list_calls(options: argparse.Namespace) -> int:
    """List calls, the newest first."""
    since, until = _period(options)
    with household_on(options.line) as (database, home):
        log = CallLog(database)
        calls: list[Call] = []
        before: str | None = None
        while len(calls) < options.limit:
            page = log.calls(
                home.id,
                action=Action(options.action) if options.action else None,
                outcome=Outcome(options.outcome) if options.outcome else None,
                search=options.search,
                since=since,
                until=until,
                before=before,
                limit=min(MAX_PAGE, options.limit - len(calls)),
            )
            calls += page.calls
            before = page.older
            if before is None:
                break
    if options.json:
        print(json.dumps([call_to_json(call) for call in calls], ensure_ascii=False))
        return 0
    for call in calls:
        print(_line(call))
    if not calls:
        print("no calls")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write an archive of evidence."""
    since, until = _period(options)
    if options.call is None and since is not None and until is None:
        until = now()
    settings = load()
    with household_on(options.line) as (database, home):
        sounds = Sounds(recordings_of(settings, database)) if options.recordings else None
        archive = Evidence(database, settings.evidence_key, sounds).export(
            home.id,
            call_id=options.call,
            since=since,
            until=until,
            basis=options.basis,
            by=COMMAND_LINE,
            now=now(),
        )
    path = Path(options.out or archive.name)
    write_new(path, archive.content)
    print(f"{path}: {_count(archive.calls)}, signed by key {archive.key_name}")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check an archive of evidence."""
    found = verify_archive(Path(options.file).read_bytes())
    own = options.key is None
    wanted = key_name(load().evidence_key) if own else options.key
    if found.key_name != wanted:
        whose = "this node's key" if own else "the key named"
        raise EvidenceError(
            f"the archive holds together, but it was signed by key {found.key_name}, and {whose} "
            f"is {wanted}"
        )
    print(f"the archive is as it was exported: {_count(found.calls)} to {found.line}")
    print(f"exported by {found.exported_by} at {found.exported_at}, on the basis: {found.basis}")
    return 0


def erase(options: argparse.Namespace) -> int:
    """Erase calls for good."""
    since, until = _period(options)
    chosen = [options.call, options.number, options.all or None, since or until]
    if sum(one is not None for one in chosen) != 1:
        raise ErasureError(
            "say what to erase by one of --call ID, --number NUMBER, --since and --until, or --all"
        )
    settings = load()
    with household_on(options.line) as (database, home):
        settle = Collector(
            settings.journal, database, calls_noted, OnTheLine(settings, database).heed
        ).settle
        erasure = Erasure(database, settle, Shelf(settings.recordings).forget)
        if options.call is not None:
            erasure.call(home.id, options.call, by=COMMAND_LINE, now=now())
            erased = 1
        elif options.number is not None:
            number = parse_typed(options.number).number
            erased = erasure.number(home.id, number, by=COMMAND_LINE, now=now())
        elif options.all:
            erased = erasure.all(home.id, by=COMMAND_LINE, now=now())
        else:
            first, last = since or EARLIEST, until or now()
            erased = erasure.period(home.id, first, last, by=COMMAND_LINE, now=now())
    print(f"erased: {_count(erased)}")
    return 0


def purge(_: argparse.Namespace) -> int:
    """Erase what is older than its household keeps calls."""
    with opened() as database:
        print(f"erased: {_count(purge_calls(database, now()))}")
    return 0


def _period(options: argparse.Namespace) -> tuple[datetime | None, datetime | None]:
    return _moment(options.since, 0), _moment(options.until, 1)


def _moment(text: str | None, days: int) -> datetime | None:
    """Read a day, of which the beginning counts or that of *days* later, or a time."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-01"):
            day = date.fromisoformat(text) + timedelta(days=days)
            return datetime(day.year, day.month, day.day, tzinfo=JST)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise CallLogError(
            f"{text[:40]!r} is not a day such as 2026-11-01, nor a time such as 2026-11-01T12:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


def _line(call: Call) -> str:
    number = call.origin.value if call.number is None else format_number(call.number)
    who = f"{number} ({call.name})" if call.name else number
    ended = call.outcome.value if call.outcome else "in progress"
    if call.seconds is not None:
        ended += f" {call.seconds} s"
    at = f"{call.at.astimezone(JST):%Y-%m-%d %H:%M:%S}"
    return f"{at}  {call.call_id}  {who:<28} {call.action}, {call.reason}: {ended}"


def _count(calls: int) -> str:
    return f"{calls:,} call{'s'[: calls != 1]}"
