"""What a bench hands back: figures, targets, the machine; as a table or as one JSON object."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be: at most, or at least, a limit."""

    at_most: float | None = None
    at_least: float | None = None

    def met(self, value: float) -> bool:
        """Tell whether *value* is good enough."""
        if self.at_most is not None and value > self.at_most:
            return False
        return self.at_least is None or value >= self.at_least

    def __str__(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


@dataclass(slots=True)
class Report:
    """The result of one bench."""

    bench: str
    figures: dict[str, float] = field(default_factory=dict)
    """Rounded, by their documented keys; the unit is in the name."""
    targets: dict[str, Target] = field(default_factory=dict)
    rounds: dict[str, list[float]] = field(default_factory=dict)
    """The single rounds behind a median, in the order in which they were run."""
    notes: dict[str, str] = field(default_factory=dict)
    """What else the figures depend on, such as Asterisk's version."""
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def to_json(self) -> str:
        """Return the report as one JSON object."""
        targets = {
            key: {"target": str(target), "met": target.met(self.figures[key])}
            for key, target in self.targets.items()
        }
        shown: dict[str, Any] = {"bench": self.bench, **self.figures, "targets": targets}
        if self.rounds:
            shown["rounds"] = self.rounds
        about = {**machine(self.load_before), **self.notes}
        return json.dumps({**shown, "machine": about}, ensure_ascii=False)

    def __str__(self) -> str:
        width = max(map(len, self.figures))
        lines = [self.bench]
        for key, value in self.figures.items():
            line = f"  {key:<{width}}  {value:>12,.10g}"
            if key in self.targets:
                target = self.targets[key]
                line += f"   target {target}: {'met' if target.met(value) else 'NOT MET'}"
            lines.append(line)
        for name, values in self.rounds.items():
            lines.append(f"  rounds, {name}: " + " ".join(f"{value:,.10g}" for value in values))
        facts = {**machine(self.load_before), **self.notes}
        about = ", ".join(f"{name} {value}" for name, value in facts.items())
        return "\n".join([*lines, f"  on: {about}"])


def percentile(values: Iterable[float], part: float) -> float:
    """Return the value that *part* (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def machine(load_before: float) -> dict[str, Any]:
    """Return what the figures depend on; ``load_before`` tells who else was at work."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages * page / 1e9),
        "kernel": platform.release().split("-")[0],
        "python": platform.python_version(),
        "load_before": round(load_before, 2),
    }
