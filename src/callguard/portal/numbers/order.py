"""In which order names stand: as a person looks for them, kana by sound."""

import unicodedata

_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
"""Katakana and hiragana stand this far apart in Unicode."""
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_MARKS = "\u3099\u309a"
"""Voiced and half-voiced marks, once taken apart from their kana."""


def by_name(name: str, number: int) -> tuple[int, str, str, int]:
    """Return what to sort an entry by: ナカムラ beside なかむら, がく after かく, no name last.

    Kanji have no reading here, so they follow the kana in the order of their characters.
    """
    plain = _plain(name)
    return (0 if plain else 1, _unmarked(plain), plain, number)


def matches(query: str, name: str, note: str, digits: str) -> bool:
    """Tell whether an entry holds what somebody looks for: part of a name, a note or a number.

    ``digits`` is the number as people dial it, digits only.
    """
    wanted = _plain(query)
    if not wanted or wanted in _plain(name) or wanted in _plain(note):
        return True
    sought = "".join(character for character in wanted if character.isdecimal())
    # Three digits: fewer are in every number, and a name may hold one.
    return len(sought) >= 3 and len(sought) == len(_unspaced(wanted)) and sought in digits


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return "".join(
        chr(ord(character) - _TO_HIRAGANA) if ord(character) in _KATAKANA else character
        for character in folded
    )


def _unmarked(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.translate(_SMALL))
    return "".join(character for character in apart if character not in _MARKS)


def _unspaced(text: str) -> str:
    return "".join(character for character in text if character not in " -()+.・ー‐−")
