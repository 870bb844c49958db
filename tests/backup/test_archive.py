"""A backup is made while the node runs, and put back into nothing."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.backup.archive import DATA, MANIFEST, make, restore
from callguard.backup.errors import BackupError
from callguard.calllog.hidden import HiddenNumbers
from callguard.calllog.signing import key_name, node_key
from callguard.database import Database
from callguard.households.registry import Registry
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from ..asterisk.dialplan import LINE
from ..postgres import Postgres

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@dataclass
class Place:
    """A node's settings, and where another node of the same kind would be put back."""

    node: Settings
    elsewhere: Settings


@pytest.fixture
def place(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Place]:
    node = Settings(data=tmp_path / "data", database_url=database_url)
    with empty_database(request, database_url, tmp_path) as url:
        yield Place(node, Settings(data=tmp_path / "elsewhere", database_url=url))


@contextmanager
def empty_database(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[str]:
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(None) as other:
        yield other


def lives(node: Settings) -> str:
    """Have a node keep something of each kind; return the name of its evidence key."""
    database = Database(node.households)
    Registry(database).add(LINE, "a home", consent_by="subscriber", by=COMMAND_LINE, now=NOW)
    database.close()
    (node.data / "lists").mkdir(parents=True)
    (node.data / "lists" / "tokyo.list").write_bytes(b"numbers")
    (node.data / "lists" / "half.new").write_bytes(b"half")
    (node.data / "feed").mkdir()
    (node.data / "feed" / "appendonly").write_bytes(b"the feed server's own")
    (node.data / "policies.db").write_bytes(b"a copy")
    for folder in ("etc", "log", "run"):
        (node.data / "asterisk" / folder).mkdir(parents=True)
        (node.data / "asterisk" / folder / "file").write_bytes(b"Asterisk's")
    HiddenNumbers(node.hidden_key)
    node_key(node.evidence_key)
    return key_name(node.evidence_key)


def backup(node: Settings) -> bytes:
    out = io.BytesIO()
    make(node, out, NOW)
    return out.getvalue()


def test_what_was_backed_up_is_put_back(place: Place) -> None:
    key = lives(place.node)
    manifest = restore(place.elsewhere, io.BytesIO(backup(place.node)))
    assert manifest["made_at"] == "2026-11-27T00:00:00+00:00"
    assert key_name(place.elsewhere.evidence_key) == key
    assert (place.elsewhere.data / "lists" / "tokyo.list").read_bytes() == b"numbers"
    assert place.elsewhere.evidence_key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (place.elsewhere.data / "asterisk").iterdir()] == ["etc"]
    assert sorted(path.name for path in place.elsewhere.data.iterdir()) == [
        "asterisk",
        "evidence.key.json",
        "lists",
    ]
    database = Database(place.elsewhere.households)
    try:
        assert Registry(database).find(LINE).name == "a home"
    finally:
        database.close()


def test_a_database_that_is_there_already_is_left_alone(place: Place) -> None:
    lives(place.node)
    archive = backup(place.node)
    Database(place.elsewhere.households).close()
    with pytest.raises(BackupError, match="already"):
        restore(place.elsewhere, io.BytesIO(archive))


# The rest is the same with either database.


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    node = Settings(data=tmp_path_factory.mktemp("node"))
    lives(node)
    return backup(node)


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def test_a_data_folder_that_is_not_empty_is_left_alone(archive: bytes, empty: Settings) -> None:
    empty.data.mkdir()
    (empty.data / "something").touch()
    with pytest.raises(BackupError, match="is not empty"):
        restore(empty, io.BytesIO(archive))
    assert [path.name for path in empty.data.iterdir()] == ["something"]


def refused(empty: Settings, archive: bytes) -> str:
    """Try to put *archive* back; nothing may be left of it."""
    with pytest.raises(BackupError) as caught:
        restore(empty, io.BytesIO(archive))
    assert not list(empty.data.iterdir())
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_a_backup_that_is_cut_short_is_refused(archive: bytes, empty: Settings) -> None:
    for length in (0, 10, len(archive) // 2, len(archive) - 1):
        refused(empty, archive[:length])


def test_a_backup_with_another_byte_is_refused(archive: bytes, empty: Settings) -> None:
    plain = bytearray(gzip.decompress(archive))
    plain[plain.index(b"numbers")] ^= 1
    assert "not those of its manifest" in refused(empty, gzip.compress(plain))


def rewritten(archive: bytes, change: Callable[[dict[str, object]], object]) -> bytes:
    """Return *archive* with another manifest."""
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as old,
        tarfile.open(fileobj=out, mode="w:gz") as new,
    ):
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            data = file.read()
            if member.name == MANIFEST:
                content = json.loads(data)
                change(content)
                data = json.dumps(content).encode()
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return out.getvalue()


def test_a_backup_of_a_newer_callguard_is_refused(archive: bytes, empty: Settings) -> None:
    newer = rewritten(archive, lambda manifest: manifest.update(revision="9999"))
    assert "of a newer callguard than this (its database is at 9999)" in refused(empty, newer)
    other = rewritten(archive, lambda manifest: manifest.update(format=2))
    assert "of form 2" in refused(empty, other)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../outside", f"{DATA}/../../outside", "elsewhere/file", DATA]
)
def test_a_member_that_would_lie_elsewhere_is_refused(empty: Settings, name: str) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as forged:
        member = tarfile.TarInfo(name)
        member.size = 4
        forged.addfile(member, io.BytesIO(b"evil"))
    assert "this is no backup of callguard" in refused(empty, out.getvalue())


def test_a_link_is_refused(empty: Settings) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as forged:
        member = tarfile.TarInfo(f"{DATA}/link")
        member.type = tarfile.SYMTYPE
        member.linkname = "/etc/passwd"
        forged.addfile(member)
    assert "this is no backup of callguard" in refused(empty, out.getvalue())


@given(st.binary(max_size=2000), st.booleans())
def test_no_bytes_are_taken_for_a_backup(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool
) -> None:
    empty = Settings(data=tmp_path_factory.mktemp("any"))
    refused(empty, gzip.compress(content) if packed else content)


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    node = Settings(data=tmp_path)
    node.database_file.write_bytes(b"damaged" * 1000)
    with pytest.raises(BackupError, match="cannot be copied"):
        backup(node)


def test_a_node_without_anything_cannot_be_backed_up(empty: Settings) -> None:
    with pytest.raises(BackupError, match="there is no folder"):
        backup(empty)
