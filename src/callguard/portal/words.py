"""The words of the pages, in both languages: ``portal/<feature>/words.toml``.

A table there is a word, ``[title]`` with ``ja`` and ``en``; its key is the feature's name and the
table's, ``calls.title``. ``{name}`` in it is filled in. ``en_one`` is said in place of ``en`` when
the value ``n`` is 1.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .language import Language


class Words:
    """Every word that the pages know."""

    def __init__(self, folder: Path) -> None:
        """Read the words of each feature in *folder*."""
        self._words: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*/words.toml")):
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            self._words.update(_flat(path.parent.name, content))

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __contains__(self, key: str) -> bool:
        return key in self._words

    def forms(self, key: str) -> Mapping[str, str]:
        """Return the word in each language."""
        return self._words[key]

    def say(self, key: str, language: Language, **values: Any) -> str:
        """Return the words for *key*; KeyError if there are none, or a value is missing."""
        forms = self._words[key]
        form = "en_one" if language is Language.EN and values.get("n") == 1 else str(language)
        text = forms.get(form) or forms[language]
        return text.format(**values) if values or "{" in text else text


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    forms = {name: value for name, value in table.items() if isinstance(value, str)}
    if forms:
        yield prefix, forms
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}.{name}", value)
