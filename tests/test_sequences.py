"""The sequence diagrams are those of their texts."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .sequences import FOLDER, LETTER, WIDTH, SequenceError, draw, read

SOURCES = sorted(FOLDER.glob("*.sequence"))


def test_there_are_pictures_of_a_call_and_of_a_batch() -> None:
    assert [one.stem for one in SOURCES] == ["batch", "call"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.stem)
def test_a_picture_is_drawn_from_its_text(source: Path) -> None:
    picture = draw(read(source.read_text(encoding="utf-8")))
    ET.fromstring(picture)
    shown = source.with_suffix(".svg").read_text(encoding="utf-8")
    assert shown == picture, "run script/make-sequences"


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.stem)
def test_what_an_arrow_says_fits_into_the_picture(source: Path) -> None:
    sequence = read(source.read_text(encoding="utf-8"))
    names = list(sequence.lanes)
    for step in sequence.steps:
        if step.origin != step.to:
            lanes = abs(names.index(step.origin) - names.index(step.to))
            assert LETTER * len(step.text) < lanes * WIDTH / len(names), step.text


@pytest.mark.parametrize(
    "line", ["b > c hello", "a > b", "at c note", "a hello", "hello"], ids=lambda line: line
)
def test_a_line_that_is_no_step_is_named(line: str) -> None:
    with pytest.raises(SequenceError, match="line 3"):
        read(f"lane a A\nlane b B\n{line}\n")
