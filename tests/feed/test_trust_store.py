"""The root on a node's disk."""

from pathlib import Path

import pytest

from callguard.blocklist.errors import TrustError
from callguard.feed.trust_store import TrustStore

from .operator import NOW, new_key, root, source

A, B = new_key(), new_key()


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "data" / "trust")


def in_force(store: TrustStore) -> int:
    trust = store.load()
    assert trust is not None
    return trust.version


def test_nobody_is_believed_at_first(store: TrustStore) -> None:
    assert store.load() is None


def test_the_first_root_is_pinned(store: TrustStore) -> None:
    store.install(root(A, version=3), NOW)
    with pytest.raises(TrustError, match="lacks 1 signature of the root keys of version 3"):
        store.install(root(B, version=4), NOW)
    assert in_force(store) == 3


def test_every_version_is_kept(store: TrustStore) -> None:
    first, second = root(A), root(A, version=2, sources=(source(),))
    store.install(first, NOW)
    store.install(second, NOW)
    assert in_force(store) == 2
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == {
        "root.json": second,
        "root.1.json": first,
        "root.2.json": second,
    }


def test_the_same_root_may_be_installed_again(store: TrustStore) -> None:
    data = root(A)
    assert store.install(data, NOW).version == store.install(data, NOW).version == 1


def test_a_rollback_changes_nothing(store: TrustStore) -> None:
    first, second = root(A), root(A, version=2)
    store.install(first, NOW)
    store.install(second, NOW)
    with pytest.raises(TrustError, match="version 1 is not newer than version 2"):
        store.install(first, NOW)
    assert store.path.read_bytes() == second


@pytest.mark.parametrize("data", [b"", b"junk", root(A, signers=()), root(A, expires=NOW)])
def test_what_is_refused_leaves_no_file(store: TrustStore, data: bytes) -> None:
    with pytest.raises(TrustError):
        store.install(data, NOW)
    assert list(store.folder.iterdir()) == []


def test_an_expired_root_stays_in_force(store: TrustStore) -> None:
    data = root(A)
    trust = store.install(data, NOW)
    assert store.install(data, trust.expires).version == in_force(store) == 1


def test_a_damaged_file_is_told(store: TrustStore) -> None:
    store.install(root(A), NOW)
    store.path.write_bytes(b"{")
    with pytest.raises(TrustError, match=r"root\.json: not a root file"):
        store.load()
    with pytest.raises(TrustError, match=r"root\.json: not a root file"):
        store.install(root(A, version=2), NOW)


def test_a_folder_that_cannot_be_made_is_told(store: TrustStore) -> None:
    store.folder.parent.write_text("a file, not a folder")
    with pytest.raises(TrustError, match="cannot be written"):
        store.install(root(A), NOW)
