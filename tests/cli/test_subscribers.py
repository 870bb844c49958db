"""Many households by command: tables in, wrong rows told, groups, moves, proposals."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Ran, Run

DIGEST = "0a" * 32
TABLE = (
    "line,name,group,consent_by,consent_at,evidence,digest\n"
    f"0422-99-0001,山田,,本人,2026-11-01,申込書 1,{DIGEST}\n"
    f"0422-99-0002,鈴木,,本人,2026-11-01,,{DIGEST}\n"
    "03-1234-5678,佐藤,,,,,\n"
    "0422-99-0003,田中,,,,,\n"
)

File = Callable[[str], str]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Write a table; return its path."""

    def write(text: str) -> str:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def lines(ran: Ran) -> list[str]:
    return ran.out.splitlines()


def test_a_table_is_checked_and_then_signed_up(run: Run, file: File, tmp_path: Path) -> None:
    table, wrong = file(TABLE), tmp_path / "wrong.csv"
    dry = run("household", "import", table, "--dry-run", "--faults", str(wrong))
    assert dry.status == 1
    assert lines(dry) == ["2 households would be signed up, 0 there already, 2 rows wrong"]
    assert [line.partition(":")[0] for line in dry.err.splitlines()] == ["line 3", "line 4"]
    with wrong.open(encoding="utf-8-sig", newline="") as written:
        rows = list(csv.reader(written))
    assert [row[0] for row in rows] == ["row", "3", "4"]
    assert "consent without evidence" in rows[1][2]
    assert run("household", "list").out == ""
    done = run("household", "import", table)
    assert lines(done) == ["2 households signed up, 0 there already, 2 rows wrong"]
    again = run("household", "import", table)
    assert lines(again) == ["0 households signed up, 2 there already, 2 rows wrong"]


def test_a_file_that_is_none_is_told_in_one_line(run: Run, file: File, tmp_path: Path) -> None:
    assert (
        "its first row names no column line" in run("household", "import", file("a,b\n1,2\n")).error
    )
    assert "No such file" in run("household", "import", str(tmp_path / "none.csv")).error


def test_households_are_removed_by_a_table_once_one_says_so(run: Run, file: File) -> None:
    run("household", "import", file(TABLE))
    table = file("line\n0422-99-0001\n0422-99-0007\n")
    assert run("household", "off-board", table).status == 2
    dry = run("household", "off-board", table, "--dry-run")
    assert lines(dry) == ["1 households would be removed, 1 lines have none, 0 rows wrong"]
    done = run("household", "off-board", table, "--yes")
    assert lines(done) == ["1 households removed, 1 lines have none, 0 rows wrong"]
    assert "0422-99-0001" not in run("household", "list").out


def test_a_group_gives_defaults_that_a_household_can_override(run: Run, file: File) -> None:
    run("household", "import", file(TABLE))
    line = ("--line", "0422-99-0001")
    assert run("group", "add", "senior", "unlisted=challenge").out == (
        "the group senior is there\n"
    )
    said = run("household", "group", *line, "--to", "senior").out
    assert said == "山田 follows the defaults of senior; chosen itself: nothing\n"
    run("policy", "set", *line, "payphone=reject")
    changed = run("group", "set", "senior", "unlisted=reject", "payphone=warn")
    assert changed.out == "changed: unlisted, payphone; 1 households follow\n"
    shown = run("policy", "show", *line).out
    assert "unlisted          reject" in shown
    assert "payphone          reject" in shown
    run("policy", "follow", *line, "payphone")
    assert "payphone          warn" in run("policy", "show", *line).out
    assert run("group", "apply").out == "0 households brought in step\n"
    assert lines(run("group", "list")) == [
        "senior: 1 households",
        "  unlisted          reject",
        "  payphone          warn",
    ]
    assert "1 households follow 'senior'" in run("group", "remove", "senior").error
    run("household", "group", *line)
    assert run("group", "remove", "senior").out == "the group senior is removed\n"


def test_a_household_moves(run: Run, file: File) -> None:
    run("household", "import", file(TABLE))
    move = ("household", "move", "--line", "0422-99-0001", "--to", "0422-98-7654")
    assert run(*move, "--days", "0").out == (
        "山田 is on 0422-98-7654 now; the old number tells nobody\n"
    )
    assert "has no household" in run(*move).error
    assert run(*move, "--days", "400").status == 2


def test_a_stronger_protection_is_proposed_and_decided(run: Run, file: File) -> None:
    run("household", "import", file(TABLE))
    table = file("line\n0422-99-0001\n0422-99-0009\n")
    ran = run("household", "at-risk", table, "--profile", "name", "--reference", "名簿3")
    assert ran.status == 1
    assert lines(ran) == ["1 households have got a proposal, 0 had it already, 1 rows wrong"]
    decided = ("--line", "0422-99-0001", "--by", "山田 花子", "--evidence")
    assert "evidence is empty" in run("household", "accept", *decided, " ").error
    said = run("household", "accept", *decided, "返信はがき 3号").out
    assert said == "山田 agreed; in force: unlisted=challenge, payphone=challenge, challenge=name\n"
    assert "nothing is proposed" in run("household", "decline", *decided, "x").error
