"""Keys in one another: each opens what it is for, and nothing else."""

from pathlib import Path

import pytest

from callguard.recordings.errors import DamagedRecording
from callguard.recordings.keys import WRAPPED_BYTES, NodeKey, new_key, unwrap, wrap


def test_a_key_is_unwrapped_under_the_right_key_and_for_its_purpose_only() -> None:
    key, under = new_key(), new_key()
    wrapped = wrap(key, under, "household 1")
    assert len(wrapped) == WRAPPED_BYTES
    assert key not in wrapped
    assert unwrap(wrapped, under, "household 1") == key
    for data, other, purpose in (
        (wrapped, new_key(), "household 1"),
        (wrapped, under, "household 2"),
        (wrapped[:-1], under, "household 1"),
        (b"", under, "household 1"),
    ):
        with pytest.raises(DamagedRecording, match="cannot be opened"):
            unwrap(data, other, purpose)


def test_the_nodes_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "recordings.key"
    first, second = NodeKey(path), NodeKey(path)
    assert first.key == second.key
    assert first.name == second.name
    assert len(first.name) == 16
    assert path.stat().st_mode & 0o777 == 0o600
    assert NodeKey(tmp_path / "other.key").name != first.name


def test_a_damaged_key_says_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "recordings.key"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="recordings of before cannot be heard"):
        NodeKey(path)
