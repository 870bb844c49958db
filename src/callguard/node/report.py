"""How a running node stands, from what it says of itself: for an engineer on call.

``doctor`` tries each part and says how to mend it; this asks the node, changes nothing, and says
what is slow, what waits, what was started again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from ..asterisk.probe import ProbeError, probe
from ..settings import Settings
from .doctor import Finding, State

_SECONDS = 10.0
_SLOW_SECONDS = 0.1
_LITTLE_DISK = 500e6
_LATE_NEWS_SECONDS = 600.0

SCREENING = frozenset({"node", "screening", "verdicts", "defence", "policies"})
"""Parts without which calls are not screened as they should be."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One series of ``/metrics``."""

    labels: Mapping[str, str]
    value: float


Figures = Mapping[str, list[Figure]]
Check = Callable[[Figures], Iterator[Finding]]


async def report(settings: Settings) -> list[Finding]:
    """Ask the node of *settings*, and return what is to be said of each part."""
    try:
        await probe(settings.agi_host, settings.agi_port)
    except ProbeError as error:
        screening = Finding("screening", State.BAD, str(error), _see("NodeDown"))
    else:
        screening = Finding("screening", State.GOOD, "a question is answered")
    try:
        figures = await _figures(settings.services_socket)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        fault = str(error).partition("\n")[0] or type(error).__name__
        gone = Finding("node", State.BAD, f"services do not answer: {fault}", _see("NodeDown"))
        return [gone, screening]
    return [screening, *(found for check in CHECKS for found in check(figures))]


def status(findings: list[Finding]) -> int:
    """Return the exit status: 0 well, 1 calls are not screened as they should be, 3 look at it."""
    if any(one.state is State.BAD and one.part in SCREENING for one in findings):
        return 1
    return 3 if any(one.state is not State.GOOD for one in findings) else 0


