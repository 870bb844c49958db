"""The lists of the trusted sources as this node keeps them: on its disk, in force, told of."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pyroaring import BitMap64

from ..blocklist.errors import StoreError, TrustError
from ..blocklist.node_list import NodeList
from ..blocklist.source_list import SourceList
from ..blocklist.store import ListStore
from ..blocklist.unite import unite
from .audit import AuditTrail
from .place import FollowedSource
from .state import FeedState, write_state
from .trust import Trust
from .trust_store import TrustStore
from .trusted_source import SourceTrust

log = logging.getLogger(__name__)

UNION_SECONDS = 5.0
"""How long at least between two writings of the union; lists that have changed since the last are
asked by themselves, which costs a look-up 1 µs for each."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one source's list."""

    source: str
    enforced: BitMap64
    """Numbers whose calls are refused from now on."""


class Keeper:
    """Keeps what it is given; ``changed`` is called after each list that was written."""

    def __init__(
        self,
        trust: TrustStore,
        store: ListStore,
        changed: Callable[[Change], None],
        *,
        audit: AuditTrail,
        protected: frozenset[int],
        clock: Callable[[], datetime],
    ) -> None:
        self._trust_store = trust
        self.trust: Trust | None = None
        """Who is trusted, by the root on disk."""
        self._root_stamp: tuple[int, int] | None = None
        self._store = store
        self._changed = changed
        self._audit = audit
        self._protected = BitMap64(protected)
        self._clock = clock
        self.sources: dict[str, FollowedSource] = {}
        self._union_due = False
        self._state_unwritten = False
        self.state = FeedState()

    @property
    def lists(self) -> Mapping[str, NodeList]:
        """The lists by source, as last written."""
        return {name: one.kept for name, one in self.sources.items()}

    def load(self) -> None:
        """Read root and lists from disk; a damaged list begins anew from the feed."""
        self._root_stamp = self._trust_store.stamp()
        try:
            self.trust = self._trust_store.load()
        except TrustError as error:
            self.alarm("", f"no police source is trusted: {error}")
            return
        if self.trust is None:
            return  # the lists of before stay in force: a lost file is not somebody's decision
        trusted = self.trust.sources
        self.state.root_until = self.trust.expires
        self.state.keys_until = {
            name: max(key.not_after for key in one.keys.values()) for name, one in trusted.items()
        }
        for name in self._store.stamps().keys() - trusted.keys():
            log.warning("source %s is not trusted any more; its list is out of force", name)
            try:
                self._store.remove(name)
            except StoreError as error:
                self.alarm(name, str(error))
            self._changed(Change(name, BitMap64()))
        self.sources = {
            name: self.sources[name] if name in self.sources else self._begin(trust)
            for name, trust in trusted.items()
        }
        self.state.sources = {
            name: one for name, one in self.state.sources.items() if name in trusted
        }
        for name, trust in trusted.items():
            one = self.sources[name]
            one.trust = trust
            self._keep_trial(one)
            self.describe(one)
        self._union_due = True

    @property
    def root_changed(self) -> bool:
        """Whether the root on disk is another than the one that was loaded."""
        return self._trust_store.stamp() != self._root_stamp

    def install_root(self, data: bytes) -> None:
        """Have a new root on disk; :meth:`load` puts it in force.

        Raises:
            TrustError: it is not vouched for by the one before.

        """
        self._trust_store.install(data, self._clock())

    def keep(
        self,
        one: FollowedSource,
        kept: NodeList,
        fault: str | None = None,
        alarms: Sequence[str] = (),
        taken: Sequence[bytes] = (),
    ) -> None:
        """Write a list that has changed, and tell of it; the *fault* stays if none is given.

        *alarms*: what somebody should know of the change, once it is written. *taken*: the signed
        batches that changed it, or the manifest of the snapshot.
        """
        if self.sources.get(one.trust.name) is not one:
            return  # its source has left the root while its entries were on their way
        before = one.kept
        written = (
            kept.list is not before.list
            or kept.held is not before.held
            or kept.shadow != before.shadow
        )
        if written:
            try:
                self._audit.append(kept.source, taken, self._clock())
                self._store.save(kept)
            except StoreError as error:
                if str(error) != one.unwritten:
                    self.alarm(one.trust.name, str(error))
                one.unwritten = str(error)
                self.describe(one)
                return
            one.unwritten = ""
            self._union_due = True
        one.kept = kept
        one.fault = one.fault if fault is None else fault
        if written:
            enforced = kept.newly_enforced(before)
            for line in alarms:
                self.alarm(one.trust.name, line)
            self._report_protected(one, before.list.listed)
            log.info(
                "source %s: batch %d applied, %d numbers",
                kept.source,
                kept.list.sequence,
                len(kept.list.listed),
            )
            self._changed(Change(kept.source, enforced))
        self.describe(one)

    def describe(self, one: FollowedSource) -> None:
        """Note how one source stands."""
        if self.sources.get(one.trust.name) is not one:
            return
        self.state.describe(
            one.kept,
            self._clock(),
            resyncing=one.resyncing,
            fault=one.unwritten or one.fault,
            protected=len(one.kept.list.listed & self._protected),
        )

    def alarm(self, source: str, line: str) -> None:
        """Say that somebody should look: in the log, and in the count that is watched."""
        log.error("%s", line)
        self.state.alarms[source] += 1

    def tend(self) -> None:
        """Look after what no stream tells of; once a second or so."""
        for one in self.sources.values():
            self._keep_trial(one)
            if self._store.approved(one.trust.name):
                self._approve(one)
            self._note_staleness(one)
        self._write_state()

    async def unite(self) -> None:
        """Have the union written when lists have changed."""
        while True:
            if self._union_due and len(self.sources) > 1:
                self._union_due = False
                try:
                    if await unite(self._store, self.sources):
                        self._changed(Change("", BitMap64()))
                except (StoreError, OSError) as error:
                    log.error("%s; look-ups take longer", error)
            await asyncio.sleep(UNION_SECONDS)

    def _keep_trial(self, one: FollowedSource) -> None:
        """Have the list on trial, or in force, as the root says; again until it is on disk."""
        if one.kept.shadow != one.trust.shadow:
            self.keep(one, replace(one.kept, shadow=one.trust.shadow))

    def _begin(self, trust: SourceTrust) -> FollowedSource:
        try:
            kept = self._store.load(trust.name)
        except StoreError as error:
            log.error("%s; it is read again from the feed", error)
            kept = NodeList(SourceList(trust.name), shadow=trust.shadow)
        return FollowedSource(trust=trust, kept=kept, cursor=(kept.list.sequence, 0))

    def _report_protected(self, one: FollowedSource, before: BitMap64) -> None:
        attempts = (self._protected & one.kept.list.listed) - before
        if attempts:
            name = one.trust.name
            self.alarm(
                name,
                f"source {name}: batch {one.kept.list.sequence} lists {len(attempts)} protected "
                f"numbers, +{attempts.min()} first; their calls are warned about, never refused",
            )

    def _approve(self, one: FollowedSource) -> None:
        """Enforce what is held; the approval stands until the disk has taken it."""
        self.keep(one, one.kept.approve())
        if not one.kept.held:
            self._store.forget_approval(one.trust.name)

    def _write_state(self) -> None:
        try:
            write_state(self._store.state, self.state)
        except OSError as error:
            if not self._state_unwritten:
                log.warning("the state of the feed cannot be written: %s", error)
            self._state_unwritten = True
        else:
            self._state_unwritten = False

    def _note_staleness(self, one: FollowedSource) -> None:
        self.describe(one)
        silent = one.kept.heard_at is not None and one.kept.stale(self._clock())
        if silent and not one.silent:
            self.alarm(
                one.trust.name,
                f"source {one.trust.name} is silent: nothing has come for longer than it said it "
                f"would be; its list stays in force at batch {one.kept.list.sequence}",
            )
        one.silent = silent
