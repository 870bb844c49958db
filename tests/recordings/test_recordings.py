"""Recordings in the database: whose they are, heard by nobody else, erased for good."""

import io
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from callguard.calllog.erasure import Erasure
from callguard.calllog.evidence import Evidence, verify
from callguard.calllog.retention import purge as purge_calls
from callguard.database import Database
from callguard.households.registry import Registry
from callguard.households.settings import HouseholdSettings
from callguard.recordings.errors import DamagedRecording, NoRecording, RecordingElsewhere
from callguard.recordings.handing_over import Sounds
from callguard.recordings.keys import NodeKey
from callguard.recordings.recordings import Recordings, host
from callguard.recordings.registering import PATIENCE
from callguard.recordings.retention import YOUNG_SECONDS, purge, sweep
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Kind, Shelf
from callguard.trail import Doer

from ..portal.site import NOON
from .conftest import YUMI, Node
from .left import CALL, leave, tone, wav


def test_a_recording_is_heard_as_it_was(node: Node) -> None:
    call = node.call()
    said = node.recorded(call)
    (one,) = node.recordings.all(node.household)
    assert (one.call_id, one.kind, one.seconds, one.flaw) == (call, Kind.CALL, 1, Flaw.NONE)
    assert (one.at, one.node, one.here) == (NOON - timedelta(hours=1), host(), True)
    assert one.heard_at is None
    assert node.recordings.whole(node.household, call) == wav(said)
    assert node.recordings.of_calls(node.household, [call, "0" * 16]) == {call: one}
    assert node.recordings.of_calls(node.household, []) == {}
    assert node.files() == {f"{call}.cgr"}
    assert node.news() == []


def test_of_a_message_there_is_news_and_once(node: Node) -> None:
    call = node.call()
    node.recorded(call, "message")
    assert node.news() == [("message-left", call)]
    assert node.recordings.all(node.household)[0].kind is Kind.MESSAGE


def test_another_household_hears_nothing(node: Node) -> None:
    call = node.call()
    node.recorded(call)
    assert node.recordings.all(node.other) == []
    assert node.recordings.of_calls(node.other, [call]) == {}
    with pytest.raises(NoRecording):
        node.recordings.open(node.other, call)
    with pytest.raises(NoRecording):
        node.recordings.erase(node.other, call, by=YUMI, now=NOON)
    assert node.recordings.erase_all(node.other, by=YUMI, now=NOON) == 0
    assert node.recordings.whole(node.household, call)


def test_each_household_has_a_key_of_its_own_and_each_recording(node: Node) -> None:
    mine, second, theirs = node.call(), node.call(), node.call(node.other)
    for call in (mine, second, theirs):
        node.recorded(call)
    assert node.rows() == (3, 2)
    with node.database.reading() as session:
        keys = session.execute(text("SELECT key FROM recordings")).all()
    assert len({bytes(key) for (key,) in keys}) == 3


def test_keys_and_files_swapped_in_the_database_or_on_disk_open_nothing(node: Node) -> None:
    mine, theirs = node.call(), node.call(node.other)
    node.recorded(mine)
    node.recorded(theirs)
    with node.database.transaction() as session:
        # Somebody who may write to the database, and wants to hear the neighbours.
        session.execute(
            text("UPDATE recordings SET household_id = :mine WHERE call_id = :theirs"),
            {"mine": node.household, "theirs": theirs},
        )
    with pytest.raises(DamagedRecording):
        node.recordings.open(node.household, theirs)
    folder = node.shelf.folder
    (folder / f"{theirs}.cgr").rename(folder / f"{mine}.cgr")
    with pytest.raises(DamagedRecording):
        node.recordings.whole(node.household, mine)


def test_at_another_node_it_is_known_and_not_heard(node: Node, tmp_path: Path) -> None:
    call = node.call()
    node.recorded(call)
    elsewhere = Recordings(node.database, Shelf(tmp_path / "other"), tmp_path / "other.key")
    (one,) = elsewhere.all(node.household)
    assert (one.here, one.node) == (False, host())
    with pytest.raises(RecordingElsewhere):
        elsewhere.open(node.household, call)
    # With the folder and without the key it is noise.
    thief = Recordings(node.database, node.shelf, tmp_path / "other.key")
    with pytest.raises(DamagedRecording, match="another node's"):
        thief.open(node.household, call)
    (tmp_path / "broken.key").write_bytes(b"")
    broken = Recordings(node.database, node.shelf, tmp_path / "broken.key")
    with pytest.raises(DamagedRecording, match="cannot be read"):
        broken.open(node.household, call)