async def _figures(path: Path) -> Figures:
    connector = aiohttp.UnixConnector(path=str(path))
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        session.get("http://services/metrics") as answer,
    ):
        text = await answer.text()
    found: dict[str, list[Figure]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(Figure(sample.labels, sample.value))
    return found


def _sum(figures: Figures, name: str, **labels: str) -> float:
    return sum(
        one.value
        for one in figures.get(name, [])
        if all(one.labels.get(label) == value for label, value in labels.items())
    )


def _see(alert: str) -> str:
    return f"docs/operations.md, Callguard{alert}"


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _verdicts(figures: Figures) -> Iterator[Finding]:
    given = _sum(figures, "callguard_verdicts_total")
    failed = _sum(figures, "callguard_verdicts_failed_total")
    detail = f"{_count(given)} given, {_count(failed)} questions without one"
    state = State.NOTE if failed else State.GOOD
    yield Finding("verdicts", state, detail, _see("NoVerdict") if failed else "")


def _decisions(figures: Figures) -> Iterator[Finding]:
    total = _sum(figures, "callguard_decision_seconds_count")
    if not total:
        yield Finding("decisions", State.GOOD, "none yet")
        return
    bounds = [
        (float(one.labels["le"]), one.value)
        for one in figures.get("callguard_decision_seconds_bucket", [])
    ]
    within = min(bound for bound, count in bounds if count >= 0.99 * total)
    mean = _sum(figures, "callguard_decision_seconds_sum") / total
    detail = f"{mean * 1000:.1f} ms at the mean, 99 of 100 within {within * 1000:g} ms"
    slow = within > _SLOW_SECONDS
    state = State.NOTE if slow else State.GOOD
    yield Finding("decisions", state, detail, _see("DecisionsSlow") if slow else "")


def _defence(figures: Figures) -> Iterator[Finding]:
    by = {
        line: _sum(figures, "callguard_calls_total", defence=line)
        for line in ("daemon", "fallback", "alone")
    }
    detail = ", ".join(f"{line} {_count(calls)}" for line, calls in by.items())
    if by["alone"]:
        yield Finding("defence", State.NOTE, detail, _see("ScreenedAlone"))
    elif by["fallback"]:
        yield Finding("defence", State.NOTE, detail, _see("FallbackUsed"))
    else:
        yield Finding("defence", State.GOOD, detail)


def _processes(figures: Figures) -> Iterator[Finding]:
    down = sorted(
        one.labels["process"] for one in figures.get("callguard_process_up", []) if not one.value
    )
    starts = {
        one.labels["process"]: one.value
        for one in figures.get("callguard_process_starts_total", [])
    }
    again = [f"{name} {_count(number)} times" for name, number in starts.items() if number > 1]
    if down:
        detail = f"{', '.join(down)} not running"
        yield Finding("processes", State.BAD, detail, _see("ProcessDown"))
    elif again:
        detail = f"started, reloads included: {', '.join(again)}"
        yield Finding("processes", State.GOOD, detail)
    else:
        yield Finding("processes", State.GOOD, f"{len(starts)} run")
    memory = _sum(figures, "callguard_process_resident_memory_bytes")
    files = max((one.value for one in figures.get("callguard_process_open_fds", [])), default=0)
    yield Finding(
        "use", State.GOOD, f"{memory / 2**20:,.0f} MiB, at most {_count(files)} files a process"
    )


def _journal(figures: Figures) -> Iterator[Finding]:
    lost = _sum(figures, "callguard_journal_records_total", result="lost")
    late = _sum(figures, "callguard_journal_records_total", result="late")
    waiting = _sum(figures, "callguard_journal_waiting_bytes")
    detail = f"{_count(lost)} lost, {_count(late)} late, {_count(waiting)} bytes wait"
    if _sum(figures, "callguard_journal_faulty"):
        yield Finding("journal", State.BAD, detail, _see("JournalFaulty"))
    elif _sum(figures, "callguard_journal_stuck"):
        yield Finding("journal", State.BAD, detail, _see("JournalStuck"))
    elif lost:
        yield Finding("journal", State.NOTE, detail, _see("VerdictsLost"))
    else:
        yield Finding("journal", State.GOOD, detail)


def _feed(figures: Figures) -> Iterator[Finding]:
    if not _sum(figures, "callguard_feed_connected"):
        yield Finding("feed", State.BAD, "Redis does not answer", _see("FeedDisconnected"))
    for one in figures.get("callguard_feed_fresh", []):
        source = one.labels["source"]
        numbers = _sum(figures, "callguard_feed_numbers", source=source)
        batch = _sum(figures, "callguard_feed_sequence", source=source)
        held = _sum(figures, "callguard_feed_held", source=source)
        detail = f"batch {batch:.0f}, {_count(numbers)} numbers"
        part = f"feed {source}"
        if _sum(figures, "callguard_feed_faulty", source=source):
            yield Finding(part, State.BAD, f"{detail}; it stands still", _see("FeedFaulty"))
        elif not one.value:
            yield Finding(part, State.NOTE, f"{detail}; silent", _see("SourceSilent"))
        elif held:
            yield Finding(part, State.NOTE, f"{detail}; {_count(held)} held", _see("FeedHeld"))
        else:
            yield Finding(part, State.GOOD, detail)


def _policies(figures: Figures) -> Iterator[Finding]:
    if _sum(figures, "callguard_policies_in_step"):
        yield Finding("policies", State.GOOD, "every change reaches the next call")
    else:
        detail = "changes do not reach this node's calls"
        yield Finding("policies", State.BAD, detail, _see("PoliciesBehind"))


def _asterisk(figures: Figures) -> Iterator[Finding]:
    if not _sum(figures, "callguard_asterisk_wanted"):
        yield Finding("Asterisk", State.NOTE, "no AMI secret is set", "docs/settings.md")
    elif not _sum(figures, "callguard_asterisk_connected"):
        detail = "AMI does not answer"
        yield Finding("Asterisk", State.BAD, detail, _see("AsteriskDisconnected"))
    else:
        calls = _sum(figures, "callguard_asterisk_calls")
        screened = _sum(figures, "callguard_calls_in_progress")
        uptime = _sum(figures, "callguard_asterisk_uptime_seconds")
        detail = (
            f"{_count(calls)} calls, {_count(screened)} of them screened; "
            f"up for {uptime / 3600:,.1f} h"
        )
        yield Finding("Asterisk", State.GOOD, detail)


def _queues(figures: Figures) -> Iterator[Finding]:
    news = _sum(figures, "callguard_news_waiting")
    oldest = _sum(figures, "callguard_news_oldest_seconds")
    detail = f"{_count(news)} messages wait"
    if _sum(figures, "callguard_news_silent"):
        yield Finding("news", State.BAD, "the process is silent", _see("NewsSilent"))
    elif oldest > _LATE_NEWS_SECONDS:
        yield Finding("news", State.NOTE, detail, _see("NewsLate"))
    else:
        yield Finding("news", State.GOOD, detail)
    reports = _sum(figures, "callguard_reports_waiting")
    state = State.NOTE if reports else State.GOOD
    detail = f"{_count(reports)} wait for the feed"
    yield Finding("reports", state, detail, _see("ReportsWaiting") if reports else "")


def _disk(figures: Figures) -> Iterator[Finding]:
    free = _sum(figures, "callguard_disk_free_bytes")
    little = free < _LITTLE_DISK
    state = State.BAD if little else State.GOOD
    yield Finding("disk", state, f"{free / 1e9:,.1f} GB free", _see("DiskFull") if little else "")


CHECKS: tuple[Check, ...] = (
    _verdicts,
    _decisions,
    _defence,
    _processes,
    _policies,
    _feed,
    _asterisk,
    _journal,
    _queues,
    _disk,
)
