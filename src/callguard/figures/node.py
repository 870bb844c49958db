"""All figures of a node that come from more than one process."""

from dataclasses import dataclass, field
from datetime import datetime

from ..calllog.counts import Counts
from .processes import ProcessFigures
from .verdicts import MAX_WORKERS, VerdictFigures


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """Made before any process is forked; each writes its own part."""

    started_at: datetime
    """When the node began (aware)."""
    journal: Counts = field(default_factory=lambda: Counts(1 + 2 * MAX_WORKERS))
    """Those of the services are the first; then those of the workers."""
    verdicts: VerdictFigures = field(default_factory=VerdictFigures)
    processes: ProcessFigures = field(default_factory=ProcessFigures)
