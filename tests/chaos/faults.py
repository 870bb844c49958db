"""The faults that an exchange must survive, and how each is made and mended."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from callguard.demo.attacks import ATTACKS, Mallory
from callguard.demo.exchange_node import ExchangeNode
from callguard.demo.place import Part
from callguard.demo.plant import SOURCE, Plant
from callguard.demo.stores import until
from callguard.feed import keys
from callguard.feed.connect import connect

from .network import Network, Wire
from .traffic import KINDS, Traffic

CUT = Wire(loss=1)
SLOW = Wire(delay=2)
LOSSY = Wire(loss=0.2)


@dataclass(slots=True)
class Ground:
    """Where a fault happens: the exchange, its network if it has one, and its traffic."""

    plant: Plant
    traffic: Traffic
    network: Network | None = None
    undo: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What mends the fault, last first."""
    killed: str = ""
    """SIP address of the node or edge that was killed, stopped or cut off with the calls on it."""
    killed_at: float = 0.0
    """When, by the loop's clock."""

    @property
    def node(self) -> ExchangeNode:
        """Return the node that faults happen to."""
        return self.plant.nodes[0]

    def wires(self) -> Network:
        """Return the network, where the fault needs one."""
        assert self.network is not None
        return self.network

    async def mend(self) -> None:
        """Mend what was broken, and wait until everything is well again."""
        while self.undo:
            await self.undo.pop()()
        if self.network is not None:
            self.network.mend()
        for part in self.plant.parts().values():
            part.signal(signal.SIGCONT)
            if not part.alive:
                await part.start()
        for node in self.plant.nodes:
            await node.until("screening", "feed", "ami", "policies")
        for asked in self.plant.askers:
            await asked.until("screening", "feed", "policies")
        self.killed, self.killed_at = "", 0.0


