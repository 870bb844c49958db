"""The family's guide and its pictures belong together."""

import re
import struct
from pathlib import Path

import pytest

from .chromium import DESKTOP, PHONE
from .pictures import FOLDER, PICTURES, Picture

GUIDE = (FOLDER.parent / "family.ja.md").read_text(encoding="utf-8")


def size(path: Path) -> dict[str, int]:
    """Width and height of a PNG file (its IHDR chunk)."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    return {"width": width, "height": height}


def test_the_guide_shows_every_picture_and_no_other() -> None:
    shown = re.findall(r'<img src="images/([a-z-]+)\.png"', GUIDE)
    assert len(shown) == len(set(shown))
    assert set(shown) <= {one.name for one in PICTURES}
    assert {path.stem for path in FOLDER.glob("*.png")} == {one.name for one in PICTURES}


def test_every_picture_says_what_is_in_it() -> None:
    assert GUIDE.count("<img ") == len(re.findall(r'<img [^>]*alt="[^"]+"', GUIDE))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_of_a_telephone_or_a_desktop(picture: Picture) -> None:
    assert size(FOLDER / f"{picture.name}.png") == (DESKTOP if picture.wide else PHONE)


def test_a_link_within_the_guide_leads_to_a_heading() -> None:
    headings = {
        re.sub(r"[^\w-]", "", line.removeprefix("## "))
        for line in GUIDE.splitlines()
        if line.startswith("## ")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= headings
