"""What ``callguard init`` says, in Japanese or English; and what keeps it from going on."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

Words = Mapping[str, str]
"""Sentences by their key, with gaps in braces."""


@cache
def words(language: str) -> Words:
    """Return the sentences in *language*, ``ja`` or ``en``."""
    text = (files(__package__) / "words.toml").read_text(encoding="utf-8")
    found: dict[str, Words] = tomllib.loads(text)
    return found[language]


class SetupError(Exception):
    """What is there is in the way. The message is English; ``told`` says it in either language."""

    def __init__(self, key: str, **values: object) -> None:
        """Take the *key* of a sentence, and what goes into its gaps."""
        self._key = key
        self._values = values
        super().__init__(self.told(words("en")))

    def told(self, say: Words) -> str:
        """Say it in one line."""
        return say[self._key].format_map(self._values)
