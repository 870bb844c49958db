"""``callguard backup`` and ``restore``: a home goes into a file and comes back elsewhere."""

from pathlib import Path

import pytest

from .conftest import LINE, Run


def test_a_home_comes_back_in_another_folder(
    household: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "home.backup"
    made = household("backup", str(path))
    assert (made.status, made.out) == (0, "")
    assert "the database among them" in made.err
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob("*.new")) == []
    monkeypatch.setenv("CALLGUARD_DATA", str(tmp_path / "elsewhere"))
    assert "callguard doctor" in household("restore", str(path)).out
    assert "screened" in household("household", "show", "--line", LINE).out


def test_a_folder_that_is_in_use_is_not_written_over(household: Run, tmp_path: Path) -> None:
    path = tmp_path / "home.backup"
    assert household("backup", str(path)).status == 0
    assert "data" in household("restore", str(path)).error


def test_a_backup_that_cannot_be_written_leaves_nothing(household: Run, tmp_path: Path) -> None:
    assert "No such file" in household("backup", str(tmp_path / "nowhere" / "x")).error


def test_what_is_no_backup_is_refused(run: Run, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_text("dear all")
    assert run("restore", str(path)).error
    assert not data.exists() or not any(data.iterdir())
