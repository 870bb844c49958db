"""``callguard feed verify`` and ``tail``: what a signed statement says, and whether it holds."""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..blocklist.errors import FeedError, TrustError
from ..feed.connect import connect, is_cluster
from ..feed.keys import load_public
from ..feed.reading import read_statement
from ..feed.statement import MAX_BYTES, peek
from ..feed.tail import tail as listen
from ..feed.trust_store import TrustStore
from ..feed.trusted_source import SourceKey, SourceTrust
from ..settings import load


def verify(options: argparse.Namespace) -> int:
    """Check one statement."""
    token = _read(options.file)
    sources = _public(Path(options.public)) if options.public else _trusted()
    reading = read_statement(token, sources, datetime.now(UTC))
    print(json.dumps(_to_json(token), ensure_ascii=False) if options.json else reading)
    return 0


def tail(options: argparse.Namespace) -> int:
    """Print each statement as it comes, until stopped."""
    sources = _trusted()
    for name in options.source:
        if name not in sources:
            raise TrustError(f"source {name[:40]!r} is not trusted on this node")
    wanted = {name: sources[name] for name in options.source or sources}
    if not wanted:
        raise TrustError("no source is trusted on this node")
    settings = load()
    url = options.redis or settings.redis
    client = connect(url, settings.redis_tls)
    try:
        heard = listen(client, wanted, lambda: datetime.now(UTC), one_by_one=is_cluster(url))
        for one in heard:
            if options.json:
                about = {"entry": one.entry, "source": one.source}
                said = {"refused": one.fault} if one.reading is None else _to_json(one.token)
                print(json.dumps({**said, **about}, ensure_ascii=False), flush=True)
            elif one.reading is None:
                print(f"source {one.source}: entry {one.entry} is refused: {one.fault}", flush=True)
            else:
                print(one.reading, flush=True)
    finally:
        client.close()
    return 0


def _read(name: str) -> bytes:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FeedError(f"{name} cannot be read: {error.strerror}") from error
    return data.strip()


def _trusted() -> Mapping[str, SourceTrust]:
    """Return the sources of the root on this machine.

    Raises:
        TrustError: there is none.

    """
    trust = TrustStore(load().trust).load()
    if trust is None:
        raise TrustError(
            "no root of trust is installed on this machine; callguard trust install FILE"
        )
    return trust.sources


def _public(path: Path) -> Mapping[str, SourceTrust]:
    """Return the source that *path* is the public key of, as if it held for ever."""
    source, keys = load_public(path)
    since = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
    until = datetime.max.replace(tzinfo=UTC)
    held = {kid: SourceKey(key, since, until) for kid, key in keys.items()}
    return {source: SourceTrust(source, held)}


def _to_json(token: bytes) -> dict[str, object]:
    """Return the content of a statement that has been checked, with its kind and key."""
    header, content = peek(token)
    return {"kind": header["typ"], "kid": header["kid"], **content}
