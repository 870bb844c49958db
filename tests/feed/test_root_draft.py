"""The operator's root file and its versions."""

from pathlib import Path

import pytest

from callguard.blocklist.errors import TrustError
from callguard.feed.root_draft import RootDraft

from .operator import LATER, new_key, source

A, B = new_key(), new_key()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A complete first version."""
    path = tmp_path / "root.json"
    RootDraft.new(path, [A], 1, LATER).signed_with(A).save()
    return path


def test_every_complete_version_is_kept_for_nodes_that_were_away(path: Path) -> None:
    first = path.read_bytes()
    (kid,) = RootDraft.load(path).file.keys
    RootDraft.load(path).with_root_key(kid, B).signed_with(A).signed_with(B).save()
    second = path.read_bytes()
    RootDraft.load(path).with_source(source()).signed_with(B).save()
    assert RootDraft.load(path).history() == {1: first, 2: second, 3: path.read_bytes()}


def test_a_change_of_root_keys_lacks_the_old_ones_signature(path: Path) -> None:
    (kid,) = RootDraft.load(path).file.keys
    RootDraft.load(path).with_root_key(kid, B).signed_with(B).save()
    draft = RootDraft.load(path)
    assert draft.missing == 1
    with pytest.raises(TrustError, match="version 2 lacks 1 signature; add with callguard trust"):
        draft.history()
    assert draft.signed_with(A).missing == 0


def test_a_draft_is_altered_and_a_complete_version_is_not(path: Path) -> None:
    draft = RootDraft.load(path).with_source(source("tokyo"))
    altered = draft.with_source(source("osaka"))
    assert (draft.file.version, altered.file.version) == (2, 2)
    assert altered.signed_with(A).without_source("tokyo").file.version == 3


def test_other_files_beside_it_are_no_versions(path: Path) -> None:
    for name in ("root.x.json", "root.01.json", "root.1.json.new", "root.key.json"):
        path.with_name(name).write_text("{}")
    assert RootDraft.load(path).before is None


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match=r"none\.json cannot be read: No such file"):
        RootDraft.load(tmp_path / "none.json")
    (tmp_path / "junk.json").write_bytes(b"{")
    with pytest.raises(TrustError, match=r"junk\.json: not a root file"):
        RootDraft.load(tmp_path / "junk.json")
