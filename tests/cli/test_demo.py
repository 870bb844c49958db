"""``callguard demo``, as people type it."""

import json

from .conftest import LINE, Run

REAL = "0422-99-0500"


def test_fill_says_how_to_get_in_and_remove_takes_all_away(run: Run) -> None:
    filled = run("demo", "fill")
    assert filled.status == 0
    assert f"callguard people invite --line {LINE}" in filled.out
    assert f"callguard demo remove --line {LINE}" in filled.out
    assert len(json.loads(run("calls", "list", "--line", LINE, "--limit", "500", "--json").out))
    assert run("demo", "remove").status == 0
    assert json.loads(run("household", "list", "--json").out) == []


def test_a_household_signed_up_as_a_demos_stays(run: Run) -> None:
    assert run("household", "add", "--line", LINE, "--name", "x", "--demo", "--consent").status == 0
    assert run("demo", "fill", "--line", LINE, "--seed", "7").status == 0
    assert run("demo", "remove", "--line", LINE).status == 0
    assert run("calls", "list", "--line", LINE).out == "no calls\n"


def test_a_real_household_is_refused_in_a_line(household: Run) -> None:
    ran = household("demo", "fill")
    assert ran.status == 1
    assert ran.error == (
        f"the household on {LINE} (home) is a real one and stays as it is; name a line that has "
        "none, with --line"
    )


def test_nonsense_is_refused_in_a_line(run: Run) -> None:
    assert "nonsense" in run("demo", "fill", "--line", "nonsense").error
    assert "invalid int" in run("demo", "fill", "--seed", "much").error
    assert "has no household" in run("demo", "remove", "--line", REAL).error
