"""The sequence diagrams of the documents: docs/*.sequence, drawn as SVG beside them.

A file has one step a line, and ``#`` begins a comment::

    title What the picture shows
    lane caller Caller
    caller > asterisk INVITE
    caller < asterisk 603 Decline
    at asterisk the next script decides
    part Refused

``lane`` is a column from left to right; ``at`` is a note in one; ``part`` begins a part of its own.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 960
TOP = 92
STEP = 40
PART = 46
NOTE = 36
LETTER = 6.9
"""How wide a letter of a note is, generously: browsers choose the font."""

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="title desc"
     font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="#1c2733">
  <title id="title">{title}</title>
  <desc id="desc">{told}</desc>
  <defs>
    <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" \
orient="auto-start-reverse">
      <path d="M0 0 10 5 0 10z" fill="#3d4f61"/>
    </marker>
  </defs>
  <rect width="{width}" height="{height}" rx="12" fill="#f6f4ef"/>
"""


class SequenceError(ValueError):
    """A line that cannot be read, by its number."""


@dataclass(frozen=True)
class Step:
    """One line of the picture: an arrow, a note (``to`` is ``origin``) or a new part (no lane)."""

    text: str
    origin: str = ""
    to: str = ""

    @property
    def height(self) -> int:
        """How much room it takes, in the picture's units."""
        if not self.origin:
            return PART
        return NOTE if self.origin == self.to else STEP


@dataclass
class Sequence:
    """A picture: its title, its lanes by name, and what happens in their order."""

    title: str = ""
    lanes: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def read(text: str) -> Sequence:
    """Read the text of a picture.

    Raises:
        SequenceError: a line is none of the five kinds, or names a lane that is not there.

    """
    sequence = Sequence()
    for number, line in enumerate(text.splitlines(), 1):
        match line.split(maxsplit=3):
            case [] | ["#", *_]:
                pass
            case ["title", *_]:
                sequence.title = line.split(maxsplit=1)[1]
            case ["lane", name, *_]:
                sequence.lanes[name] = line.split(maxsplit=2)[2]
            case ["part", *_]:
                sequence.steps.append(Step(line.split(maxsplit=1)[1]))
            case ["at", lane, *_] if lane in sequence.lanes:
                sequence.steps.append(Step(line.split(maxsplit=2)[2], lane, lane))
            case [left, ">" | "<" as way, right, said] if {left, right} <= sequence.lanes.keys():
                ends = (left, right) if way == ">" else (right, left)
                sequence.steps.append(Step(said, *ends))
            case _:
                raise SequenceError(f"line {number} is no step: {line!r}")
    return sequence


def draw(sequence: Sequence) -> str:
    """Return the picture as SVG."""
    height = TOP + sum(step.height for step in sequence.steps) + 20
    told = "; ".join(_told(sequence, step) for step in sequence.steps)
    head = _HEAD.format(width=WIDTH, height=height, title=escape(sequence.title), told=escape(told))
    return "".join([head, *_lanes(sequence, height), *_steps(sequence), "</svg>\n"])


def _told(sequence: Sequence, step: Step) -> str:
    """Say a step in words, for who does not see the picture."""
    if not step.origin:
        return f"{step.text}:"
    origin, to = sequence.lanes[step.origin], sequence.lanes[step.to]
    return f"{origin}: {step.text}" if origin == to else f"{origin} to {to}: {step.text}"


def _middles(sequence: Sequence) -> dict[str, float]:
    """Return where each lane's line is."""
    width = WIDTH / len(sequence.lanes)
    return {name: (at + 0.5) * width for at, name in enumerate(sequence.lanes)}


def _lanes(sequence: Sequence, height: int) -> Iterator[str]:
    for name, x in _middles(sequence).items():
        yield (
            f'  <path d="M{x:g} 62V{height - 14}" stroke="#9db0c3" stroke-dasharray="4 4"/>\n'
            f'  <rect x="{x - 74:g}" y="22" width="148" height="40" rx="8" fill="#ffffff" '
            f'stroke="#3d4f61"/>\n'
            f'  <text x="{x:g}" y="47" text-anchor="middle" font-weight="bold" font-size="15">'
            f"{escape(sequence.lanes[name])}</text>\n"
        )


def _steps(sequence: Sequence) -> Iterator[str]:
    middles = _middles(sequence)
    y = TOP
    for step in sequence.steps:
        said = escape(step.text)
        if not step.origin:
            yield (
                f'  <rect x="16" y="{y - 6}" width="{WIDTH - 32}" height="26" rx="4" '
                f'fill="#e8eef5"/>\n'
                f'  <text x="28" y="{y + 12}" font-weight="bold">{said}</text>\n'
            )
        elif step.origin == step.to:
            wide = LETTER * len(step.text) + 16
            x = min(max(middles[step.origin], 16 + wide / 2), WIDTH - 16 - wide / 2)
            yield (
                f'  <rect x="{x - wide / 2:g}" y="{y - 6}" width="{wide:g}" height="26" rx="4" '
                f'fill="#fdf3d8" stroke="#d9c48a"/>\n'
                f'  <text x="{x:g}" y="{y + 12}" text-anchor="middle">{said}</text>\n'
            )
        else:
            origin, to = middles[step.origin], middles[step.to]
            wide, middle = LETTER * len(step.text), (origin + to) / 2
            yield (
                f'  <rect x="{middle - wide / 2:g}" y="{y - 6}" width="{wide:g}" height="18" '
                f'fill="#f6f4ef"/>\n'
                f'  <text x="{middle:g}" y="{y + 8}" text-anchor="middle">{said}</text>\n'
                f'  <path d="M{origin:g} {y + 17}H{to:g}" stroke="#3d4f61" stroke-width="1.6" '
                f'marker-end="url(#tip)"/>\n'
            )
        y += step.height


def main() -> int:
    """Draw every picture; say which line of which file cannot be read."""
    for source in sorted(FOLDER.glob("*.sequence")):
        try:
            picture = draw(read(source.read_text(encoding="utf-8")))
        except SequenceError as error:
            print(f"script/make-sequences: docs/{source.name}: {error}", file=sys.stderr)
            return 1
        source.with_suffix(".svg").write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
