"""``docs/carrier.md`` shows every fault that ``script/chaos`` makes."""

from pathlib import Path

from .faults import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "carrier.md"


def test_the_page_has_a_row_for_each_fault() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("<!-- faults -->")[2]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()]
    assert [one for one in rows if one in {fault.name for fault in FAULTS}] == [
        fault.name for fault in FAULTS
    ]
