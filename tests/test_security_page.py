"""``docs/security.md`` is true to the code: the files that it names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| Threat", "| What |"))
]
THREATS = [row for row in ROWS if len(row) == 4]
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.]+)`")


@pytest.mark.parametrize("row", THREATS, ids=[row[0] for row in THREATS])
def test_each_threat_names_code_that_is_there(row: list[str]) -> None:
    named = FILE.findall(row[2])
    assert named
    for name in named:
        place = (
            ROOT
            if name.startswith(("asterisk-config/", "docs/", "requirements/", "script/"))
            else ROOT / "src/callguard"
        )
        assert (place / name).is_file(), name


def test_each_threat_says_what_is_done_and_what_remains() -> None:
    assert len(THREATS) > 40
    assert all(cell for row in THREATS for cell in row)
