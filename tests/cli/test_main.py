"""The command as a whole: its arguments, its exit status, its one line for every error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callguard import __version__
from callguard.cli import household as household_module

from .conftest import LINE, Run

COMMANDS = (
    (),
    ("check",),
    ("household",),
    ("household", "add"),
    ("household", "consent"),
    ("household", "rename"),
    ("household", "remove"),
    ("household", "list"),
    ("allow",),
    ("block",),
    ("unlist",),
    ("expect",),
    ("policy",),
    ("policy", "show"),
    ("policy", "set"),
    ("feed",),
    ("feed", "keygen"),
    ("feed", "publish"),
    ("feed", "retract"),
    ("feed", "import"),
    ("feed", "status"),
    ("trust",),
    ("trust", "keygen"),
    ("trust", "init"),
    ("trust", "add-source"),
    ("trust", "rotate"),
    ("trust", "remove-source"),
    ("trust", "renew"),
    ("trust", "sign"),
    ("trust", "install"),
    ("trust", "publish"),
    ("trust", "show"),
    ("serve",),
    ("doctor",),
)


def test_the_version(run: Run) -> None:
    ran = run("--version")
    assert (ran.status, ran.out) == (0, f"callguard {__version__}\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run: Run, command: tuple[str, ...]) -> None:
    ran = run(*command, "--help")
    assert ran.status == 0
    assert ran.out.startswith(f"usage: {' '.join(('callguard', *command))} ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "the following arguments are required: COMMAND; see callguard --help"),
        (("dance",), "argument COMMAND: invalid choice: 'dance'"),
        (("policy",), "callguard policy: the following arguments are required: ACTION"),
        (("check",), "callguard check: the following arguments are required: --to"),
        (("allow", "--line", LINE), "callguard allow: the following arguments are required: NUM"),
        (("household", "add", "--line", LINE), "callguard household add: the following arguments"),
        (("household", "list", "--colour"), "unrecognized arguments: --colour"),
        (("household", "list", "two\nlines"), "unrecognized arguments: two lines"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_one_line(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    ran = run(*arguments)
    assert ran.status == 2
    assert message in ran.error
    assert ran.error.endswith("--help")


@pytest.mark.parametrize("days", ["0", "-1", "3651", "99999999999", "1.5", "week", ""])
def test_a_number_of_days_that_is_none_is_told(household: Run, days: str) -> None:
    for command in (
        ("allow", "--line", LINE, "0422-99-0001"),
        ("block", "--line", LINE, "0422-99-0001"),
        ("feed", "publish", "--key", "key", "--category", "refund", "0422-99-0001"),
    ):
        ran = household(*command, f"--days={days}")
        assert ran.status == 2
        assert "is not a number of days from 1 to 3650" in ran.error


def test_a_setting_that_cannot_be_used_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_WORKERS", "many")
    ran = run("household", "list")
    assert (ran.status, ran.error) == (1, "workers is 'many'; give a number from 1 to 64")


def test_a_setting_that_does_not_exist_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_DATTA", "/data")
    for command in (
        ("household", "list"),
        ("check", "--to", LINE),
        ("feed", "status"),
        ("trust", "show"),
    ):
        ran = run(*command)
        assert ran.status == 1
        assert ran.error == "environment: there is no setting 'datta'; did you mean data?"


def test_an_empty_data_folder_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_DATA", "")
    assert run("household", "list").error == "data is empty; give the path of a folder"


def test_arguments_that_are_not_utf_8_are_told(run: Run) -> None:
    ran = run("household", "add", "--line", LINE, "--name", "\udcff")
    assert ran.status == 1
    assert ran.error == "name holds characters that cannot be shown; type it again"
    assert run("household", "list").out == ""


def test_a_terminal_that_cannot_show_a_name_is_told_of(household: Run, data: Path) -> None:
    household("household", "add", "--line", "0422-99-0005", "--name", "家")
    ran = subprocess.run(
        [sys.executable, "-m", "callguard", "household", "list"],
        env={"CALLGUARD_DATA": str(data), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr.decode()) == (
        1,
        "callguard: '\\u5bb6' cannot be written in ascii; callguard reads and writes UTF-8\n",
    )


def test_an_interrupted_command_says_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(household_module, "list_all", interrupt)
    ran = run("household", "list")
    assert (ran.status, ran.out, ran.err) == (130, "", "")


def test_a_fault_of_our_own_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: object) -> int:
        raise LookupError("a bug")

    monkeypatch.setattr(household_module, "list_all", stumble)
    with pytest.raises(LookupError, match="a bug"):
        run("household", "list")


def test_a_disk_that_is_full_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(household_module, "list_all", write)
    assert run("household", "list").error == "[Errno 28] No space left on device"


def test_whoever_stops_reading_is_not_told_of_it(household: Run, data: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "callguard", "household", "list"],
        env={"CALLGUARD_DATA": str(data)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")
