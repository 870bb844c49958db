"""``callguard calls``, as somebody at a prompt would use it."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.calllog.journal import Journal
from callguard.calllog.models import CallRecord
from callguard.calllog.record import Defence, read, write
from callguard.database import Database
from callguard.households.models import Household
from callguard.numbers import Caller, Origin, classify_number
from callguard.screening import Action, Reason, Verdict

from .conftest import LINE, Run

NOW = datetime.now(UTC)
NUMBER = "0422-99-0199"
WARNED = Verdict(Action.WARN, Reason.UNLISTED, classify_number(NUMBER))
WITHHELD = Verdict(Action.REJECT, Reason.WITHHELD, Caller(Origin.WITHHELD))


def journalled(name: int, verdict: Verdict, ago: timedelta) -> bytes:
    return write(
        verdict,
        call_id=f"{name:016x}",
        line=81422990000,
        at=NOW - ago,
        defence=Defence.DAEMON,
        hidden=None,
    )


@pytest.fixture
def calls(household: Run, data: Path) -> Run:
    """A home with two calls in the log, an old one, and one still in the journal."""
    database = Database(f"sqlite:///{data / 'households.db'}")
    with database.transaction() as session:
        home = session.scalars(select(Household.id)).one()
        for name, verdict, ago in (
            (1, WARNED, timedelta(minutes=1)),
            (2, WITHHELD, timedelta(minutes=2)),
            (3, WARNED, timedelta(days=91)),
        ):
            record = read(journalled(name, verdict, ago))
            session.add(CallRecord(**record.columns(home) | {"outcome": "answered", "seconds": 62}))
    database.close()
    journal = Journal(data / "journal")
    journal.append([journalled(4, WARNED, timedelta())])
    journal.seal()
    return household


def listed(run: Run, *arguments: str) -> list[str]:
    ran = run("calls", "list", "--line", LINE, "--json", *arguments)
    assert ran.status == 0
    return [call["call_id"].lstrip("0") for call in json.loads(ran.out)]


def day(ago: int) -> str:
    return f"{(NOW + timedelta(hours=9) - timedelta(days=ago)).date()}"


def test_calls_are_listed(calls: Run) -> None:
    lines = calls("calls", "list", "--line", LINE).out.splitlines()
    assert len(lines) == 3
    assert re.search(r"0000000000000001  0422-99-0199 +warn, unlisted: answered 62 s$", lines[0])
    assert "withheld" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), ["1", "2", "3"]),
        (("--action", "reject"), ["2"]),
        (("--search", "0199"), ["1", "3"]),
        (("--limit", "1"), ["1"]),
        (("--until", day(30)), ["3"]),
        (("--since", day(30)), ["1", "2"]),
        (("--outcome", "left"), []),
    ],
)
def test_calls_are_found(calls: Run, arguments: tuple[str, ...], found: list[str]) -> None:
    assert listed(calls, *arguments) == found


def test_an_archive_is_written_and_verified(calls: Run, tmp_path: Path) -> None:
    out = tmp_path / "evidence.zip"
    export = ("calls", "export", "--line", LINE, "--since", day(30), "--out", str(out))
    ran = calls(*export, "--basis", "the subscriber asked")
    assert ran.status == 0
    assert f"{out}: 2 calls, signed by key " in ran.out
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = calls(*export, "--basis", "the subscriber asked")
    assert again.error.endswith("exists already; give another name with --out")
    verified = calls("calls", "verify", str(out))
    assert "as it was exported: 2 calls to 0422-99-0000" in verified.out
    assert "on the basis: the subscriber asked" in verified.out
    strange = calls("calls", "verify", str(out), "--key", "another")
    assert "it was signed by key" in strange.error
    out.write_bytes(out.read_bytes()[:-30])
    assert "no archive of evidence" in calls("calls", "verify", str(out)).error


def test_a_node_that_has_signed_nothing_knows_no_key(calls: Run, tmp_path: Path) -> None:
    out = tmp_path / "evidence.zip"
    assert calls(
        "calls", "export", "--line", LINE, "--call", f"{1:016x}", "--basis", "my own wish",
        "--out", str(out),
    ).status == 0  # fmt: skip
    (tmp_path / "data" / "evidence.key.json").unlink()
    assert "this node has signed nothing" in calls("calls", "verify", str(out)).error


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--call", f"{2:016x}"), ["4", "1", "3"]),
        (("--number", NUMBER), ["2"]),
        (("--until", day(30)), ["4", "1", "2"]),
        (("--since", day(30), "--until", day(0)), ["3"]),
        (("--all",), []),
    ],
)
def test_calls_are_erased_those_in_the_journal_too(
    calls: Run, arguments: tuple[str, ...], left: list[str]
) -> None:
    assert calls("calls", "erase", "--line", LINE, *arguments).out.startswith("erased: ")
    assert listed(calls) == left


def test_old_calls_are_purged(calls: Run) -> None:
    assert calls("calls", "purge").out == "erased: 1 call\n"
    assert listed(calls) == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erase",), "say what to erase"),
        (("erase", "--all", "--number", NUMBER), "say what to erase"),
        (("erase", "--number", "12"), "is not a telephone number"),
        (("erase", "--call", "x"), "there is no such call"),
        (("list", "--since", "yesterday"), "is not a day such as"),
        (("export", "--basis", "my own wish"), "name one call, or the first and last day"),
        (("export", "--basis", "", "--call", "1"), "the basis of the export is missing"),
        (("list", "--limit", "0"), "is not a number from 1 on"),
    ],
)
def test_what_cannot_be_done_is_said(calls: Run, arguments: tuple[str, ...], said: str) -> None:
    action, *rest = arguments
    assert said in calls("calls", action, "--line", LINE, *rest).error


def test_a_line_of_nobody(calls: Run) -> None:
    assert "has no household" in calls("calls", "list", "--line", "0422-99-0001").error


def test_a_call_in_words_of_a_newer_version_is_listed_as_unknown(calls: Run, data: Path) -> None:
    database = Database(f"sqlite:///{data / 'households.db'}")
    with database.transaction() as session:
        call = session.scalars(select(CallRecord).where(CallRecord.number.is_(None))).one()
        call.action, call.reason, call.origin = "divert", "deepfake-voice", "satellite"
    database.close()
    ran = calls("calls", "list", "--line", LINE)
    assert (ran.status, ran.err) == (0, "")
    assert re.search(r" unknown +unknown, unknown: answered", ran.out)
    told = json.loads(calls("calls", "list", "--line", LINE, "--json").out)[1]
    assert (told["action"], told["reason"]) == ("unknown", "unknown")
