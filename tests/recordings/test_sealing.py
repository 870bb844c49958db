"""From Asterisk's folder to callguard's: encrypted, and in clear no more."""

from pathlib import Path

import pytest

from callguard.recordings.container import Reader
from callguard.recordings.errors import NoRoom
from callguard.recordings.keys import NodeKey, unwrap
from callguard.recordings.sealing import purpose, seal
from callguard.recordings.shelf import Flaw, Kind, Shelf
from callguard.recordings.spool import Left, Spool

from .left import CALL, OTHER_CALL, leave, tone, wav


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    folder = tmp_path / "spool"
    folder.mkdir()
    return Spool(folder)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", reserve=0)


@pytest.fixture
def key(tmp_path: Path) -> NodeKey:
    return NodeKey(tmp_path / "recordings.key")


def one(spool: Spool) -> Left:
    (left,) = spool.left()
    return left


def opened(shelf: Shelf, key: NodeKey, call_id: str = CALL) -> bytes:
    (waiting,) = [one for one in shelf.waiting() if one.call_id == call_id]
    own = unwrap(waiting.key, key.key, purpose(call_id))
    with Reader(shelf.open(call_id), own, call_id) as reader:
        return reader.whole()


def test_a_recording_is_encrypted_and_gone_in_clear(
    spool: Spool, shelf: Shelf, key: NodeKey
) -> None:
    said = tone(5.0)
    leave(spool.folder, f"call-{CALL}.wav", said)
    assert seal(one(spool), shelf, key, Flaw.NONE)
    assert spool.left() == []
    assert opened(shelf, key) == wav(said)
    (waiting,) = shelf.waiting()
    assert (waiting.kind, waiting.flaw, waiting.seconds) == (Kind.CALL, Flaw.NONE, 5)
    for path in shelf.folder.iterdir():
        assert said[1000:1100] not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert shelf.folder.stat().st_mode & 0o077 == 0


def test_what_was_cut_off_has_a_header_that_is_right(
    spool: Spool, shelf: Shelf, key: NodeKey
) -> None:
    """Asterisk stopped, its header says that there is nothing, and half a sample was written."""
    said = tone(2.0)
    path = leave(spool.folder, f"call-{CALL}-1764200000.7.part.wav", b"")
    path.write_bytes(path.read_bytes() + said + b"\x01")
    left = one(spool)
    assert left.unique == "1764200000.7"
    assert seal(left, shelf, key, Flaw.INTERRUPTED)
    assert opened(shelf, key) == wav(said)
    assert next(shelf.waiting()).flaw is Flaw.INTERRUPTED


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        (f"call-{CALL}.wav", b""),
        (f"call-{CALL}.wav", tone(0.4)),
        (f"message-{CALL}.wav", tone(20, level=0)),
        (f"message-{CALL}.wav", tone(20, frequency=50, level=200)),
    ],
    ids=["empty", "too-short", "silent-message", "humming-message"],
)
def test_nothing_said_is_nothing_kept(
    spool: Spool, shelf: Shelf, key: NodeKey, name: str, sound: bytes
) -> None:
    leave(spool.folder, name, sound)
    assert not seal(one(spool), shelf, key, Flaw.NONE)
    assert spool.left() == []
    assert not shelf.has(CALL)
    assert list(shelf.waiting()) == []


def test_a_silent_call_is_kept_since_the_warning_said_that_it_is_recorded(
    spool: Spool, shelf: Shelf, key: NodeKey
) -> None:
    leave(spool.folder, f"call-{CALL}.wav", tone(3, level=0))
    assert seal(one(spool), shelf, key, Flaw.NONE)


def test_what_is_no_sound_is_not_kept(spool: Spool, shelf: Shelf, key: NodeKey) -> None:
    (spool.folder / f"call-{CALL}.wav").write_bytes(b"<html>" * 10_000)
    assert not seal(one(spool), shelf, key, Flaw.NONE)
    assert spool.left() == []


def test_killed_between_the_steps_nothing_is_lost_nor_there_twice(
    spool: Spool, shelf: Shelf, key: NodeKey
) -> None:
    said = tone(1.0)
    path = leave(spool.folder, f"call-{CALL}.wav", said)
    content = path.read_bytes()
    assert seal(one(spool), shelf, key, Flaw.NONE)
    sealed = (shelf.folder / f"{CALL}.cgr").read_bytes()
    # Killed before the file in clear was removed: it is only removed now.
    path.write_bytes(content)
    assert not seal(one(spool), shelf, key, Flaw.NONE)
    assert spool.left() == []
    assert (shelf.folder / f"{CALL}.cgr").read_bytes() == sealed
    # Killed before its key was written: it is encrypted anew, under another one.
    shelf.settle(CALL)
    path.write_bytes(content)
    assert seal(one(spool), shelf, key, Flaw.NONE)
    assert opened(shelf, key) == wav(said)


def test_a_full_disk_leaves_the_recording_where_it_is(
    tmp_path: Path, spool: Spool, key: NodeKey
) -> None:
    path = leave(spool.folder, f"call-{CALL}.wav", tone(1.0))
    full = Shelf(tmp_path / "recordings", reserve=1 << 60)
    with pytest.raises(NoRoom, match="make some in"):
        seal(one(spool), full, key, Flaw.NONE)
    assert path.exists()
    assert list(full.folder.iterdir()) == []


def test_a_link_leads_nowhere(tmp_path: Path, spool: Spool, shelf: Shelf, key: NodeKey) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(1.0)))
    (spool.folder / f"call-{CALL}.wav").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic"):
        seal(one(spool), shelf, key, Flaw.NONE)
    assert secret.exists()
    assert not shelf.has(CALL)


@pytest.mark.parametrize(
    "name",
    [
        "call-12.wav",
        f"call-{CALL.upper()}.wav",
        f"name-{CALL}.wav",
        f"call-{CALL}.mp3",
        f"call-{CALL}.part.wav",
        "notes.txt",
    ],
)
def test_other_files_are_left_alone(spool: Spool, name: str) -> None:
    leave(spool.folder, name, tone(1.0))
    assert spool.left() == []


def test_names_that_asterisk_could_not_remove_are_removed_in_an_hour(spool: Spool) -> None:
    path = leave(spool.folder, f"name-{CALL}.wav", tone(1.0))
    written = path.stat().st_mtime
    spool.forget_names(written + 3500)
    assert path.exists()
    spool.forget_names(written + 3700)
    assert not path.exists()


def test_what_was_being_written_by_who_was_killed_is_cleared(shelf: Shelf) -> None:
    shelf.put(OTHER_CALL, [b"whole"], 5)
    aside = shelf.folder / f"{CALL}.cgr.4711.aside"
    aside.write_bytes(b"half")
    shelf.clear(aside.stat().st_mtime - 1)
    assert aside.exists(), "it may still be being written"
    shelf.clear(aside.stat().st_mtime + 1)
    assert [path.name for path in shelf.folder.iterdir()] == [f"{OTHER_CALL}.cgr"]


def test_a_write_that_fails_leaves_nothing(shelf: Shelf) -> None:
    def pieces() -> object:
        yield b"some"
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        shelf.put(CALL, pieces(), 8)  # type: ignore[arg-type]
    assert list(shelf.folder.iterdir()) == []
