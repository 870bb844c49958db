"""The growth of ``script/bench feed --json`` as a picture.

``python -m benches.feed_plot < figures.json > docs/benchmarks-feed.svg``: three panels, both axes
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
    target: float
    lines: Mapping[str, str]
    """Key of a growth: what it is called."""


PANELS = (
    Panel("look-up, µs", 0.3, 300, 3, {"miss_us": "not listed", "hit_us": "listed"}),
    Panel("memory for the lists, MB", 0.1, 300, 15,
          {"worker_lists_mb": "a worker", "follower_mb": "the follower"}),
    Panel("start from disk, ms", 1, 1_000, 500,
          {"worker_start_ms": "a worker", "disk_ms": "the follower"}),
)  # fmt: skip


def svg(rounds: Mapping[str, Sequence[float]]) -> str:
    """Return the picture."""
    numbers = rounds["growth_numbers"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title" font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif"'
        ' font-size="12" fill="#1c2733">',
        '  <title id="title">What lists of a thousand to ten million numbers take</title>',
        f'  <rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#f6f4ef"/>',
        f'  <text x="{_LEFT}" y="30" font-size="15" font-weight="bold">'
        "Lists of 1,000 to 10,000,000 numbers from 20 sources</text>",
    ]
    for position, panel in enumerate(PANELS):
        parts += _panel(panel, _LEFT + position * (_PANEL + _GAP), numbers, rounds)
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    panel: Panel, left: int, numbers: Sequence[float], rounds: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    def across(number: float) -> float:
        whole = log10(numbers[-1]) - log10(numbers[0])
        return left + _PANEL * (log10(number) - log10(numbers[0])) / whole

    def down(value: float) -> float:
        part = (log10(value) - log10(panel.low)) / (log10(panel.high) - log10(panel.low))
        return _TOP + _TALL * (1 - min(max(part, 0), 1))

    yield f'  <text x="{left}" y="{_TOP - 14}" font-weight="bold">{panel.title}</text>'
    yield (
        f'  <rect x="{left}" y="{_TOP}" width="{_PANEL}" height="{_TALL}" fill="#ffffff"'
        ' stroke="#9db0c3"/>'
    )
    for value in (0.1, 1, 10, 100, 1_000):
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
    yield (
        f'  <path d="M{left} {down(panel.target):.1f}h{_PANEL}" stroke="#44566a"'
        f' stroke-dasharray="5 4"/><text x="{left + 6}"'
        f' y="{down(panel.target) - 5:.1f}">target {panel.target:g}</text>'
    )
    for (key, name), colour in zip(panel.lines.items(), _COLOURS, strict=True):
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
    sys.stdout.write(svg(json.load(sys.stdin)["rounds"]))
