"""Gathers how the node's parts stand, for the figures; in ``services``, at each request."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..asterisk.ami import AMIBridge, AMIError
from ..blocklist.node_list import NodeList
from ..calllog.journal import waiting
from ..calllog.keeping import CallKeeping
from ..calllog.outcome import Ended, Outcome
from ..calllog.record import Defence
from ..feed.report_queue import ReportQueue
from ..figures.standing import Standing
from ..figures.verdicts import VerdictFigures
from ..notify.state import SILENT_AFTER
from ..notify.state import read_state as read_news
from ..recordings.keeping import Standing as Recorded
from ..screening import Action
from ..settings import Settings

if TYPE_CHECKING:
    from ..households.replica import Replica

_ASTERISK_SECONDS = 1.0
"""What AMI may take to answer; Prometheus does not wait for long."""


class NodeStanding:
    """Counts what AMI tells of calls, and looks at everything else when it is asked."""

    def __init__(
        self,
        settings: Settings,
        bridge: AMIBridge,
        keeping: CallKeeping,
        verdicts: VerdictFigures,
    ) -> None:
        self._settings = settings
        self._verdicts = verdicts
        self._refused_before = self._refused()
        self._bridge = bridge
        self._keeping = keeping
        self._defences: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._began = datetime.now(UTC)
        self.lags: dict[str, float] = {}
        """Of each source: seconds from the issue of its last batch to its enforcement."""
        self.replica: Replica | None = None
        self.recordings = Recorded()
        self.now = Standing()

    def _refused(self) -> int:
        """Return how many calls the workers have refused: AMI tells nothing of those."""
        given = self._verdicts.total().verdicts
        return sum(count for (action, _), count in given.items() if action is Action.REJECT)

    def told(self, name: str, headers: Mapping[str, str]) -> None:
        """Take an AMI event: which line of defence decided on a call."""
        if name == "UserEvent" and headers.get("UserEvent") == "Callguard":
            self._defences[headers.get("Defence", "")] += 1

    def ended(self, ended: Ended | None) -> None:
        """Take how a screened call ended, if one did."""
        if ended is not None:
            self._outcomes[ended.outcome] += 1

    def enforced(self, source: str, lists: Mapping[str, NodeList]) -> None:
        """Take that the list of *source* has been renewed."""
        heard = lists[source].heard_at if source in lists else None
        # What was issued before is caught up with: no news that is late.
        if heard is not None and heard >= self._began:
            self.lags[source] = max(0.0, (datetime.now(UTC) - heard).total_seconds())

    async def look(self) -> None:
        """Find out how everything stands ``now``."""
        settings = self._settings
        files, size = await asyncio.to_thread(waiting, settings.journal)
        reports = await asyncio.to_thread(ReportQueue(settings.reports).waiting)
        news = await asyncio.to_thread(read_news, settings.news_state)
        at = datetime.now(UTC)
        oldest = news.backlog.oldest if news else None
        calls, uptime = await self._asterisk(at)
        policies = self.replica.state if self.replica is not None else None
        refused = self._refused() - self._refused_before
        self.now = Standing(
            journal_files=files,
            journal_bytes=size,
            journal_stuck=bool(self._keeping.fault),
            unreadable=self._keeping.unreadable,
            news_waiting=news.backlog.waiting if news else 0,
            news_oldest_seconds=max(0.0, (at - oldest).total_seconds()) if oldest else 0.0,
            news_silent=news is None or at - news.at > SILENT_AFTER,
            reports_waiting=len(reports),
            recordings_in_clear=self.recordings.in_clear,
            recordings_stuck=bool(self.recordings.fault) or self.recordings.full,
            recordings_cut_off=self.recordings.cut_off,
            asterisk_wanted=bool(settings.ami_secret),
            asterisk_connected=self._bridge.connected,
            asterisk_calls=calls,
            asterisk_seconds=uptime,
            followed=len(self._keeping.channels()),
            defences=self._defences + Counter({Defence.DAEMON.value: refused}),
            outcomes=self._outcomes + Counter({Outcome.REFUSED.value: refused}),
            policies=policies.policies if policies and policies.compared_at else None,
            policies_in_step=policies.in_step if policies else True,
            disk_free=shutil.disk_usage(settings.data).free,
        )

    async def _asterisk(self, at: datetime) -> tuple[int | None, float | None]:
        """Return how many calls Asterisk handles, and how long it has run, if it says."""
        if not self._bridge.connected:
            return None, None
        try:
            async with asyncio.timeout(_ASTERISK_SECONDS):
                said = await self._bridge.action("CoreStatus")
            calls = int(said.get("CoreCurrentCalls", ""))
            # Its own clock and ours are the same machine's; it gives local time.
            began = datetime.fromisoformat(
                f"{said['CoreStartupDate']}T{said['CoreStartupTime']}"
            ).astimezone()
        except (AMIError, TimeoutError, ValueError, KeyError):
            return None, None
        return calls, max(0.0, (at - began).total_seconds())
