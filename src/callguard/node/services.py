"""What a node does beside screening: follow the feed, listen to AMI, answer for its health.

All of it in one process, apart from the workers: whatever happens here delays no verdict.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime

from aiohttp import web

from ..asterisk.ami import AMIBridge, AMIEvent
from ..asterisk.live_cutter import LiveCutter
from ..asterisk.missed_calls import missed_calls, watch
from ..asterisk.probe import ProbeError, probe
from ..asterisk.suspended_calls import SuspendedCalls
from ..blocklist.live import LiveIndex, protected_numbers
from ..blocklist.store import ListStore
from ..bursts.active import spared
from ..bursts.counting import Limits
from ..bursts.watch import BurstWatch
from ..calllog.collector import Collector
from ..calllog.counts import Counts
from ..calllog.group_commit import GroupCommit
from ..calllog.journal import Journal, waiting
from ..calllog.keeping import CallKeeping
from ..calllog.lines import CallLines
from ..calllog.outcome import Ended
from ..database import Database
from ..feed.audit import AuditTrail
from ..feed.connect import AsyncClient, connect_async, is_cluster
from ..feed.follower import Follower
from ..feed.keeper import Change
from ..feed.report import Report
from ..feed.report_queue import ReportQueue
from ..feed.report_sender import ReportSender
from ..feed.trust_store import TrustStore
from ..figures.node import NodeFigures
from ..households.reader import PolicyReader
from ..line.keys import OnTheLine
from ..line.long_calls import LongCalls
from ..line.reporting import Reporting
from ..notify.occasions import calls_noted
from ..notify.state import health as news_health
from ..portal import Health, application, metrics, reports
from ..portal.health import Check
from ..portal.metrics import FeedCollector, TaskCollector
from ..portal.node_metrics import NodeCollector
from ..recordings.keeping import RecordingKeeping
from ..recordings.shelf import Shelf
from ..recordings.spool import Spool
from ..settings import Settings
from .children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from .standing import NodeStanding
from .upkeep import Upkeep

log = logging.getLogger(__name__)


def run_services(settings: Settings, figures: NodeFigures, control: socket.socket) -> None:
    """Run until the supervisor is gone or says to stop; *figures* are those of all processes."""
    run_loop(_run(settings, figures, control))


async def _run(settings: Settings, figures: NodeFigures, control: socket.socket) -> None:
    stopped, ends = asyncio.Event(), CallLines()
    link = Control(control, lambda _: None, stopped.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)

    def told(event: AMIEvent) -> None:
        long_calls.receive(event)
        standing.told(event.name, event.headers)
        ended = keeping.told(event.name, event.headers)
        standing.ended(ended)
        _note_end(ends, ended)
        cutter.receive(event)
        outgoing.receive(event)

    def logged_in() -> None:
        connected.set()
        long_calls.connected()

    connected = asyncio.Event()
    bridge = AMIBridge(
        settings.ami_host,
        settings.ami_port,
        settings.ami_user,
        settings.ami_secret,
        told,
        logged_in,
    )
    lists = ListStore(settings.lists)
    protected = protected_numbers(settings.protected_numbers)
    blocklist = LiveIndex(lists, protected)
    policies = PolicyReader(settings.database_file)
    own_journal = GroupCommit(Journal(settings.journal), figures.journal.slot(0))
    client = connect_async(settings.redis, settings.redis_tls)
    bursts = _bursts(settings, client, link)
    keeping = _keeping(settings, own_journal, policies, bursts)
    long_calls = LongCalls(
        lambda: Database(settings.households), policies, bridge.action, lambda: datetime.now(UTC)
    )
    standing = NodeStanding(settings, bridge, keeping, figures.verdicts)
    cutter = LiveCutter(
        policies,
        blocklist,
        bridge.action,
        lambda: datetime.now(UTC),
        settings.sip_codes,
        keeping.cutting,
    )

    outgoing = SuspendedCalls(
        blocklist, bridge.action, lambda: datetime.now(UTC), settings.sip_codes
    )

    def changed(change: Change) -> None:
        link.send(LISTS_CHANGED)
        blocklist.refresh()
        cutter.listed(change.enforced)
        outgoing.changed()
        standing.enforced(change.source, follower.lists)

    follower = Follower(
        client,
        TrustStore(settings.trust),
        lists,
        changed,
        audit=AuditTrail(settings.audit),
        protected=protected,
        one_by_one=is_cluster(settings.redis),
    )
    follower.load()

    checks = _checks(settings, follower, bridge, figures.journal, keeping)
    runner = await _serve(
        settings,
        application(
            checks, [*_figures(figures, follower, standing), *_reports(settings, policies)]
        ),
    )
    tasks = [
        asyncio.create_task(one)
        for one in (
            link.beat(BEAT_SECONDS),
            follower.run(),
            ReportSender(client, ReportQueue(settings.reports)).run(),
            keeping.run(),
            Upkeep(settings.households).run(),
            *_replicating(settings, checks, standing),
            *_recording(settings, bridge, checks, standing),
            *_watching(bursts, checks),
        )
    ]
    if settings.ami_secret:
        heeding = (
            *(bridge.run(), cutter.run(), outgoing.run(), long_calls.run()),
            watch(connected, keeping.channels, bridge.action, keeping.missed),
        )
        tasks += [asyncio.create_task(one) for one in heeding]
    try:
        await _until_stopped(stopped, tasks)
    finally:
        keeping.hand_over(settings.calls_in_progress)
        await runner.cleanup()
        await client.aclose()
        for end in (ends.flush, own_journal.close, policies.close, link.close):
            end()


async def _until_stopped(stopped: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Let *tasks* run until *stopped*; whatever ends before has failed, and its error is raised."""
    stopping = asyncio.create_task(stopped.wait())
    try:
        ended, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in ended - {stopping}:
            # The supervisor starts all of them again.
            await task
    finally:
        for task in [stopping, *tasks]:
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)