Begin = Callable[[Ground], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table."""

    name: str
    begin: Begin
    after: Begin | None = None
    """Asked once everything is mended: that nothing was forgotten meanwhile."""
    needs_hosts: bool = False
    """Each part must be on a host of its own."""
    seconds: float = 8.0
    """How long the fault lasts, with calls coming in."""
    rate: float = 0.0
    """Calls a second meanwhile; 0: as rated."""
    edges_ask: bool = False
    """It is for an exchange whose edges ask a callguard beside them."""


def worker(node: ExchangeNode) -> int:
    """Return the process id of a node's screening worker."""
    return _child(node.callguard, "cg worker")


def _child(part: Part, name: str) -> int:
    pid = part.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if Path(f"/proc/{child}/comm").read_text().startswith(name):
            return int(child)
    raise AssertionError(f"there is no {name}")


def _again(seconds: float, deed: Callable[[Ground], None]) -> Begin:
    """Return a fault that does a deed again and again until it is mended."""

    async def begin(ground: Ground) -> None:
        async def keep() -> None:
            while True:
                with contextlib.suppress(AssertionError, OSError):  # it is being started again
                    deed(ground)
                await asyncio.sleep(seconds)

        task = asyncio.create_task(keep())

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        ground.undo.append(stop)

    return begin


def _child_signalled(name: str, number: signal.Signals) -> Begin:
    return _again(1.5, lambda ground: os.kill(_child(ground.node.callguard, name), number))


def _signalled(which: Callable[[Ground], Iterable[Part]], number: signal.Signals) -> Begin:
    async def begin(ground: Ground) -> None:
        for part in which(ground):
            if number is signal.SIGKILL:
                await part.kill()
            else:
                part.signal(number)

    return begin


def _slowed(which: Callable[[Ground], Part]) -> Begin:
    """Return a fault that lets a part run for a third of the time only."""

    async def begin(ground: Ground) -> None:
        part = which(ground)

        async def keep() -> None:
            while True:
                part.signal(signal.SIGSTOP)
                await asyncio.sleep(0.2)
                part.signal(signal.SIGCONT)
                await asyncio.sleep(0.1)

        task = asyncio.create_task(keep())

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            part.signal(signal.SIGCONT)

        ground.undo.append(stop)

    return begin


def _asked(ground: Ground) -> Iterable[Part]:
    """Return the callguards that edges ask, all of them."""
    return [one.callguard for one in ground.plant.askers]


async def _nothing(_: Ground) -> None:
    return


def _gone(number: signal.Signals, *, edge: bool = False) -> Begin:
    """Return a fault that takes a node's Asterisk or an edge away, with the calls on it."""

    async def begin(ground: Ground) -> None:
        plant = ground.plant
        ground.killed = plant.exchange.edges[0] if edge else ground.node.sip
        ground.killed_at = asyncio.get_running_loop().time()
        part = plant.edges[0] if edge else ground.node.asterisk
        if number is signal.SIGKILL:
            await part.kill()
        else:
            part.signal(number)

    return begin


async def _undecided(ground: Ground) -> None:
    """Stop callguard and take the fallback script away: only the dialplan is left."""
    node = ground.node
    good = (await node.console("dialplan show globals")).partition("CALLGUARD_FALLBACK=")[2]
    await node.console("dialplan set global CALLGUARD_FALLBACK /nowhere")
    await node.callguard.kill()

    async def back() -> None:
        await node.console(f"dialplan set global CALLGUARD_FALLBACK {good.split()[0]}")

    ground.undo.append(back)


async def _power_lost(ground: Ground) -> None:
    """Kill a node while it writes, and leave its newest files half written."""
    ground.killed = ground.node.sip
    ground.killed_at = asyncio.get_running_loop().time()
    ground.plant.list_number(81_422_970_220)
    await ground.node.kill()
    if ground.network is not None:
        ground.network.fault(CUT, ground.node.name)
    journal = ground.node.folder / "data" / "journal"
    newest = max(
        (path for path in journal.iterdir() if path.is_file()),
        key=lambda path: path.stat().st_mtime,
        default=None,
    )
    if newest is not None:
        with newest.open("r+b") as file:
            file.truncate(max(0, newest.stat().st_size - 7))
    for path in (ground.node.folder / "data" / "lists").iterdir():
        if path.suffix == ".new":
            path.write_bytes(b"\0" * 100)


async def _redis_master_killed(ground: Ground) -> None:
    await ground.plant.redis.servers[ground.plant.redis.master()].kill()


async def _redis_master_stopped(ground: Ground) -> None:
    ground.plant.redis.servers[ground.plant.redis.master()].signal(signal.SIGSTOP)


async def _redis_emptied(ground: Ground) -> None:
    await asyncio.to_thread(ground.plant.redis.empty)


async def _read_only(ground: Ground) -> None:
    """Have PostgreSQL refuse to write, as a standby or a full disk does."""
    order = ground.plant.postgresql.primary.order
    order("ALTER DATABASE callguard SET default_transaction_read_only = on")
    order("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'callguard'")

    async def back() -> None:
        order("ALTER DATABASE callguard RESET default_transaction_read_only")
        order("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'callguard'")

    ground.undo.append(back)


async def _failed_over(ground: Ground) -> None:
    """Kill PostgreSQL's primary, and have its standby promoted while calls come in."""
    postgresql = ground.plant.postgresql
    await postgresql.primary.part.kill()
    await asyncio.sleep(DETECTED)
    await postgresql.fail_over()

    async def rejoin() -> None:
        # As it lies there it would come back as a second primary.
        await postgresql.rejoin()

    ground.undo.append(rejoin)


DETECTED = 2.0
"""Seconds that PostgreSQL is gone before its standby is promoted."""


async def _changed_after(ground: Ground) -> None:
    """What a family changes on the promoted server reaches every node, and calls reach its log."""
    await _policies_go_on(ground)
    before = len(await asyncio.to_thread(ground.plant.logged))
    ground.traffic.one(KINDS[0])
    await ground.traffic.count()
    await until(lambda: len(ground.plant.logged()) > before, "a call does not come into the log")


def _wired(wire: Wire, one: str, *others: str) -> Begin:
    async def begin(ground: Ground) -> None:
        ground.wires().fault(wire, one, *others)
        if wire is CUT and one in {"node-1", "edge-1"}:
            edge = one == "edge-1"
            ground.killed = ground.plant.exchange.edges[0] if edge else ground.node.sip
            ground.killed_at = asyncio.get_running_loop().time()

    return begin


def _stores_wired(wire: Wire, *stores: str) -> Begin:
    async def begin(ground: Ground) -> None:
        for node in ground.plant.nodes:
            ground.wires().fault(wire, node.name, *stores)

    return begin


async def _disk_full(ground: Ground) -> None:
    """Fill the file system that the node's folder is on (a small one, made by ``script/chaos``)."""
    filler = ground.node.folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            pass
        try:
            while True:
                file.write(b"\0")
        except OSError:
            pass

    async def free() -> None:
        filler.unlink()

    ground.undo.append(free)


def _clock(step: str) -> Begin:
    """Return a fault that steps the clock of a node's callguard and scripts by *step*."""

    async def begin(ground: Ground) -> None:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        clock = ground.node.folder / "clock"
        clock.write_text("+0")
        part = ground.node.callguard
        before = dict(part.environment)
        part.environment = {
            **before,
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
        await part.stop()
        await part.start()
        await ground.node.until("screening")
        clock.write_text(step)

        async def back() -> None:
            part.environment = before
            await part.stop()

        ground.undo.append(back)

    return begin


async def _poisoned(ground: Ground) -> None:
    """Attack the stream and the snapshot of the source, as one who may write there."""
    plant = ground.plant
    _, key = keys.load_private(plant.key)
    admin = connect(plant.redis.url("admin"))
    hand = plant.publisher()
    mallory = Mallory(admin, plant.outbox, key, keys.generate(SOURCE, plant.folder / "gone.json"))

    async def attack() -> None:
        for _, one in ATTACKS:
            await asyncio.to_thread(one, mallory)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(attack())

    async def cleaned() -> None:
        await asyncio.gather(task, return_exceptions=True)
        # Mended by Redis's administrator, who empties the stream, and by the source's next batch. A
        # heartbeat would not be heard: a stranger has taken the last place after the last batch.
        admin.flushall()
        hand.snapshot()
        await asyncio.to_thread(plant.list_number, 81_422_970_330)
        (plant.folder / "gone.json").unlink()

    ground.undo.append(cleaned)


async def _flood(ground: Ground) -> None:
    """Have ten times as many unwanted calls come in, and nodes that can announce to few at once."""
    for node in ground.plant.nodes:
        await node.console("dialplan set global CALLGUARD_ANNOUNCEMENTS 2")
    withheld = next(kind for kind in KINDS if kind.status == 433)

    async def flood() -> None:
        loop = asyncio.get_running_loop()
        begin, number = loop.time(), 0
        while True:
            number += 1
            ground.traffic.one(withheld)
            await asyncio.sleep(max(0.0, begin + number / FLOOD - loop.time()))

    task = asyncio.create_task(flood())

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for node in ground.plant.nodes:
            await node.console("dialplan set global CALLGUARD_ANNOUNCEMENTS 300")

    ground.undo.append(stop)


FLOOD = 20.0
"""Calls a second of the flood: ten times the rated ones."""

_number = 81_422_970_500


async def _feed_goes_on(ground: Ground) -> None:
    """What the police list now reaches every node."""
    global _number  # noqa: PLW0603
    _number += 1
    for attempt in range(30):
        try:
            await asyncio.to_thread(ground.plant.list_number, _number)
            break
        except Exception:
            if attempt == 29:
                raise
            await asyncio.sleep(1)
    await ground.plant.listed(_number)


async def _policies_go_on(ground: Ground) -> None:
    """What a family changes now reaches every node."""
    await asyncio.to_thread(ground.plant.onboard, 1)
    await ground.plant.in_step()


async def _whole(ground: Ground) -> None:
    """The node's database of policies is whole, and its lists are."""
    with sqlite3.connect(ground.node.folder / "data" / "policies.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    await _feed_goes_on(ground)


WIRES: tuple[tuple[str, Callable[[Wire], Begin], Begin | None], ...] = (
    ("edges and a node", lambda w: _wired(w, "node-1", "edge-1", "edge-2"), None),
    ("a node and the exchange", lambda w: _wired(w, "node-1", "exchange"), None),
    ("the exchange and an edge", lambda w: _wired(w, "edge-1", "exchange"), None),
    (
        "nodes and Redis",
        lambda w: _stores_wired(w, "redis-1", "redis-2", "redis-3"),
        _feed_goes_on,
    ),
    (
        "nodes and PostgreSQL",
        lambda w: _stores_wired(w, "postgresql-1", "postgresql-2"),
        _policies_go_on,
    ),
    ("Redis and Redis", lambda w: _wired(w, "redis-1", "redis-2"), _feed_goes_on),
)
"""Between whom packets are lost or late, and what is asked afterwards."""

FAULTS = (
    Fault("nothing is broken", _nothing),
    Fault("screening worker killed, again and again", _child_signalled("cg work", signal.SIGKILL)),
    Fault("screening worker stopped, again and again", _child_signalled("cg work", signal.SIGSTOP)),
    Fault("services killed, again and again", _child_signalled("cg serv", signal.SIGKILL)),
    Fault("portal killed, again and again", _child_signalled("cg port", signal.SIGKILL)),
    Fault("callguard killed", _signalled(lambda g: [g.node.callguard], signal.SIGKILL)),
    Fault("callguard stopped", _signalled(lambda g: [g.node.callguard], signal.SIGSTOP)),
    Fault("callguard slow", _slowed(lambda g: g.node.callguard)),
    Fault("callguard killed, no fallback script", _undecided),
    Fault("Asterisk killed", _gone(signal.SIGKILL)),
    Fault("Asterisk stopped", _gone(signal.SIGSTOP)),
    Fault("Asterisk slow", _slowed(lambda g: g.node.asterisk)),
    Fault("edge killed", _gone(signal.SIGKILL, edge=True)),
    Fault("edge stopped", _gone(signal.SIGSTOP, edge=True)),
    Fault("edge slow", _slowed(lambda g: g.plant.edges[0])),
    Fault("Redis master killed: failover", _redis_master_killed, _feed_goes_on),
    Fault("Redis master stopped: failover", _redis_master_stopped, _feed_goes_on),
    Fault(
        "Redis and its sentinels killed",
        _signalled(lambda g: [*g.plant.redis.servers, *g.plant.redis.sentinels], signal.SIGKILL),
        _feed_goes_on,
    ),
    Fault("Redis emptied", _redis_emptied, _feed_goes_on),
    Fault(
        "Redis master slow",
        _slowed(lambda g: g.plant.redis.servers[g.plant.redis.master()]),
        _feed_goes_on,
    ),
    Fault(
        "Redis replica killed",
        _signalled(lambda g: [g.plant.redis.servers[1 - g.plant.redis.master()]], signal.SIGKILL),
        _feed_goes_on,
    ),
    Fault(
        "a sentinel killed",
        _signalled(lambda g: [g.plant.redis.sentinels[0]], signal.SIGKILL),
        _feed_goes_on,
    ),
    Fault(
        "PostgreSQL killed",
        _signalled(lambda g: [g.plant.postgresql.primary.part], signal.SIGKILL),
        _policies_go_on,
    ),
    Fault(
        "PostgreSQL stopped",
        _signalled(lambda g: [g.plant.postgresql.primary.part], signal.SIGSTOP),
        _policies_go_on,
    ),
    Fault("PostgreSQL killed: its standby promoted", _failed_over, _changed_after),
    Fault("PostgreSQL slow", _slowed(lambda g: g.plant.postgresql.primary.part), _policies_go_on),
    Fault("PostgreSQL read-only", _read_only, _policies_go_on),
    *(
        Fault(f"{between}: {how}", begin(wire), after, needs_hosts=True)
        for between, begin, after in WIRES
        for how, wire in (("cut", CUT), ("2 s slow", SLOW), ("20 % lost", LOSSY))
    ),
    Fault("a node cut off from everything", _wired(CUT, "node-1"), _feed_goes_on, needs_hosts=True),
    Fault("a node's disk full", _disk_full, _whole, needs_hosts=True),
    Fault("a node's clock an hour ahead", _clock("+3600"), _whole),
    Fault("a node's clock an hour back", _clock("-3600"), _whole),
    Fault("a node loses its power while it writes", _power_lost, _whole),
    Fault("a poisoned feed", _poisoned, _feed_goes_on),
    Fault("a flood of ten times the rated calls", _flood),
    Fault("edges that ask: nothing is broken", _nothing, edges_ask=True),
    Fault(
        "edges that ask: callguard killed",
        _signalled(_asked, signal.SIGKILL),
        edges_ask=True,
    ),
    Fault(
        "edges that ask: callguard stopped",
        _signalled(_asked, signal.SIGSTOP),
        edges_ask=True,
    ),
    Fault(
        "edges that ask: callguard slow",
        _slowed(lambda g: g.plant.askers[0].callguard),
        edges_ask=True,
    ),
)
