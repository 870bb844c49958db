"""What the capacity model derives is what its tables give."""

import re

import pytest

from benches.capacity import PAGE, CapacityError, derived, read, renewed


def test_the_page_is_renewed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page) == page, "run script/capacity"


def test_a_figure_that_changes_changes_what_follows() -> None:
    page = PAGE.read_text(encoding="utf-8")
    dearer = re.sub(r"(\| callguard's processes for it \|)[^|]*", r"\1 1,500–10,000 ", page)
    assert read(dearer).callguard == 10_000
    assert derived(read(dearer)) in renewed(dearer)
    assert renewed(dearer) != dearer


def test_a_figure_that_is_missing_is_named() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("| burst |", "| bursts |")
    with pytest.raises(CapacityError, match="no figure for 'burst'"):
        renewed(page)
