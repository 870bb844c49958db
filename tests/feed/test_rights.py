"""What a source can know of its rights before it signs; against a real server."""

from pathlib import Path

import pytest
import redis

from callguard.feed.rights import rights_of
from callguard.feed.trust_store import TrustStore
from callguard.feed.trust_stream import publish

from .operator import NOW, new_key, root
from .police import Source


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "trust")


def test_nobody_has_spoken_of_it(store: TrustStore, client: redis.Redis) -> None:
    assert rights_of("tokyo", store, client) is None


def test_the_feeds_newest_root_tells(store: TrustStore, client: redis.Redis) -> None:
    operator, tokyo = new_key(), Source()
    first = root(operator)
    second = root(operator, version=2, sources=(tokyo.trust(),))
    publish(client, {1: first, 2: second})
    assert rights_of("tokyo", store, client) == tokyo.trust()
    assert rights_of("osaka", store, client) is None


def test_the_root_on_this_machine_goes_before(store: TrustStore, client: redis.Redis) -> None:
    operator, tokyo = new_key(), Source()
    store.install(root(operator, sources=(tokyo.trust(shadow=True),)), NOW)
    publish(client, {2: root(operator, version=2, sources=(tokyo.trust(),))})
    found = rights_of("tokyo", store, client)
    assert found is not None
    assert found.shadow


def test_what_is_no_root_tells_nothing(store: TrustStore, client: redis.Redis) -> None:
    client.xadd("callguard:trust", {"root": b"junk"}, id="1-0")
    assert rights_of("tokyo", store, client) is None
