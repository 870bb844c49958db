"""What homes are called outside of their node."""

import stat
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.feed.pseudonyms import Pseudonyms

HOME = 81_422_990_000


def test_a_home_is_called_the_same_after_a_restart(tmp_path: Path) -> None:
    first, second = (Pseudonyms.of_folder(tmp_path / "reports") for _ in range(2))
    assert first.home(HOME) == second.home(HOME)
    assert first.node() == second.node()


def test_homes_and_nodes_are_told_apart_and_not_known() -> None:
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    names = {one.home(HOME), one.home(HOME + 1), one.node(), other.home(HOME), other.node()}
    assert len(names) == 5
    assert all(len(name) == 32 and str(HOME) not in name for name in names)


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    Pseudonyms.of_folder(tmp_path / "reports")
    assert stat.S_IMODE((tmp_path / "reports" / "key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["key"]


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(StoreError, match="damaged"):
        Pseudonyms.of_folder(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        Pseudonyms.of_folder(tmp_path / "file" / "reports")
