"""``callguard feed`` and ``callguard trust``."""

import argparse
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis

from ..blocklist import keys
from ..blocklist.batch import Add, Batch, Operation, Remove
from ..blocklist.errors import FeedError, KeyFileError
from ..blocklist.listing import Category, Terms
from ..blocklist.publisher import Publisher
from ..blocklist.store import ListStore
from ..numbers import parse_range
from ..settings import load


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
    try:
        category = Category(options.category)
    except ValueError as error:
        known = ", ".join(Category)
        raise FeedError(f"there is no category {options.category!r}; there are {known}") from error
    issued_at = datetime.now(UTC)
    terms = Terms(
        category=category,
        listed_at=issued_at,
        until=issued_at + timedelta(days=options.days) if options.days else None,
        evidence=options.reference,
        simulated=options.simulated,
    )
    numbers = tuple(parse_range(text) for text in options.numbers)
    return _publish(options, Add(numbers, terms), issued_at)


def retract(options: argparse.Namespace) -> int:
    """Take numbers off the list."""
    numbers = tuple(parse_range(text) for text in options.numbers)
    return _publish(options, Remove(numbers), datetime.now(UTC))


def _publish(options: argparse.Namespace, operation: Operation, issued_at: datetime) -> int:
    source, key = keys.load_private(Path(options.key))
    url = options.redis or load().redis
    try:
        with closing(redis.from_url(url)) as client:
            batch: Batch = Publisher(client, source, key).publish([operation], issued_at)
    except ValueError as error:
        # Not the URL itself, which may hold a password.
        raise FeedError(f"the Redis URL cannot be used: {error}") from error
    total = sum(len(span) for span in operation.numbers)
    print(f"source {source}: batch {batch.sequence} published, {total} number{'s'[: total != 1]}")
    return 0


def status(options: argparse.Namespace) -> int:
    """Show the lists on this node's disk."""
    store = ListStore(load().lists)
    lists = [store.load(source) for source in store.stamps()]
    if options.json:
        print(
            json.dumps(
                {
                    one.source: {
                        "batch": one.sequence,
                        "digest": one.head,
                        "numbers": len(one.numbers),
                    }
                    for one in lists
                }
            )
        )
        return 0
    for one in lists:
        print(f"{one.source:<32} batch {one.sequence:<8} {len(one.numbers):>10,} numbers")
    if not lists:
        print("no list yet")
    return 0


def add_source(options: argparse.Namespace) -> int:
    """Trust a source."""
    source = keys.trust(load().trust, Path(options.file))
    print(f"source {source} is trusted; a running callguard takes it in when it is started again")
    return 0


def show_trust(_: argparse.Namespace) -> int:
    """List the trusted sources."""
    for source, known in keys.load_trust(load().trust).items():
        print(f"{source}: {', '.join(known)}")
    return 0