def test_who_listens_is_in_the_trail_once(node: Node) -> None:
    call = node.call()
    node.recorded(call)
    person = Doer("由美", _person(node.database), "192.0.2.7")
    for _ in range(3):
        node.recordings.heard(node.household, call, by=person, now=NOON)
    assert node.trail() == [("listen", {"call": call})]
    node.recordings.heard(node.household, call, by=YUMI, now=NOON + timedelta(days=1))
    assert len(node.trail()) == 2, "whoever has no account is noted each time"
    assert node.recordings.all(node.household)[0].heard_at == NOON


def test_one_is_erased_with_its_key_and_its_file(node: Node) -> None:
    call, other = node.call(), node.call()
    node.recorded(call)
    node.recorded(other)
    node.recordings.erase(node.household, call, by=YUMI, now=NOON)
    assert node.files() == {f"{other}.cgr"}
    assert node.rows() == (1, 1)
    assert node.trail() == [("erase-recordings", {"of": "call", "recordings": 1})]
    with pytest.raises(NoRecording):
        node.recordings.erase(node.household, call, by=YUMI, now=NOON)


def test_all_are_erased_with_the_households_key(node: Node) -> None:
    for _ in range(3):
        node.recorded(node.call())
    theirs = node.call(node.other)
    node.recorded(theirs)
    assert node.recordings.erase_all(node.household, by=YUMI, now=NOON) == 3
    assert node.files() == {f"{theirs}.cgr"}
    assert node.rows() == (1, 1)


def test_a_recording_goes_with_its_call(node: Node) -> None:
    call, kept = node.call(), node.call()
    node.recorded(call)
    node.recorded(kept)
    erasure = Erasure(node.database, lambda _: None, node.shelf.forget)
    erasure.call(node.household, call, by=YUMI, now=NOON)
    assert node.files() == {f"{kept}.cgr"}
    assert node.rows() == (1, 1)
    # By the retention of calls the keys go, and with the next sweep the file.
    assert purge_calls(node.database, NOON + timedelta(days=91), lambda: True) == 1
    assert node.rows() == (0, 1)
    assert _swept(node) == 1
    assert node.files() == set()


def test_everything_goes_with_the_household(node: Node) -> None:
    node.recorded(node.call())
    theirs = node.call(node.other)
    node.recorded(theirs)
    Registry(node.database).remove(node.household, by=YUMI, now=NOON)
    assert node.rows() == (1, 1)
    assert _swept(node) == 1
    assert node.files() == {f"{theirs}.cgr"}


def test_what_is_on_its_way_is_not_swept(node: Node) -> None:
    leave(node.spool.folder, f"call-{CALL}.wav", tone(1.0))
    (left,) = node.spool.left()
    seal(left, node.shelf, NodeKey(node.key_file), Flaw.NONE)
    assert _swept(node) == 0
    node.recorded(node.call())
    assert sweep(node.database, node.shelf) == 0


@pytest.mark.database("sqlite")
def test_of_what_was_erased_no_key_is_left_in_any_file(node: Node, tmp_path: Path) -> None:
    call = node.call()
    node.recorded(call)
    with node.database.reading() as session:
        (key,) = session.execute(text("SELECT key FROM recordings")).one()
        (household,) = session.execute(text("SELECT key FROM recording_keys")).one()
    assert any(bytes(key) in path.read_bytes() for path in _files(tmp_path))
    node.recordings.erase_all(node.household, by=YUMI, now=NOON)
    for path in _files(tmp_path):
        assert bytes(key) not in path.read_bytes(), path
        assert bytes(household) not in path.read_bytes(), path