def _reports(settings: Settings, policies: PolicyReader) -> list[web.RouteDef]:
    def report(**fields: str) -> Report:
        return Reporting(settings, policies).take(now=datetime.now(UTC), **fields)

    return reports.routes(settings.api_token, report)


async def _serve(settings: Settings, app: web.Application) -> web.AppRunner:
    """Answer for the node at its socket, which its own user alone may open."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.UnixSite(runner, str(settings.services_socket)).start()
    settings.services_socket.chmod(0o600)
    return runner


def _figures(
    figures: NodeFigures, follower: Follower, standing: NodeStanding
) -> list[web.RouteDef]:
    return metrics.routes(
        FeedCollector(follower.state, lambda: datetime.now(UTC), standing.lags),
        NodeCollector(figures, lambda: standing.now),
        TaskCollector(lambda: len(asyncio.all_tasks())),
        before=standing.look,
    )


def _bursts(settings: Settings, client: AsyncClient, link: Control) -> BurstWatch | None:
    """Return what watches for callers of many homes; None without the key that nodes share."""
    if not settings.burst_key:
        return None
    return BurstWatch(
        client,
        settings.burst_key,
        Limits(settings.burst_minutes, settings.burst_homes, settings.burst_range_homes),
        spared(settings),
        path=settings.bursts,
        reports=settings.reports,
        changed=lambda: link.send(LISTS_CHANGED),
        now=lambda: datetime.now(UTC),
    )


def _watching(
    bursts: BurstWatch | None, checks: dict[str, Check]
) -> tuple[Coroutine[None, None, None], ...]:
    if bursts is None:
        return ()

    async def check() -> Health:
        detail = bursts.fault or "calls to many homes are counted"
        return Health(not bursts.fault, detail, needed=False, values={"active": bursts.active})

    checks["bursts"] = check
    return (bursts.run(),)


def _keeping(
    settings: Settings, journal: GroupCommit, policies: PolicyReader, bursts: BurstWatch | None
) -> CallKeeping:
    keeping = CallKeeping(
        lambda: Database(settings.households),
        lambda database: Collector(
            settings.journal,
            database,
            calls_noted,
            OnTheLine(settings, database).heed,
            None if bursts is None else bursts.seen,
        ),
        journal,
        policies,
        lambda: datetime.now(UTC),
    )
    keeping.take_over(settings.calls_in_progress)
    return keeping


def _recording(
    settings: Settings, bridge: AMIBridge, checks: dict[str, Check], node: NodeStanding
) -> tuple[Coroutine[None, None, None], ...]:
    """Return what looks after recordings, where it is known where Asterisk leaves them."""
    if settings.spool is None:
        return ()

    async def over(channels: Iterable[str]) -> list[str]:
        # Getvar finds a channel by its Uniqueid too (main/channel.c).
        return await missed_calls({unique: unique for unique in channels}, bridge.action)

    keeping = RecordingKeeping(
        lambda: Database(settings.households),
        Spool(settings.spool),
        Shelf(settings.recordings),
        settings.recordings_key,
        over if settings.ami_secret else None,
        lambda: datetime.now(UTC),
    )
    spool, standing = settings.spool, keeping.standing
    node.recordings = standing

    async def recordings() -> Health:
        detail = "every recording is encrypted when its call is over"
        if standing.full:
            detail = f"recordings are cut off: the disk is full; make room in {spool}"
        elif standing.fault:
            detail = f"recordings wait: {standing.fault}"
        return Health(
            not (standing.full or standing.fault),
            detail,
            needed=False,
            values={
                "in_progress": standing.in_progress,
                "in_clear": standing.in_clear,
                "waiting": standing.waiting,
                "sealed": standing.sealed,
                "cut_off": standing.cut_off,
            },
        )

    checks["recordings"] = recordings
    return (keeping.run(),)


def _replicating(
    settings: Settings, checks: dict[str, Check], standing: NodeStanding
) -> tuple[Coroutine[None, None, None], ...]:
    """Return what keeps this node's policies in step, where the database is elsewhere."""
    if not settings.replicated:
        return ()
    from ..households.replica import Replica, ReplicaLog  # brings PostgreSQL's driver along

    replica = Replica(
        settings.households, settings.database_file, lambda: datetime.now(UTC), ReplicaLog()
    )
    standing.replica = replica

    async def policies() -> Health:
        state = replica.state
        if state.in_step:
            return Health(ok=True, detail="every change reaches the next call", needed=False)
        since = state.compared_at
        known = f"as of {since:%Y-%m-%d %H:%M} UTC" if since else "as they were before the start"
        fault = state.fault or "not compared yet"
        return Health(ok=False, detail=f"{fault}; policies count {known}", needed=False)

    checks["policies"] = policies
    return (replica.run(),)


