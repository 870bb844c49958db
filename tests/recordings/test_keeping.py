"""Recordings looked after in the services: whatever was left, it is encrypted and registered."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callguard.database import Database, DatabaseError
from callguard.recordings import keeping as keeping_module
from callguard.recordings.keeping import QUIET_SECONDS, RecordingKeeping
from callguard.recordings.shelf import Flaw, Shelf

from ..portal.site import NOON
from .conftest import Node
from .left import CALL, OTHER_CALL, leave, tone, wav

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(keeping_module, "MAX_PAUSE", 0.05)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def looked_after(
    node: Node,
    *,
    over: Iterable[str] | None = (),
    open_database: Callable[[], Database] | None = None,
    shelf: Shelf | None = None,
) -> AsyncIterator[RecordingKeeping]:
    """Run the keeping; the channels *over* are gone (None: Asterisk cannot be asked)."""

    async def gone(channels: Iterable[str]) -> list[str]:
        return [one for one in channels if one in set(over or ())]

    url = node.database.engine.url.render_as_string(hide_password=False)
    keeping = RecordingKeeping(
        open_database or (lambda: Database(url)),
        node.spool,
        shelf or node.shelf,
        node.key_file,
        None if over is None else gone,
        lambda: NOON,
    )
    task = asyncio.create_task(keeping.run())
    try:
        yield keeping
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def age(path: Path, seconds: float) -> Path:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))
    return path


async def test_what_lay_there_when_callguard_began_is_brought_home(node: Node) -> None:
    first, second = node.call(), node.call(node.other)
    said = tone(1.0)
    leave(node.spool.folder, f"call-{first}.wav", said)
    leave(node.spool.folder, f"message-{second}.wav", said)
    async with looked_after(node) as keeping:
        await until(lambda: node.rows()[0] == 2)
        await until(lambda: keeping.standing.waiting == 0)
    assert node.spool.left() == []
    assert node.recordings.whole(node.household, first) == wav(said)
    assert node.recordings.whole(node.other, second) == wav(said)
    assert (keeping.standing.sealed, keeping.standing.cut_off) == (2, 0)
    assert keeping.standing.fault == ""


async def test_a_call_in_progress_is_left_alone_however_quiet(node: Node) -> None:
    call = node.call()
    path = leave(node.spool.folder, f"call-{call}-17642.1.part.wav", tone(1.0))
    age(path, QUIET_SECONDS + 10)
    later = node.call()
    async with looked_after(node) as keeping:
        leave(node.spool.folder, f"call-{later}.wav", tone(1.0))
        await until(lambda: node.rows()[0] == 1)
        await until(lambda: keeping.standing.in_progress == 1)
        assert path.exists()
        # It is over, and Asterisk gives the file its other name.
        path.rename(path.with_name(f"call-{call}.wav"))
        await until(lambda: node.rows()[0] == 2)


async def test_what_asterisk_left_open_is_encrypted_when_its_channel_is_gone(node: Node) -> None:
    call = node.call()
    path = leave(node.spool.folder, f"call-{call}-17642.1.part.wav", tone(1.0))
    async with looked_after(node, over=["17642.1"]) as keeping:
        await until(lambda: keeping.standing.in_progress == 1)
        assert path.exists(), "a moment ago it still grew"
        age(path, QUIET_SECONDS + 10)
        await until(lambda: node.rows()[0] == 1)
    (one,) = node.recordings.all(node.household)
    assert one.flaw is Flaw.INTERRUPTED
    assert node.spool.left() == []
    assert keeping.standing.cut_off == 1


async def test_without_asterisk_to_ask_an_open_one_waits_for_hours(node: Node) -> None:
    call, old = node.call(), node.call()
    path = leave(node.spool.folder, f"call-{call}-17642.1.part.wav", tone(1.0))
    age(path, 3 * 3600)
    age(leave(node.spool.folder, f"call-{old}-17642.2.part.wav", tone(1.0)), 5 * 3600)
    async with looked_after(node, over=None):
        await until(lambda: node.rows()[0] == 1)
    assert path.exists()


async def test_while_the_database_is_away_nothing_waits_in_clear(node: Node) -> None:
    call = node.call()
    url = node.database.engine.url.render_as_string(hide_password=False)
    there = False

    def opened() -> Database:
        if not there:
            raise DatabaseError("the households database cannot be opened")
        return Database(url)

    async with looked_after(node, open_database=opened) as keeping:
        leave(node.spool.folder, f"call-{call}.wav", tone(1.0))
        await until(lambda: not node.spool.left())
        await until(lambda: "cannot be opened" in keeping.standing.fault)
        assert node.files() == {f"{call}.cgr", f"{call}.waiting"}
        there = True
        await until(lambda: node.rows()[0] == 1)
        await until(lambda: not keeping.standing.fault)
    assert node.files() == {f"{call}.cgr"}


async def test_a_disk_that_is_full_while_recording_marks_the_recording(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    monkeypatch.setattr(type(node.spool), "is_full", lambda _: full)
    call, later = node.call(), node.call()
    path = leave(node.spool.folder, f"call-{call}-17642.1.part.wav", tone(1.0))
    async with looked_after(node) as keeping:
        await until(lambda: keeping.standing.full)
        full = False
        await until(lambda: not keeping.standing.full)
        path.rename(path.with_name(f"call-{call}.wav"))
        leave(node.spool.folder, f"call-{later}.wav", tone(1.0))
        await until(lambda: node.rows()[0] == 2)
    flaws = {one.call_id: one.flaw for one in node.recordings.all(node.household)}
    assert flaws == {call: Flaw.DISK_FULL, later: Flaw.NONE}


async def test_no_room_for_what_is_encrypted_says_so_and_goes_on_with_room(
    node: Node, tmp_path: Path
) -> None:
    call = node.call()
    leave(node.spool.folder, f"call-{call}.wav", tone(1.0))
    shelf = Shelf(node.shelf.folder, reserve=1 << 60)
    async with looked_after(node, shelf=shelf) as keeping:
        await until(lambda: "no room for recordings" in keeping.standing.fault)
        assert len(node.spool.left()) == 1
        assert keeping.standing.in_clear == 1
        shelf._reserve = 0
        await until(lambda: node.rows()[0] == 1)


async def test_one_that_cannot_be_read_does_not_keep_the_others_in_clear(node: Node) -> None:
    call = node.call()
    (node.spool.folder / f"call-{OTHER_CALL}.wav").symlink_to("/nowhere")
    leave(node.spool.folder, f"call-{call}.wav", tone(1.0))
    async with looked_after(node) as keeping:
        await until(lambda: node.rows()[0] == 1)
        await until(lambda: OTHER_CALL in keeping.standing.fault)


async def test_without_asterisks_folder_it_says_so(node: Node) -> None:
    node.spool.folder.rmdir()
    async with looked_after(node) as keeping:
        await until(lambda: "No such file" in keeping.standing.fault)
        node.spool.folder.mkdir()
        await until(lambda: not keeping.standing.fault)


async def test_a_damaged_key_leaves_recordings_where_they_are(node: Node) -> None:
    node.key_file.parent.mkdir(parents=True)
    node.key_file.write_bytes(b"short")
    leave(node.spool.folder, f"call-{CALL}.wav", tone(1.0))
    async with looked_after(node) as keeping:
        await until(lambda: "cannot be heard any more" in keeping.standing.fault)
    assert len(node.spool.left()) == 1
