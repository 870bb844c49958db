"""A secret key of the node: made once, for its owner only, never half."""

from pathlib import Path

import pytest

from callguard.node_secret import KEY_BYTES, keep_secret, node_secret


def test_it_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "one.key"
    key = node_secret(path, lost="nothing is lost")
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o077 == 0
    assert node_secret(path, lost="nothing is lost") == key
    assert list(path.parent.iterdir()) == [path]


def test_that_of_a_process_that_was_quicker_stays(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    keep_secret(path, b"first")
    keep_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_one_is_refused_with_what_is_lost_by_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="delete it, and old calls are strangers"):
        node_secret(path, lost="old calls are strangers")
    assert path.read_bytes() == b"short"
