"""The figures of the node itself, in the form that Prometheus reads.

Each is documented in ``docs/metrics.md``; a test keeps the page and this module the same.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ..figures.node import NodeFigures
from ..figures.standing import Standing
from ..figures.verdicts import BOUNDS, VerdictTotals

_DEFENCES = ("daemon", "fallback", "alone")


class NodeCollector(Collector):
    """Reads what the node's processes have counted, and how its parts stand."""

    def __init__(self, figures: NodeFigures, standing: Callable[[], Standing]) -> None:
        self._figures = figures
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        yield GaugeMetricFamily(
            "callguard_start_time_seconds",
            "when the node was started, Unix time",
            value=self._figures.started_at.timestamp(),
        )
        yield from _of_verdicts(self._figures.verdicts.total())
        now = self._standing()
        yield from _of_calls(now)
        yield from self._of_journal(now)
        yield from _of_queues(now)
        yield from _of_asterisk(now)
        yield from _of_policies(now)
        yield from self._of_processes()
        yield GaugeMetricFamily(
            "callguard_disk_free_bytes", "free where the data folder is", value=now.disk_free
        )

    def _of_journal(self, now: Standing) -> Iterator[Metric]:
        counted = self._figures.journal.total()
        records = CounterMetricFamily(
            "callguard_journal_records",
            "verdicts: `kept` on disk before the caller heard anything, or `late`, or `lost`",
            labels=["result"],
        )
        for result in ("kept", "late", "lost"):
            records.add_metric([result], getattr(counted, result))
        yield records
        yield GaugeMetricFamily(
            "callguard_journal_faulty",
            "processes that cannot write the journal now, or not in time",
            value=counted.faulty,
        )
        yield GaugeMetricFamily(
            "callguard_journal_stuck",
            "1 if the database does not take in the journal",
            value=now.journal_stuck,
        )
        yield GaugeMetricFamily(
            "callguard_journal_waiting_bytes",
            "records that are not in the database yet",
            value=now.journal_bytes,
        )
        yield GaugeMetricFamily(
            "callguard_journal_waiting_files",
            "files of records that are not in the database yet",
            value=now.journal_files,
        )
        yield CounterMetricFamily(
            "callguard_journal_unreadable",
            "records that could not be read, since the services started",
            value=now.unreadable,
        )

    def _of_processes(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("callguard_process_up", "1 if it runs", labels=["process"])
        starts = CounterMetricFamily(
            "callguard_process_starts",
            "how often it was started since the node was, reloads included",
            labels=["process"],
        )
        memory = GaugeMetricFamily(
            "callguard_process_resident_memory_bytes", "its memory", labels=["process"]
        )
        seconds = CounterMetricFamily(
            "callguard_process_cpu_seconds",
            "its processor time; from 0 again when it is started again",
            labels=["process"],
        )
        files = GaugeMetricFamily(
            "callguard_process_open_fds", "its open files", labels=["process"]
        )
        for one in self._figures.processes.each():
            label = [one.name]
            up.add_metric(label, one.pid != 0)
            starts.add_metric(label, one.starts)
            if one.pid:
                memory.add_metric(label, one.memory)
                seconds.add_metric(label, one.seconds)
                files.add_metric(label, one.files)
        yield from (up, starts, memory, seconds, files)


def _of_verdicts(total: VerdictTotals) -> Iterator[Metric]:
    verdicts = CounterMetricFamily(
        "callguard_verdicts",
        "verdicts of the workers; health checks ask too, about nobody's line (`no-consent`)",
        labels=["action", "reason"],
    )
    for (action, reason), count in sorted(total.verdicts.items()):
        verdicts.add_metric([action.value, reason.value], count)
    yield verdicts
    yield CounterMetricFamily(
        "callguard_verdicts_failed",
        "questions to the workers that got no verdict; the next line of defence decided",
        value=total.failed,
    )
    buckets: list[tuple[str, float]] = []
    below = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), total.buckets, strict=True):
        below += count
        buckets.append((bound, below))
    yield HistogramMetricFamily(
        "callguard_decision_seconds",
        "from a question to its answer, in the worker, the journal's disk included",
        buckets=buckets,
        sum_value=total.seconds,
    )
    yield GaugeMetricFamily(
        "callguard_agi_sessions",
        "conversations with Asterisk that are open now",
        value=total.sessions,
    )


def _of_calls(now: Standing) -> Iterator[Metric]:
    defences = CounterMetricFamily(
        "callguard_calls",
        "calls by the line of defence that decided, since the services started: what the workers "
        "refused, by their own count, and what Asterisk tells by AMI",
        labels=["defence"],
    )
    for defence in sorted({*_DEFENCES, *now.defences}):
        defences.add_metric([defence], now.defences[defence])
    yield defences
    ended = CounterMetricFamily(
        "callguard_calls_ended",
        "screened calls by how they ended, since the services started",
        labels=["outcome"],
    )
    for outcome, count in sorted(now.outcomes.items()):
        ended.add_metric([outcome], count)
    yield ended
    yield GaugeMetricFamily(
        "callguard_calls_in_progress",
        "screened calls that were let through and have not ended",
        value=now.followed,
    )


def _of_queues(now: Standing) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "callguard_news_waiting",
        "messages to families that wait to be sent",
        value=now.news_waiting,
    )
    yield GaugeMetricFamily(
        "callguard_news_oldest_seconds",
        "how long the oldest of them has been due",
        value=now.news_oldest_seconds,
    )
    yield GaugeMetricFamily(
        "callguard_news_silent",
        "1 if the process that tells news has not been heard of for a minute",
        value=now.news_silent,
    )
    yield GaugeMetricFamily(
        "callguard_reports_waiting",
        "scam reports that wait for the feed",
        value=now.reports_waiting,
    )
    yield GaugeMetricFamily(
        "callguard_recordings_in_clear",
        "recordings of calls that are over, not encrypted yet",
        value=now.recordings_in_clear,
    )
    yield GaugeMetricFamily(
        "callguard_recordings_stuck",
        "1 if recordings cannot be encrypted or kept, or Asterisk's disk for them is full",
        value=now.recordings_stuck,
    )
    yield CounterMetricFamily(
        "callguard_recordings_cut_off",
        "recordings that are not whole, since the services started",
        value=now.recordings_cut_off,
    )


def _of_asterisk(now: Standing) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "callguard_asterisk_wanted", "1 if a secret for AMI is set", value=now.asterisk_wanted
    )
    yield GaugeMetricFamily(
        "callguard_asterisk_connected", "1 if AMI is logged in to", value=now.asterisk_connected
    )
    calls = GaugeMetricFamily(
        "callguard_asterisk_calls", "calls that Asterisk handles now, screened or not"
    )
    if now.asterisk_calls is not None:
        calls.add_metric([], now.asterisk_calls)
    yield calls
    uptime = GaugeMetricFamily("callguard_asterisk_uptime_seconds", "how long Asterisk has run")
    if now.asterisk_seconds is not None:
        uptime.add_metric([], now.asterisk_seconds)
    yield uptime


def _of_policies(now: Standing) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "callguard_policies_in_step",
        "1 if every change of a policy reaches the next call",
        value=now.policies_in_step,
    )
    policies = GaugeMetricFamily(
        "callguard_policies",
        "policies in this node's copy; absent with SQLite, and before it has been compared",
    )
    if now.policies is not None:
        policies.add_metric([], now.policies)
    yield policies