@pytest.mark.parametrize("days", [30, 7])
def test_recordings_are_kept_as_long_as_the_household_wants(node: Node, days: int) -> None:
    old = node.call(ago=timedelta(days=days, minutes=1))
    young = node.call(ago=timedelta(days=days, minutes=-1))
    theirs = node.call(node.other, ago=timedelta(days=20))
    for call in (old, young, theirs):
        node.recorded(call)
    if days != 30:
        HouseholdSettings(node.database).change(
            node.household, {"recording_days": str(days)}, by=YUMI, now=NOON
        )
    assert purge(node.database, node.shelf, NOON) == 1
    assert node.files() == {f"{young}.cgr", f"{theirs}.cgr"}
    assert purge(node.database, node.shelf, NOON) == 0


def test_a_recording_whose_call_never_comes_is_removed(node: Node) -> None:
    """Its household does not keep a log any more; or the call was erased in the same minute."""
    leave(node.spool.folder, f"call-{CALL}.wav", tone(1.0))
    (left,) = node.spool.left()
    seal(left, node.shelf, NodeKey(node.key_file), Flaw.NONE)
    registering = node.registering()
    assert registering.register(NOON) == 0
    assert registering.register(NOON + PATIENCE) == 0
    assert node.files() == {f"{CALL}.cgr", f"{CALL}.waiting"}
    assert registering.register(NOON + PATIENCE + timedelta(seconds=1)) == 0
    assert node.files() == set()


def test_registered_twice_it_is_there_once(node: Node) -> None:
    call = node.call()
    leave(node.spool.folder, f"message-{call}.wav", tone(1.0))
    (left,) = node.spool.left()
    seal(left, node.shelf, NodeKey(node.key_file), Flaw.NONE)
    waiting = (node.shelf.folder / f"{call}.waiting").read_bytes()
    node.registering().register(NOON)
    # Killed after the transaction, before the file went.
    (node.shelf.folder / f"{call}.waiting").write_bytes(waiting)
    node.registering().register(NOON)
    assert node.files() == {f"{call}.cgr"}
    assert node.rows() == (1, 1)
    assert len(node.news()) == 1
    assert node.recordings.whole(node.household, call)


def test_what_another_node_is_bringing_in_is_left_to_it(node: Node, tmp_path: Path) -> None:
    call = node.call()
    leave(node.spool.folder, f"call-{call}.wav", tone(1.0))
    (left,) = node.spool.left()
    seal(left, node.shelf, NodeKey(tmp_path / "other.key"), Flaw.NONE)
    assert node.registering().register(NOON) == 0
    assert node.files() == {f"{call}.cgr", f"{call}.waiting"}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"kind": "song"}', b"\xff"])
def test_a_note_that_cannot_be_read_keeps_the_others_from_nothing(
    node: Node, content: bytes
) -> None:
    node.shelf.put("0" * 16, [b"some"], 4)
    (node.shelf.folder / f"{'0' * 16}.waiting").write_bytes(content)
    call = node.call()
    node.recorded(call)
    assert node.recordings.whole(node.household, call)


def test_evidence_holds_what_was_said(node: Node, tmp_path: Path) -> None:
    call, silent = node.call(), node.call()
    said = node.recorded(call)
    lost = node.call()
    node.recorded(lost)
    node.shelf.remove([lost])
    evidence = Evidence(node.database, tmp_path / "key.json", Sounds(node.recordings))
    archive = evidence.export(
        node.household,
        since=NOON - timedelta(days=1),
        until=NOON,
        basis="令状 第1号",
        by=YUMI,
        now=NOON,
    )
    found = verify(archive.content)
    assert found.calls == 3
    files = _unzipped(archive.content)
    assert files[f"recordings/{call}.wav"] == wav(said)
    assert not [name for name in files if silent in name or lost in name]
    assert json.loads(files["MANIFEST.json"])["recordings_elsewhere"] == [lost]
    assert node.trail()[0][1]["recordings"] == 1


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _swept(node: Node) -> int:
    """Sweep, as if ten minutes had passed."""
    for path in node.shelf.folder.iterdir():
        then = path.stat().st_mtime - YOUNG_SECONDS - 1
        os.utime(path, (then, then))
    return sweep(node.database, node.shelf)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _person(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT min(id) FROM people")).scalar_one())
