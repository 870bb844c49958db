"""Sentences come from files, complete in both languages, with the same gaps."""

import string
import tomllib
from importlib.resources import files

import pytest

from callguard.words.phrases import Phrases

FILES = [file for file in files("callguard.words").iterdir() if file.name.endswith(".toml")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_sentence_is_there_in_both_languages_with_the_same_gaps(file: object) -> None:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert tables
    for key, table in tables.items():
        assert set(table) == {"ja", "en"}, key
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in table.values()
        ]
        assert gaps[0] == gaps[1], key


def test_a_gap_takes_any_text_as_it_is() -> None:
    phrases = Phrases({"hello": {"ja": "{name}さん", "en": "Hello, {name}"}})
    assert phrases.say("hello", "en", name="{0.__class__}") == "Hello, {0.__class__}"
    assert phrases.say("hello", "xx", name="花子") == "花子さん"
