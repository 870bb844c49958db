"""The wheel: it holds everything, is the same whoever builds it, and runs without the checkout."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from callguard import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "src", "asterisk-config")
"""What a wheel is built from."""
PATIENCE = 60.0
_LOCKED = re.compile(r"^([a-z0-9.-]+)==", re.MULTILINE)


def build(checkout: Path, into: Path) -> Path:
    """Build the wheel of *checkout*; return its path."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    [wheel] = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and what is locked, and a folder of its user's."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv/bin/python"

    def environ(self, **settings: str) -> dict[str, str]:
        """Return what a new user's environment holds: next to nothing."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **settings}

    def run(self, *words: str, **settings: str) -> str:
        """Run a program of the environment that succeeds; return what it prints."""
        ran = subprocess.run(
            [str(self.folder / "venv/bin" / words[0]), *words[1:]],
            cwd=self.folder,
            env=self.environ(**settings),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed alone.

    What ``requirements/run.txt`` locks is linked from the tests' own environment, which was
    installed by the same versions and hashes: that needs no network.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True, with_pip=True)
    place = next((folder / "venv").glob("lib/python*/site-packages"))
    locked = (ROOT / "requirements/run.txt").read_text(encoding="utf-8")
    for name in _LOCKED.findall(locked):
        link(name, place)
    installed = Installed(folder)
    installed.run("python", "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel))
    return installed


def link(name: str, place: Path) -> None:
    """Put the files of a package into *place*; nothing if this machine does without it."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return
    for file in files:
        target = place / file
        if ".." in file.parts or "__pycache__" in file.parts or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(file.locate())


def names(wheel: Path) -> set[str]:
    """Return the names of the files in a wheel, but for what describes it."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_every_file_of_the_package_is_in_it_and_nothing_else(wheel: Path) -> None:
    expected = {
        place + str(path.relative_to(folder))
        for folder, place in (
            (ROOT / "src/callguard", "callguard/"),
            (ROOT / "asterisk-config", "callguard/asterisk/config/"),
        )
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names(wheel) == expected


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    assert wheel.name == f"callguard-{__version__}-py3-none-any.whl"


def test_whoever_builds_it_later_elsewhere_gets_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    copy = tmp_path / "another checkout"
    copy.mkdir()
    for name in PARTS:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(part, copy / name)
    for path in copy.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    assert build(copy, tmp_path / "built").read_bytes() == wheel.read_bytes()


def test_what_is_locked_is_all_that_it_needs(installed: Installed) -> None:
    assert "No broken requirements" in installed.run("python", "-m", "pip", "check")


def test_a_new_user_sets_up_a_home_and_runs_it(
    installed: Installed, free_ports: Callable[[int], list[int]]
) -> None:
    agi, http = free_ports(2)
    settings = {
        "CALLGUARD_CONFIG": str(installed.folder / "callguard.toml"),
        "CALLGUARD_AGI_PORT": str(agi),
        "CALLGUARD_HTTP_PORT": str(http),
    }
    flags = (
        "--yes --consent --line 0422-99-0000 --name 実家 --gateway fxo --phone living --data data"
    )
    flags += " --server 192.168.1.30:5062 --sip-bind 192.168.1.10:5060 --language en"
    said = installed.run("callguard", "init", *flags.split(), **settings)
    assert "/join/" in said
    assert "there is no Asterisk" in said
    where = installed.run("python", "-c", "import callguard; print(callguard.__file__)")
    assert where.startswith(str(installed.folder))
    with serving(installed, http, **settings):
        verdict = installed.run(
            "callguard", "check", "--from", "anonymous", "--to", "0422-99-0000", **settings
        )
        assert verdict.startswith("reject (withheld)")


@contextmanager
def serving(installed: Installed, http: int, **settings: str) -> Iterator[None]:
    """Run ``callguard serve``, from the moment that it is ready."""
    log = installed.folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(installed.folder / "venv/bin/callguard"), "serve"],
            cwd=installed.folder,
            env=installed.environ(**settings),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_ready(f"http://127.0.0.1:{http}/readyz"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_ready(url: str) -> bool:
    """Tell whether a node answers that it screens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
