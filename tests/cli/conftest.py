"""The command line, run in this process on a data folder of its own."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from callguard import settings
from callguard.cli import main

LINE = "0422-99-0000"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of a command that could not be done, without ``callguard``."""
        assert self.status in {1, 2}
        assert self.out == ""
        assert self.err.endswith("\n")
        assert len(self.err.splitlines()) == 1
        assert "Traceback" not in self.err
        assert self.err.startswith("callguard")
        return self.err.removeprefix("callguard: ").rstrip("\n")


Run = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, not made yet; no other setting is this machine's."""
    for name in os.environ:
        if name.startswith("CALLGUARD_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "DEFAULT_FILE", tmp_path / "none.toml")
    monkeypatch.setenv("CALLGUARD_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command: ``run("household", "list")``."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Ran(caught.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def household(run: Run) -> Run:
    """The same, with a household that has agreed to screening."""
    assert run("household", "add", "--line", LINE, "--name", "home", "--consent").status == 0
    return run
