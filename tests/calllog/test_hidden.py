"""Withheld numbers that the network disclosed: a keyed hash, and nothing else."""

import stat
from pathlib import Path

import pytest

from callguard.calllog.hidden import HASH_BYTES, HiddenNumbers
from callguard.numbers.caller import Disclosed

NUMBER = Disclosed(81422990987)


def test_calls_of_one_number_have_one_hash(tmp_path: Path) -> None:
    path = tmp_path / "hidden.key"
    first = HiddenNumbers(path).hash(NUMBER)
    assert first is not None
    assert len(first) == HASH_BYTES
    assert HiddenNumbers(path).hash(NUMBER) == first
    assert HiddenNumbers(path).hash(Disclosed(81422990988)) != first


def test_another_node_gives_another_hash(tmp_path: Path) -> None:
    hashes = {HiddenNumbers(tmp_path / name).hash(NUMBER) for name in ("a", "b")}
    assert len(hashes) == 2


def test_the_key_is_its_owners_and_made_when_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "data" / "hidden.key"
    hidden = HiddenNumbers(path)
    assert not path.exists()
    hidden.hash(NUMBER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["hidden.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_costs_the_hash_and_is_said_once(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "hidden.key"
    path.write_bytes(content)
    hidden = HiddenNumbers(path)
    assert hidden.hash(NUMBER) is None
    assert hidden.hash(NUMBER) is None
    assert len(caplog.records) == 1
    assert "990987" not in caplog.text
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_costs_the_hash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert HiddenNumbers(tmp_path / "file" / "hidden.key").hash(NUMBER) is None
