"""``callguard recordings``, as somebody at a prompt would use it."""

import io
import json
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.households.models import Household
from callguard.recordings.keys import NodeKey
from callguard.recordings.registering import Registering
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Shelf
from callguard.recordings.spool import Spool
from callguard.trail import Trail, What

from ..portal.called import log_call
from ..recordings.left import leave, tone, wav
from .conftest import LINE, Run

NOW = datetime.now(UTC)
SAID = tone(2.0)


def records(path: Path) -> Database:
    return Database(f"sqlite:///{path / 'households.db'}")


@pytest.fixture
def calls(household: Run, data: Path, tmp_path: Path) -> list[str]:
    """A home with a recorded call and a message."""
    database = records(data)
    with database.reading() as session:
        home = session.scalars(select(Household.id)).one()
    shelf, key = Shelf(data / "recordings", reserve=0), NodeKey(data / "recordings.key")
    found = []
    for kind, flaw in (("call", Flaw.NONE), ("message", Flaw.DISK_FULL)):
        call = log_call(database, home, "0422-99-0199", NOW, outcome="answered")
        leave(tmp_path / "spool", f"{kind}-{call}.wav", SAID)
        (left,) = Spool(tmp_path / "spool").left()
        seal(left, shelf, key, flaw)
        Registering(database, shelf, key).register(NOW)
        found.append(call)
    database.close()
    return found


def test_they_are_listed(run: Run, calls: list[str]) -> None:
    ran = run("recordings", "list", "--line", LINE)
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert len(lines) == 2
    assert any(f"{calls[0]}  call     2 s" in line for line in lines)
    assert any(f"{calls[1]}  message  2 s, disk-full" in line for line in lines)
    listed = json.loads(run("recordings", "list", "--line", LINE, "--json").out)
    assert {one["call_id"]: (one["kind"], one["flaw"], one["here"]) for one in listed} == {
        calls[0]: ("call", None, True),
        calls[1]: ("message", "disk-full", True),
    }


def test_one_is_taken_out_and_that_is_in_the_trail(
    run: Run, data: Path, tmp_path: Path, calls: list[str]
) -> None:
    out = tmp_path / "call.wav"
    export = ("recordings", "export", "--line", LINE, "--call", calls[0], "--out", str(out))
    ran = run(*export)
    assert ran.status == 0
    assert "2 seconds, in clear" in ran.out
    assert out.read_bytes() == wav(SAID)
    assert out.stat().st_mode & 0o777 == 0o600
    with wave.open(io.BytesIO(out.read_bytes())) as file:
        assert file.getnframes() == 16_000
    assert run(*export).error == f"{out} exists already; give another name with --out"
    database = records(data)
    with database.reading() as session:
        home = session.scalars(select(Household.id)).one()
    lines = Trail(database).page(home, what=(What.LISTEN,)).lines
    database.close()
    assert {line.detail["call"] for line in lines} == {calls[0]}


def test_with_the_calls_as_evidence(run: Run, tmp_path: Path, calls: list[str]) -> None:
    out = str(tmp_path / "evidence.zip")
    day = f"{NOW:%Y-%m-%d}"
    ran = run(
        *("calls", "export", "--line", LINE, "--since", "2026-01-01", "--basis", "a warrant"),
        *("--recordings", "--out", out),
    )
    assert ran.status == 0, (ran, day)
    assert "2 calls" in run("calls", "verify", out).out


@pytest.mark.parametrize(
    "what", [(), ("--call", "00000000000000a0", "--all")], ids=["nothing", "both"]
)
def test_what_is_erased_must_be_said(run: Run, calls: list[str], what: tuple[str, ...]) -> None:
    assert "say what to erase" in run("recordings", "erase", "--line", LINE, *what).error


def test_they_are_erased(run: Run, data: Path, calls: list[str]) -> None:
    erase = ("recordings", "erase", "--line", LINE)
    assert run(*erase, "--call", calls[0]).out == "erased: 1 recording\n"
    assert "no recording of this call" in run(*erase, "--call", calls[0]).error
    assert [path.name for path in (data / "recordings").iterdir()] == [f"{calls[1]}.cgr"]
    assert run(*erase, "--all").out == "erased: 1 recording\n"
    assert run(*erase, "--all").out == "erased: 0 recordings\n"
    assert run("recordings", "list", "--line", LINE).out == "no recordings\n"
    assert list((data / "recordings").iterdir()) == []


def test_of_a_call_that_is_none_nothing_is_taken_out(run: Run, calls: list[str]) -> None:
    for name in ("0" * 16, "../../etc/passwd", ""):
        ran = run("recordings", "export", "--line", LINE, "--call", name)
        assert "no recording of this call" in ran.error
