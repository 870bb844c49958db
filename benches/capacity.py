"""``script/capacity``: what ``docs/capacity.md`` says for an area follows from the tables above it.

The document's own tables are where each figure stands, and the only place: whoever measures anew
changes one there and runs this. Of a range (75–100) the worse end counts.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"

_DERIVED = re.compile(r"(?<=<!-- derived by script/capacity -->\n).*?(?=<!-- end -->)", re.DOTALL)

AREAS = 10
"""Of a million lines each, with all that they need."""


class CapacityError(Exception):
    """The document lacks a figure; the message says which."""


@dataclass(frozen=True, slots=True)
class Given:
    """The figures of the tables; times in µs of processor time a call."""

    asks: float
    answers: float
    logs: float
    asterisk: float
    callguard: float
    lines: float
    hourly: float
    """Calls to a line in the busiest hour."""
    burst: float
    refused: float
    """The part of calls that an edge refuses."""


def read(page: str) -> Given:
    """Return the figures that *page* gives.

    Raises:
        CapacityError: one is missing.

    """
    return Given(
        asks=_figure(page, "Kamailio asks and refuses"),
        answers=_figure(page, "a worker answers it"),
        logs=_figure(page, "bringing a call into the log"),
        asterisk=_figure(page, "Asterisk refuses a call, after early media"),
        callguard=_figure(page, "callguard's processes for it"),
        lines=_figure(page, "lines") / AREAS,
        hourly=_figure(page, "calls to a line in the busiest hour"),
        burst=_figure(page, "burst"),
        refused=_figure(page, "refused, let through, warned or challenged", first=True) / 100,
    )


def derived(given: Given) -> str:
    """Return the paragraphs that follow from *given*."""
    hour = given.lines * given.hourly
    usual = hour / 3600
    most = usual * given.burst
    at_edge = given.asks + given.answers + given.refused * given.logs
    at_node = given.asterisk + given.callguard
    passed = 1 - given.refused
    edges, nodes = hour * at_edge / 1e6, hour * passed * at_node / 1e6
    log = hour * given.logs / 1e6
    return (
        f"For an area of {_thousands(given.lines)} lines, {usual:.0f} calls a second and "
        f"{most:.0f} in a burst:\n\n"
        f"- **Edge**: {most:.0f} × {at_edge:.0f} µs = {most * at_edge / 1e6:.2f} cores.\n"
        f"- **Nodes, setting calls up**: {passed:.0%} of {most:.0f} calls × {at_node / 1e3:.1f} ms "
        f"= {most * passed * at_node / 1e6:.2f} cores. Without an edge: "
        f"{most * at_node / 1e6:.2f}.\n"
        f"- **The busiest hour**, {_thousands(hour)} calls: {edges:.0f} core-seconds at the edges, "
        f"{nodes:.0f} at the\n  nodes without sound, {log:.0f} for the log. All {AREAS} areas: "
        f"{(edges + nodes + log) * AREAS / 60:.0f} core-minutes in that hour.\n"
    )


def renewed(page: str) -> str:
    """Return *page* with what follows from its figures."""
    text = derived(read(page))
    return _DERIVED.sub(lambda _: text, page)


def _figure(page: str, label: str, *, first: bool = False) -> float:
    row = re.search(rf"^\| {re.escape(label)} \|([^|]*)\|", page, re.MULTILINE)
    numbers = re.findall(r"[0-9][0-9,.]*", row[1]) if row else []
    if not numbers:
        raise CapacityError(f"{PAGE.name} gives no figure for {label!r}")
    return float(numbers[0 if first else -1].replace(",", ""))


def _thousands(number: float) -> str:
    return f"{number:,.0f}"


def main() -> int:
    """Renew the document; exit status 1: it lacks a figure."""
    page = PAGE.read_text(encoding="utf-8")
    try:
        PAGE.write_text(renewed(page), encoding="utf-8")
    except CapacityError as error:
        print(f"script/capacity: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
