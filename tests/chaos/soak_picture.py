"""What ``script/soak --json FILE`` has seen, as a picture: the memory of each kind of process.

``python -m tests.chaos.soak_picture < FILE > docs/benchmarks-soak.svg``
"""

import json
import sys
from collections.abc import Iterator
from math import log10
from typing import Any

WIDTH, HEIGHT = 960, 400
LEFT, TOP, WIDE, TALL = 60, 60, 560, 280
LOW, HIGH = 1.0, 1_000.0
COLOURS = (
    *("#1f5f8b", "#b5542c", "#3d7d4f", "#7a4f8f", "#8a6d1a"),
    *("#2a8c8c", "#a33d5c", "#5a6b7d", "#6b8f1a", "#3d4fa3"),
)


def svg(samples: list[dict[str, Any]]) -> str:
    """Return the picture of all looks; the vertical axis is logarithmic."""
    kinds = sorted(samples[-1]["kept"], key=lambda kind: -samples[-1]["kept"][kind]["mb"])
    title = f"Memory over {samples[-1]['seconds'] / 60:.0f} minutes of calls"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title" font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif"'
        ' font-size="12" fill="#1c2733">',
        f'  <title id="title">{title}</title>',
        f'  <rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#f6f4ef"/>',
        f'  <text x="{LEFT}" y="30" font-size="15" font-weight="bold">{title}</text>',
        f'  <text x="{LEFT}" y="{TOP - 8}">MB, all processes of a kind together</text>',
        f'  <rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{TALL}" fill="#ffffff"'
        ' stroke="#9db0c3"/>',
        *_axes(samples[-1]["seconds"]),
    ]
    for row, kind in enumerate(kinds):
        values = [(one["seconds"], one["kept"][kind]["mb"]) for one in samples]
        colour = COLOURS[row % len(COLOURS)]
        points = " ".join(
            f"{_across(seconds, values[-1][0]):.1f},{_down(mb):.1f}" for seconds, mb in values
        )
        settled = values[len(values) // 6][1]
        y = TOP + 14 + row * 26
        lines += [
            f'  <polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'  <text x="{LEFT + WIDE + 24}" y="{y}" fill="{colour}">{kind}: '
            f"{settled:.1f} … {values[-1][1]:.1f} MB</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


def _axes(seconds: float) -> Iterator[str]:
    for mb in (1, 10, 100, 1_000):
        yield (
            f'  <path d="M{LEFT} {_down(mb):.1f}h{WIDE}" stroke="#e0e4e8"/>'
            f'<text x="{LEFT - 6}" y="{_down(mb) + 4:.1f}" text-anchor="end">{mb:,}</text>'
        )
    for part in range(7):
        yield (
            f'  <text x="{LEFT + WIDE * part / 6:.1f}" y="{TOP + TALL + 18}" text-anchor="middle">'
            f"{seconds / 60 * part / 6:.0f} min</text>"
        )


def _across(seconds: float, longest: float) -> float:
    return LEFT + WIDE * seconds / longest


def _down(mb: float) -> float:
    part = (log10(max(mb, LOW)) - log10(LOW)) / (log10(HIGH) - log10(LOW))
    return TOP + TALL * (1 - min(part, 1))


if __name__ == "__main__":
    sys.stdout.write(svg(json.load(sys.stdin)["samples"]))
