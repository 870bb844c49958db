"""The growth that ``script/bench feed --json`` and ``carrier --json`` measure, as a picture.

``python -m benches.plot < figures.json > docs/benchmarks-NAME.svg``: three panels, both axes
logarithmic, with the target of each as a dashed line.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

WIDTH, HEIGHT = 960, 360
_LEFT, _TOP, _PANEL, _GAP, _TALL = 60, 70, 240, 70, 210
_COLOURS = ("#1f5f8b", "#b5542c")


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the three."""

    title: str
    low: float
    high: float
    target: float | None
    lines: Mapping[str, str]
    """Key of a growth: what it is called."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What one bench's growth is drawn as."""

    title: str
    """For who cannot see it."""
    heading: str
    over: str
    """The key of the growth that the others are drawn over."""
    panels: tuple[Panel, Panel, Panel]


PICTURES: Mapping[str, Picture] = {
    "feed": Picture(
        "What lists of a thousand to ten million numbers take",
        "Lists of 1,000 to 10,000,000 numbers from 20 sources",
        "numbers",
        (
            Panel("look-up, µs", 0.3, 300, 3, {"miss_us": "not listed", "hit_us": "listed"}),
            Panel("memory for the lists, MB", 0.1, 300, 15,
                  {"worker_lists_mb": "a worker", "follower_mb": "the follower"}),
            Panel("start from disk, ms", 1, 1_000, 500,
                  {"worker_start_ms": "a worker", "disk_ms": "the follower"}),
        ),
    ),
    "carrier": Picture(
        "What the policies of a thousand to a million households take on a node",
        "A node with the policies of 1,000 to 1,000,000 households",
        "households",
        (
            Panel("start, until it screens by them, s", 0.1, 100, 10, {"cold_s": "from its disk"}),
            Panel("from PostgreSQL, s", 0.01, 1_000, None,
                  {"first_copy_s": "all for the first time", "compare_s": "compared again"}),
            Panel("memory, bytes a household", 1, 10_000, 300,
                  {"policy_bytes": "a worker", "copy_bytes": "the services, copying"}),
        ),
    ),
}  # fmt: skip


def svg(bench: str, rounds: Mapping[str, Sequence[float]]) -> str:
    """Return the picture of a bench's growth."""
    picture = PICTURES[bench]
    numbers = rounds[f"growth_{picture.over}"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title" font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif"'
        ' font-size="12" fill="#1c2733">',
        f'  <title id="title">{picture.title}</title>',
        f'  <rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#f6f4ef"/>',
        f'  <text x="{_LEFT}" y="30" font-size="15" font-weight="bold">{picture.heading}</text>',
    ]
    for position, panel in enumerate(picture.panels):
        parts += _panel(panel, _LEFT + position * (_PANEL + _GAP), numbers, rounds)
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    panel: Panel, left: int, numbers: Sequence[float], rounds: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    def across(number: float) -> float:
        whole = log10(numbers[-1]) - log10(numbers[0])
        return left + _PANEL * (log10(number) - log10(numbers[0])) / whole

    def down(value: float) -> float:
        part = (log10(max(value, panel.low)) - log10(panel.low)) / (
            log10(panel.high) - log10(panel.low)
        )
        return _TOP + _TALL * (1 - min(max(part, 0), 1))

    yield f'  <text x="{left}" y="{_TOP - 14}" font-weight="bold">{panel.title}</text>'
    yield (
        f'  <rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{_TALL}" fill="#ffffff"'
        ' stroke="#9db0c3"/>'
    )
    for value in (0.01, 0.1, 1, 10, 100, 1_000, 10_000):
        if panel.low <= value <= panel.high:
            yield (
                f'  <path d="M{left} {down(value):.1f}h{_PANEL}" stroke="#e0e4e8"/>'
                f'<text x="{left - 6}" y="{down(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
            )
    for number in numbers:
        yield (
            f'  <text x="{across(number):.1f}" y="{_TOP + _TALL + 18}" text-anchor="middle">'
            f"{_short(number)}</text>"
        )
    if panel.target is not None:
        yield (
            f'  <path d="M{left} {down(panel.target):.1f}h{_PANEL}" stroke="#44566a"'
            f' stroke-dasharray="5 4"/><text x="{left + 6}"'
            f' y="{down(panel.target) - 5:.1f}">target {panel.target:g}</text>'
        )
    for (key, name), colour in zip(panel.lines.items(), _COLOURS, strict=False):
        values = rounds[f"growth_{key}"]
        points = [f"{across(x):.1f},{down(y):.1f}" for x, y in zip(numbers, values, strict=True)]
        yield (
            f'  <polyline points="{" ".join(points)}" fill="none" stroke="{colour}"'
            ' stroke-width="2.5"/>'
        )
        row = _TOP + _TALL + 40 + 18 * list(panel.lines).index(key)
        yield (
            f'  <text x="{left}" y="{row}" fill="{colour}">{name}: '
            f"{values[0]:g} … {values[-1]:g}</text>"
        )


def _short(number: float) -> str:
    return f"{number / 1e6:g} M" if number >= 1e6 else f"{number / 1e3:g} k"


if __name__ == "__main__":
    figures = json.load(sys.stdin)
    sys.stdout.write(svg(figures["bench"], figures["rounds"]))