def _note_end(lines: CallLines, ended: Ended | None) -> None:
    if ended is not None:
        cause = f" ({ended.cause})" if ended.cause else ""
        lines.note(
            f"{ended.call_id} ended: {ended.action}, {ended.reason}, by {ended.defence}, "
            f"{ended.outcome}{cause}"
        )


def _checks(
    settings: Settings,
    follower: Follower,
    bridge: AMIBridge,
    counts: Counts,
    keeping: CallKeeping,
) -> dict[str, Check]:
    async def screening() -> Health:
        try:
            await probe(settings.agi_host, settings.agi_port)
        except ProbeError as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail="a question is answered")

    async def feed() -> Health:
        state = follower.state
        detail = "; ".join(state.faults) or (
            "connected" if state.connected else "the feed cannot be reached"
        )
        silent = [name for name, one in state.sources.items() if one.state == "stale"]
        if silent and not state.faults:
            detail += f"; silent: {', '.join(silent)}"
        return Health(
            state.connected and not silent and not state.faults,
            detail,
            needed=False,
            values={"sources": state.to_json()["sources"]},
        )

    async def ami() -> Health:
        if not settings.ami_secret:
            return Health(ok=False, detail="not configured", needed=False)
        detail = "connected" if bridge.connected else "not connected"
        return Health(bridge.connected, detail, needed=False)

    async def journal() -> Health:
        counted = counts.total()
        files, size = await asyncio.to_thread(waiting, settings.journal)
        if counted.faulty:
            detail = "verdicts are given and not kept, or late; the log says why"
        elif keeping.fault:
            detail = f"calls wait for the database: {keeping.fault}"
        else:
            detail = "every verdict is kept before its caller hears it"
        return Health(
            not counted.faulty and not keeping.fault,
            detail,
            needed=False,
            values={
                "kept": counted.kept,
                "late": counted.late,
                "lost": counted.lost,
                "strangers": keeping.strangers,
                "unreadable": keeping.unreadable,
                "waiting_files": files,
                "waiting_bytes": size,
            },
        )

    async def news() -> Health:
        ok, detail = news_health(settings.news_state, now=datetime.now(UTC))
        return Health(ok, detail, needed=False)

    return {"screening": screening, "feed": feed, "ami": ami, "journal": journal, "news": news}
