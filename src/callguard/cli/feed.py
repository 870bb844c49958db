"""``callguard feed``: publishing, and how the feed stands on this node."""

import argparse
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyroaring import BitMap64

from ..blocklist.errors import FeedError, KeyFileError
from ..blocklist.listing import Category, Terms
from ..blocklist.live import PROTECTED
from ..blocklist.moments import cut
from ..blocklist.operation import Add, Operation, Remove, bitmap
from ..blocklist.store import ListStore
from ..feed import keys
from ..feed.connect import connect
from ..feed.outbox import Outbox
from ..feed.publisher import Publisher
from ..feed.rights import rights_of
from ..feed.state import read_state
from ..feed.trust_store import TrustStore
from ..numbers import format_number, parse_range
from ..numbers.typed import parse_shown
from ..settings import load

MISSED_BEATS = 3
"""A source that sends heartbeats is stale when so many have not come."""
ONE_BEAT = timedelta(hours=1)
"""How long a heartbeat that is not one of a row stands alone."""


def keygen(options: argparse.Namespace) -> int:
    """Make a source's signing key."""
    public = Path(options.public)
    if public.exists():
        raise KeyFileError(f"{public} exists already; a key is never overwritten")
    key = keys.generate(options.source, Path(options.key))
    try:
        with public.open("x", encoding="utf-8") as file:
            file.write(json.dumps(keys.public_set(options.source, key), indent=2) + "\n")
    except OSError as error:
        Path(options.key).unlink()  # nobody could verify what it signs
        raise KeyFileError(f"{public} cannot be written: {error.strerror}") from error
    print(f"private key: {options.key} (keep it secret); public key for the nodes: {public}")
    return 0


def publish(options: argparse.Namespace) -> int:
    """List numbers."""
    issued_at = cut(datetime.now(UTC))
    numbers = tuple(parse_range(text) for text in options.numbers)
    note_protected(bitmap(numbers))
    return _publish(options, Add(numbers, terms(options, issued_at)))


def retract(options: argparse.Namespace) -> int:
    """Take numbers off the list; those too that reports alone brought onto it."""
    numbers = tuple(parse_range(text, parse_shown) for text in options.numbers)
    return _publish(options, Remove(numbers))


def snapshot(options: argparse.Namespace) -> int:
    """Publish the whole list."""
    with publisher(options) as (source, hand):
        size = hand.snapshot()
    print(f"source {source}: snapshot published, {size:,} bytes")
    return 0


def heartbeat(options: argparse.Namespace) -> int:
    """Say that the source is there: once, or until stopped."""
    if options.every is None:
        with publisher(options) as (source, hand):
            beat = hand.heartbeat(ONE_BEAT)
        print(f"source {source}: heartbeat after batch {beat.sequence}")
        return 0
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    silence = timedelta(seconds=MISSED_BEATS * options.every)
    while not stopped.is_set():
        try:
            with publisher(options) as (source, hand):
                beat = hand.heartbeat(silence)
                if hand.snapshot_due():
                    hand.snapshot()
            print(f"source {source}: heartbeat after batch {beat.sequence}", flush=True)
        except FeedError as error:
            print(f"no heartbeat: {error}", flush=True)
        stopped.wait(options.every)
    return 0


def status(options: argparse.Namespace) -> int:
    """Show how the feed stands on this node."""
    store = ListStore(load().lists)
    known = read_state(store.state).get("sources", {})
    now = datetime.now(UTC)
    shown = {}
    for source in store.stamps():
        kept = store.load(source)
        heard = known.get(source, {})
        shown[source] = {
            "batch": kept.list.sequence,
            "digest": kept.list.head,
            "set": kept.list.digest(),
            "numbers": len(kept.list.listed),
            "held": len(kept.held),
            "state": heard.get("state", "stale" if kept.stale(now) else "fresh"),
            "since": heard.get("since"),
            "fault": heard.get("fault", ""),
        }
    if options.json:
        print(json.dumps(shown))
        return 0
    for source, one in shown.items():
        since = f" since {one['since']}" if one["since"] else ""
        held = f", {one['held']:,} held (callguard feed approve {source})" if one["held"] else ""
        print(
            f"{source:<32} batch {one['batch']:<8} {one['numbers']:>10,} numbers, "
            f"{one['state']}{since}{held}"
        )
        if one["fault"]:
            print(f"  {one['fault']}")
    if not shown:
        print("no list yet")
    return 0


def approve(options: argparse.Namespace) -> int:
    """Enforce what is held."""
    settings = load()
    store = ListStore(settings.lists)
    held = len(store.load(keys.check_source_name(options.source)).held)
    if not held:
        print(f"source {options.source}: nothing is held")
        return 0
    store.approve(options.source)
    print(f"source {options.source}: {held:,} held numbers are approved, in force within a second")
    return 0


def terms(options: argparse.Namespace, issued_at: datetime) -> Terms:
    """Return what the options say of listed numbers.

    Raises:
        FeedError: there is no such category.

    """
    return Terms(
        category=read_category(options.category),
        listed_at=issued_at,
        until=issued_at + timedelta(days=options.days) if options.days else None,
        evidence=options.reference,
        simulated=options.simulated,
    )


def read_category(word: str) -> Category:
    """Return the category that *word* names.

    Raises:
        FeedError: there is no such category.

    """
    try:
        return Category(word)
    except ValueError as error:
        known = ", ".join(Category)
        raise FeedError(f"there is no category {word!r}; there are {known}") from error


def note_protected(numbers: BitMap64) -> None:
    """Say it if public numbers are among those to be listed, whose calls no node refuses."""
    protected = [format_number(number) for number in sorted(PROTECTED) if number in numbers]
    if protected:
        print(f"{', '.join(protected)}: protected; nodes warn of such calls, and refuse none")


@contextmanager
def publisher(options: argparse.Namespace) -> Iterator[tuple[str, Publisher]]:
    """Yield a source's name and its hand on the feed, as the options say.

    Raises:
        FeedError: the key, the outbox or the URL cannot be used.

    """
    path = Path(options.key)
    source, key = keys.load_private(path)
    outbox = Outbox(Path(options.outbox or path.with_name(f"{path.name}.outbox")), source)
    settings = load()
    client = connect(options.redis or settings.redis, settings.redis_tls)
    try:
        rights = rights_of(source, TrustStore(settings.trust), client)
        yield source, Publisher(client, outbox, key, rights)
    finally:
        client.close()


def _publish(options: argparse.Namespace, operation: Operation) -> int:
    with publisher(options) as (source, hand):
        batch = hand.publish([operation])
    total = sum(len(span) for span in operation.numbers)
    print(f"source {source}: batch {batch.sequence} published, {total} number{'s'[: total != 1]}")
    return 0
