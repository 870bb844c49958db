"""Which device that was: a User-Agent in a few words."""

import re

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    (r"Line/", "LINE"),
    ("Firefox|FxiOS", "Firefox"),
    ("CriOS|Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl|python|aiohttp", "program"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> str:
    """Return browser and system of a User-Agent, such as ``Safari (iPhone)``; "" if unknown.

    Only words of this file come out: what a stranger sends is never shown.
    """
    browser, system = (_first(agent[:400], names) for names in (_BROWSERS, _SYSTEMS))
    if browser and system:
        return f"{browser} ({system})"
    return browser or system


def _first(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in names if re.search(sign, agent)), "")
