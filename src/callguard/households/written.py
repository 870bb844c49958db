"""A policy read from its document no further than a call needs.

Of a household's lists a call asks one thing: is this number on them? To read a document whole for
that takes ten times as long as the verdict. So only its settings are read, once for all households
that chose alike; an entry is read when a call asks for it, from its place in the text.

That rests on the form which ``document.encode`` gives to a document: the lists follow each other,
and an entry begins with its number in quotes, a colon and a bracket. Nothing else in a JSON text
can look so, whatever a family writes into a name: a quote within a text has a backslash before it.
A document of another form is read whole.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeVar, overload

from ..screening import Entry, Policy
from .document import decode, entry_from_json

T = TypeVar("T")

_ALLOW = b', "allow": {'
_BLOCK = b'}, "block": {'
_EXPECTED = b'}, "expected": {'

MANY_SETTINGS = 4_096
"""Settings that are kept read: most households keep the defaults, and a few dozen kinds differ."""

_NEXT = b'], "'
"""Between two entries."""

_raw_decode = json.JSONDecoder().raw_decode


class WrittenEntries(Mapping[int, Entry]):
    """A list of a household as it stands in the document, from *begin* to *end*."""

    __slots__ = ("_begin", "_document", "_end")

    def __init__(self, document: bytes, begin: int, end: int) -> None:
        self._document = document
        self._begin = begin
        self._end = end

    @overload
    def get(self, number: int, /) -> Entry | None: ...
    @overload
    def get(self, number: int, /, default: Entry | T) -> Entry | T: ...

    def get(self, number: int, /, default: object = None) -> object:
        """Return the entry of *number*, or *default*.

        Raises:
            ValueError, TypeError: the document is damaged there.

        """
        key = b'"%d": [' % number
        at = self._document.find(key, self._begin, self._end)
        if at < 0:
            return default
        end = self._document.find(_NEXT, at, self._end)
        entry = self._document[at + len(key) - 1 : end + 1 if end >= 0 else self._end]
        values, _ = _raw_decode(entry.decode())
        return entry_from_json(values)

    def __getitem__(self, number: int) -> Entry:
        """Return the entry of *number*.

        Raises:
            KeyError: it is not on the list.

        """
        found = self.get(number)
        if found is None:
            raise KeyError(number)
        return found

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers, as they stand in the document."""
        return map(int, self._values())

    def __bool__(self) -> bool:
        """Tell whether there is any, without reading them."""
        return self._begin < self._end

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values())

    def _values(self) -> dict[str, object]:
        values: dict[str, object] = json.loads(b"{%b}" % self._document[self._begin : self._end])
        return values


_NOTHING: Mapping[int, Entry] = {}


def read_written(document: bytes) -> Policy:
    """Return the policy that *document* holds, in UTF-8 as ``document.encode`` wrote it.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is no policy. Damage within a list shows
            when an entry is asked for.

    """
    allow = document.find(_ALLOW)
    expected = document.rfind(_EXPECTED)
    block = document.find(_BLOCK, allow, expected + len(_BLOCK)) if allow >= 0 else -1
    if block < 0:
        return decode(document.decode())
    chosen = _chosen(document[:allow] + b', "allow": {}, "block": {' + document[expected:])
    allow += len(_ALLOW)
    first_blocked = block + len(_BLOCK)
    if allow == block and first_blocked == expected:
        return chosen
    return chosen.with_lists(
        WrittenEntries(document, allow, block) if allow < block else _NOTHING,
        WrittenEntries(document, first_blocked, expected) if first_blocked < expected else _NOTHING,
    )


@lru_cache(MANY_SETTINGS)
def _chosen(document: bytes) -> Policy:
    """Return the policy of a document whose lists were left out."""
    return decode(document.decode())
