"""Sentences in Japanese and English, from TOML files beside the code that says them."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Self


class Phrases:
    """The sentences of one file: tables by key, each with ``ja`` and ``en``."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        self._tables = tables

    @classmethod
    def load(cls, file: Path | Traversable) -> Self:
        """Read a TOML file; a fault in it is a fault in the package."""
        return cls(tomllib.loads(file.read_text(encoding="utf-8")))

    def __contains__(self, key: str) -> bool:
        return key in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def say(self, key: str, language: str, /, **values: object) -> str:
        """Return the sentence *key* in *language* (``en``, or else Japanese), its gaps filled.

        Raises:
            KeyError: there is no such sentence, or a gap has no value.

        """
        table = self._tables[key]
        return table["en" if language == "en" else "ja"].format_map(values)
