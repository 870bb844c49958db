"""110, 118 and 119 go out and may call back, with each part broken in turn, and all at once."""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from callguard.demo.home import Home

from .test_defences import processes
from .test_dialling import reaches

WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'

Breakage = Callable[[Home], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def nothing(_: Home) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def callguard_hanging(home: Home) -> AsyncIterator[None]:
    """Every process of callguard's stands still: it accepts what it is asked, and never answers."""
    family = [home.callguard_pid, *children(home.callguard_pid)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def feed_hanging(home: Home) -> AsyncIterator[None]:
    for pid in processes(home, "cg feed server"):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes(home, "cg feed server"):
            os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def database_missing(home: Home) -> AsyncIterator[None]:
    async with database_replaced(home):
        yield


@asynccontextmanager
async def database_corrupt(home: Home) -> AsyncIterator[None]:
    async with database_replaced(home) as path:
        path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
        yield


@asynccontextmanager
async def database_locked(home: Home) -> AsyncIterator[None]:
    connection = sqlite3.connect(database(home), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@asynccontextmanager
async def script_missing(home: Home) -> AsyncIterator[None]:
    script = home.asterisk.site.fallback
    await home.asterisk.console("dialplan set global CALLGUARD_FALLBACK /nowhere/callguard-agi")
    try:
        yield
    finally:
        await home.asterisk.console(f"dialplan set global CALLGUARD_FALLBACK {script}")


@asynccontextmanager
async def disk_full(home: Home) -> AsyncIterator[None]:
    """Asterisk's own disk, where it would keep that the telephone has dialled 119."""
    folder = home.asterisk.site.folder / "lib"
    await home.stop_asterisk()
    await home.start_asterisk(
        *("unshare", "--map-root-user", "--mount", "sh", "-c"),
        f'mount -t tmpfs -o size=1m tmpfs "{folder}" && exec "$@"',
        "sh",
    )
    inside = Path(f"/proc/{home.asterisk.pid}/root{folder}")
    with contextlib.suppress(OSError), (inside / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    try:
        yield
    finally:
        await home.stop_asterisk()
        await home.start_asterisk()


@asynccontextmanager
async def database_replaced(home: Home) -> AsyncIterator[Path]:
    """Take the families' database away, and what SQLite keeps beside it; yield its path."""
    path = database(home)
    files = [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]
    for file in files:
        shutil.move(file, file.with_name(f"away-{file.name}"))
    try:
        yield path
    finally:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        for file in files:
            shutil.move(file.with_name(f"away-{file.name}"), file)


def database(home: Home) -> Path:
    return Path(home.environment["CALLGUARD_DATA"]) / "households.db"


def children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


async def callback(home: Home) -> tuple[bool, str]:
    """Have somebody call who withholds the number; return whether she answered, and why."""
    async with home.phone(ring_seconds=0.1), home.caller(WITHHELD, talk_seconds=0.1) as caller:
        await caller.ended()
        answered = "SIP/2.0 200 OK" in [message.first_line for message in caller.messages()]
        return answered, (await home.channels.of(caller)).get("CALLGUARD_REASON", "")


async def help_comes(home: Home, number: str, *reasons: str) -> None:
    """Dial *number*, and be called back, by somebody who is put through for one of *reasons*."""
    assert await reaches(home, number)
    answered, reason = await callback(home)
    assert answered
    assert reason in {"emergency-callback", *reasons}
    await home.forget_emergency()


@pytest.mark.parametrize(
    ("breakage", "number"),
    [
        (nothing, "110"),
        (callguard_hanging, "118"),
        (feed_hanging, "184110"),
        (database_missing, "186119"),
        (database_corrupt, "119"),
        (database_locked, "110"),
        (disk_full, "119"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_help_is_reached_and_can_call_back(
    home: Home, breakage: Breakage, number: str
) -> None:
    # Without its database callguard knows of no consent, and screens nobody.
    unknown = breakage in {database_missing, database_corrupt}
    async with breakage(home):
        await help_comes(home, number, *(["no-consent"] if unknown else []))


async def test_with_callguard_killed_and_then_all_the_rest_broken_help_still_comes(
    home: Home,
) -> None:
    os.kill(home.callguard_pid, signal.SIGKILL)
    await home.stop_callguard()
    try:
        await help_comes(home, "119")
        async with disk_full(home), script_missing(home):
            await help_comes(home, "184118")
            async with database_missing(home):
                await help_comes(home, "119")
                # Nobody can be asked whether she may dial it.
                assert await reaches(home, "01012025550123")
    finally:
        await home.start_callguard()


async def test_a_telephone_that_ends_what_it_dials_by_a_hash_reaches_help_all_the_same(
    home: Home,
) -> None:
    for dialled, reached in (("119%23", "119"), ("184110%23", "184110")):
        assert await reaches(home, dialled, reached)
    assert await callback(home) == (True, "emergency-callback")
    await home.forget_emergency()


async def test_before_and_long_after_a_call_for_help_nobody_is_put_through_for_it(
    home: Home,
) -> None:
    assert await callback(home) == (False, "withheld")
    assert await reaches(home, "119")
    await home.asterisk.console("dialplan set global CALLGUARD_HELP 1795000000")
    assert await callback(home) == (False, "withheld")
    await home.forget_emergency()


async def test_the_window_outlives_a_restart_of_asterisk(home: Home) -> None:
    assert await reaches(home, "119")
    async with asyncio.timeout(10):
        # Asterisk writes it within a second.
        while "callguard-emergency" not in astdb(home):
            await asyncio.sleep(0.1)
    await home.stop_asterisk()
    await home.start_asterisk()
    assert await callback(home) == (True, "emergency-callback")
    await home.forget_emergency()


def astdb(home: Home) -> str:
    """Return what Asterisk's database has on disk."""
    path = home.asterisk.site.folder / "lib" / "astdb.sqlite3"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return str(connection.execute("SELECT key FROM astdb").fetchall())
    finally:
        connection.close()


async def test_her_keys_do_nothing_in_an_emergency_call(home: Home) -> None:
    async with home.network() as network, home.dialling("119", talk_seconds=3.0) as telephone:
        await telephone.until("SIP/2.0 200")
        await telephone.press("*9")
        await telephone.ended()
        # It is she who hangs up.
        assert "BYE" not in [
            message.first_line.split()[0] for message in telephone.messages() if not message.sent
        ]
        await network.ended()
    await home.forget_emergency()
