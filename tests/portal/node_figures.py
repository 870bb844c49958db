"""A node of which every figure has something to say."""

import os
from collections import Counter
from datetime import UTC, datetime

from callguard.figures.node import NodeFigures
from callguard.figures.standing import Standing
from callguard.portal.node_metrics import NodeCollector
from callguard.screening import Action, Reason

STARTED = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
STANDING = Standing(
    journal_files=2,
    journal_bytes=300,
    news_waiting=4,
    news_oldest_seconds=12,
    reports_waiting=1,
    asterisk_wanted=True,
    asterisk_connected=True,
    asterisk_calls=5,
    asterisk_seconds=3600,
    followed=3,
    defences=Counter(daemon=7, fallback=1),
    outcomes=Counter(answered=4, refused=2),
    policies=9,
    disk_free=10**9,
)


def node_figures() -> NodeFigures:
    """Two verdicts by one worker, one failure; worker 1 runs (as this process), and began twice."""
    figures = NodeFigures(STARTED)
    worker = figures.verdicts.worker(0)
    worker.decided(Action.WARN, Reason.UNLISTED)
    worker.decided(Action.REJECT, Reason.WITHHELD)
    worker.failed()
    worker.took(0.0005)
    worker.took(0.003)
    worker.tell(sessions=1)
    figures.processes.add("worker 1")
    figures.processes.started("worker 1", 1)
    figures.processes.started("worker 1", os.getpid())
    return figures


def node_collector(standing: Standing = STANDING) -> NodeCollector:
    return NodeCollector(node_figures(), lambda: standing)
