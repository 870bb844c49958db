"""The words of the pages: all there, in both languages, and those that pages use exist."""

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard.portal.language import Language
from callguard.portal.look import FOLDER
from callguard.portal.words import Words

pytestmark = pytest.mark.slow

WORDS = Words(FOLDER)
SOURCES = sorted([*FOLDER.glob("*/*.html"), *FOLDER.rglob("*.py")])
FEATURES = {path.parent.name for path in FOLDER.glob("*/words.toml")}

_FEATURE = "|".join(sorted(FEATURES))
KEY = re.compile(rf"""["']({_FEATURE})((?:\.[a-z0-9_-]+)+)["']""")
PREFIX = re.compile(rf"""["']({_FEATURE})((?:\.[a-z0-9_-]+)*\.)(?:["']|\{{)""")
FILES = {".html", ".css", ".js", ".svg", ".png", ".py", ".toml"}


def used(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for found in pattern.finditer(path.read_text(encoding="utf-8")):
            key = found.group(1) + found.group(2)
            if Path(key).suffix not in FILES:
                yield path.relative_to(FOLDER).as_posix(), key


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_a_word_is_there_in_both_languages() -> None:
    wrong = [
        key
        for key in WORDS
        if not {"ja", "en"} <= set(WORDS.forms(key)) <= {"ja", "en", "en_one"}
        or not all(text.strip() for text in WORDS.forms(key).values())
    ]
    assert not wrong


def test_a_word_has_the_same_holes_in_both_languages() -> None:
    wrong = []
    for key in WORDS:
        forms = WORDS.forms(key)
        same = holes(forms["ja"]) == holes(forms["en"])
        if not same or not holes(forms.get("en_one", "")) <= holes(forms["en"]):
            wrong.append(key)
    assert not wrong


def test_every_word_that_a_page_uses_exists() -> None:
    missing = [(path, key) for path, key in used(KEY) if not _is_known(key)]
    assert not missing


def test_every_group_of_words_that_a_page_uses_exists() -> None:
    missing = [
        (path, prefix)
        for path, prefix in used(PREFIX)
        if not any(key.startswith(prefix) for key in WORDS)
    ]
    assert not missing


def test_no_word_is_left_that_no_page_uses() -> None:
    whole = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert not [key for key in WORDS if not _is_used(key, whole)]


def test_one_of_something_is_said_so_in_english(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    (folder / "words.toml").write_text(
        '[seen]\nja = "{n}件"\nen = "{n} calls"\nen_one = "one call"\n', encoding="utf-8"
    )
    words = Words(tmp_path)
    assert words.say("calls.seen", Language.EN, n=1) == "one call"
    assert words.say("calls.seen", Language.EN, n=2) == "2 calls"
    assert words.say("calls.seen", Language.JA, n=1) == "1件"


def _is_known(key: str) -> bool:
    return key in WORDS or any(one.startswith(f"{key}.") for one in WORDS)


def _is_used(key: str, whole: str) -> bool:
    """Tell whether a page names the word, or a group that it is in and fills in the rest."""
    groups = key.split(".")[1:]
    heads = [key.rsplit(".", n)[0] for n in range(1, len(groups))]
    return any(
        re.search(rf"""["']{re.escape(text)}(["']|\{{)""", whole)
        for text in (key, *heads, *(f"{key.rsplit('.', n)[0]}." for n in range(1, len(groups) + 1)))
    )
