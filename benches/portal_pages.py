"""Every page of the portal, asked for over HTTP: how long it takes, and how large it is."""

import gzip
import http.client
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from callguard.portal.route import Route

from .node import BenchError
from .portal_visits import Visit, pages
from .report import percentile

_ACCEPT = {
    "Accept": "text/html, text/event-stream, */*",
    "Accept-Encoding": "gzip",
    "Accept-Language": "ja",
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605.1.15",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    ms: float
    """From asking to the last byte; of a stream, to its beginning."""
    wire: int
    """Bytes, headers included."""
    html: str
    """Empty if it is something other than a page."""


@dataclass(slots=True)
class Measured:
    """What was seen of all pages."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    """By page."""
    whole_kb: dict[str, float] = field(default_factory=dict)
    """What a page and its style sheets and scripts take together, for who has nothing of it yet."""
    blocking: int = 0
    """Scripts that a browser must run before it shows the page."""

    def figures(self, prefix: str) -> dict[str, float]:
        """Return the figures, their names beginning with *prefix*."""
        everything = [one for taken in self.ms.values() for one in taken]
        return {
            f"{prefix}_page_p50_ms": percentile(everything, 0.5),
            f"{prefix}_page_p95_ms": percentile(everything, 0.95),
            f"{prefix}_slowest_p95_ms": self.p95(self.slowest),
        }

    @property
    def slowest(self) -> str:
        """The page with the greatest p95."""
        return max(self.ms, key=self.p95)

    def p95(self, page: str) -> float:
        """Return the p95 of one page."""
        return percentile(self.ms[page], 0.95)

    def rounds(self, prefix: str) -> dict[str, list[float]]:
        """Return p50 and p95 of each page, the slowest first."""
        return {
            f"{prefix} {page} p50 p95": [
                round(percentile(self.ms[page], 0.5), 1),
                round(self.p95(page), 1),
            ]
            for page in sorted(self.ms, key=self.p95, reverse=True)
        }


def measure(port: int, visits: Iterable[Visit]) -> Measured:
    """Open every page in each visit, one after the other; the first visit warms up.

    Each comes from an address of its own, as families do: the portal bounds what one may ask for.

    Raises:
        BenchError: a page is not there.

    """
    seen = Measured()
    for n, visit in enumerate(visits):
        browser = Browser(port, f"127.0.1.{n + 1}")
        for page, route in pages().items():
            answer = browser.get(visit.address(page), visit.cookie(route))
            if n == 0:
                _look_at(seen, page, route, answer, browser)
            else:
                seen.ms.setdefault(page, []).append(answer.ms)
        browser.close()
    return seen


class Browser:
    """Asks for one thing after the other, over a connection that is kept."""

    def __init__(self, port: int, source: str) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30, source_address=(source, 0)
        )

    def get(self, address: str, cookie: str = "") -> Answer:
        """Ask for *address*.

        Raises:
            BenchError: it is not there.

        """
        headers = {**_ACCEPT, "Cookie": f"callguard={cookie}"} if cookie else _ACCEPT
        began = time.perf_counter()
        self._connection.request("GET", quote(address, safe="/?=&%"), headers=headers)
        response = self._connection.getresponse()
        stream = response.headers.get_content_type() == "text/event-stream"
        body = b"" if stream else response.read()
        ms = (time.perf_counter() - began) * 1000
        if stream:
            self._connection.close()  # it would go on for a minute
        if response.status not in {200, 303}:
            raise BenchError(f"{address} answered {response.status}")
        head = sum(len(name) + len(value) + 4 for name, value in response.headers.items()) + 19
        if response.headers.get_content_type() != "text/html":
            return Answer(ms, head + len(body), "")
        zipped = response.headers.get("Content-Encoding") == "gzip"
        return Answer(ms, head + len(body), (gzip.decompress(body) if zipped else body).decode())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class _Needs(HTMLParser):
    """Reads which style sheets and scripts a page needs, and which scripts hold it up."""

    def __init__(self) -> None:
        super().__init__()
        self.files: set[str] = set()
        self.blocking = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        given = dict(attrs)
        if tag == "link" and given.get("rel") == "stylesheet":
            self.files.add(given.get("href") or "")
        if tag == "script":
            self.files |= {src} if (src := given.get("src")) else set()
            waits = {"defer", "async"} & set(given) or given.get("type") == "module"
            self.blocking += not waits


def _look_at(seen: Measured, page: str, route: Route, answer: Answer, browser: Browser) -> None:
    if not route.html or not answer.html:
        return
    needs = _Needs()
    needs.feed(answer.html)
    seen.blocking += needs.blocking
    bytes_ = answer.wire + sum(browser.get(file).wire for file in sorted(needs.files))
    seen.whole_kb[page] = bytes_ / 1000
