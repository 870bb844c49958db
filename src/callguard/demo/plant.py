"""A whole exchange to try things out in: edges, nodes, Redis with Sentinel, PostgreSQL.

Real parts, each a process that can be killed by itself. All of them run on this machine: on its
loopback, or each on a host of its own if *places* says so.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from sqlalchemy import select

from ..asterisk.carrier_site import Egress, Ingress
from ..asterisk.site import SiteError
from ..blocklist.listing import Category, Terms
from ..blocklist.moments import cut
from ..blocklist.operation import Add
from ..blocklist.store import ListStore
from ..calllog.models import CallRecord
from ..carrier.control import reload_nodes, tell_state
from ..carrier.edge import CONTROL, Edge, write_edge
from ..carrier.exchange import Exchange
from ..carrier.node_list import NodeList
from ..database import Database
from ..feed import keys
from ..feed.connect import connect
from ..feed.outbox import Outbox
from ..feed.publisher import Publisher
from ..households.lists import Lists
from ..households.reader import PolicyReader, PolicyUnavailable
from ..households.registry import Registry
from ..numbers import classify_number
from ..trail import COMMAND_LINE
from .exchange import StandIn
from .exchange_callguard import ExchangeCallguard
from .exchange_node import ExchangeNode
from .place import Part, Place
from .police import command
from .postgresql import PostgreSQL
from .redis_group import acl_options
from .stores import RedisGroup, StoreError, until

SOURCE = "tokyo-police"
_TOKEN = "0123456789abcdef"  # noqa: S105  by which an edge knows its callguard, in a demo
DAUGHTER = "0422980001"
"""Whom every family lets through."""


def on_loopback(_: str) -> Place:
    """Put every part on this machine's loopback."""
    return Place()


class Plant:
    """An exchange in *folder*. Use as ``async with``; then :attr:`world` places calls."""

    def __init__(
        self,
        folder: Path,
        places: Callable[[str], Place] = on_loopback,
        *,
        nodes: int = 2,
        edges: int = 2,
        sounds: Path | None = None,
        max_announcements: int = 300,
        direct_media: bool = False,
        trunks: tuple[str, str] | None = None,
        edges_ask: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Lay it out; *places* says for each part's name where it runs.

        ``edges_ask``: beside each edge is a callguard, which it asks before it troubles a node.

        ``trunks`` are the addresses that calls come from, of this country and from abroad; those of
        :attr:`world` if not given. ``settings`` are further ones of every callguard, by
        the names of their environment.
        """
        self.folder = folder
        folder.chmod(0o711)  # PostgreSQL runs as a user of its own
        self._places = places
        self._sounds = sounds
        self._settings = settings or {}
        self._stack = AsyncExitStack()
        outside = places("exchange")
        ports = outside.ports(4)
        trunk, abroad, *egress = ((outside.address, port) for port in ports)
        home, foreign = trunks or (_joined(trunk), _joined(abroad))
        self._edges = [(places(f"edge-{n}"), n) for n in range(1, edges + 1)]
        addresses = [(place.address, place.ports(1)[0]) for place, _ in self._edges]
        secret = folder / "mark.secret"
        secret.write_text("0123456789abcdef0123456789abcdef")
        secret.chmod(0o600)
        self.exchange = Exchange(
            ingresses=(
                Ingress("tokyo", (home,)),
                Ingress("abroad", (foreign,), abroad=True),
            ),
            egresses=tuple(Egress(f"e{n}", _joined(one)) for n, one in enumerate(egress, 1)),
            edges=tuple(map(_joined, addresses)),
            mark_secret_file=secret,
            max_announcements=max_announcements,
            direct_media=direct_media,
        )
        self.world = StandIn(trunk, abroad, egress, addresses)
        self.askers: list[ExchangeCallguard] = []
        """The callguards beside edges."""
        self._edges_ask = edges_ask
        self._asked_at: list[int] = []
        self.figures: list[str] = []
        """Where each edge says what it has counted, host:port."""
        self.edges = [
            self._edge(place, number, _joined(address))
            for (place, number), address in zip(self._edges, addresses, strict=True)
        ]
        self.nodes: list[ExchangeNode] = []
        self.lines: list[str] = []
        """The lines that have been signed up."""
        self._wanted = nodes
        self.redis: RedisGroup
        self.postgresql = PostgreSQL(folder, (places("postgresql-1"), places("postgresql-2")))

    async def __aenter__(self) -> Self:
        """Start everything.

        Raises:
            StoreError: a part does not start.

        """
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self._stack.aclose()

    async def _start(self) -> None:
        await self._vouch()
        self._stack.push_async_callback(self.redis.stop)
        self._stack.push_async_callback(self.postgresql.stop)
        await asyncio.gather(self.redis.start(), self.postgresql.start())
        await asyncio.to_thread(lambda: Database(self.postgresql.url).close())
        if self._edges_ask:
            self.askers = [self._asker(place, number) for place, number in self._edges]
        for edge in self.edges:
            self._stack.push_async_callback(edge.stop)
            await edge.start()
            await until(partial(_listens, edge), f"{edge.name} is not up")
        await self._stack.enter_async_context(self.world)
        made = [self._node(number) for number in range(1, self._wanted + 1)]
        await asyncio.gather(
            *(self._take_in(node) for node in made), *(self._begin(one) for one in self.askers)
        )

    async def add_node(self) -> ExchangeNode:
        """Start another node, and have the edges hand calls to it."""
        node = self._node(len(self.nodes) + 1)
        await self._take_in(node)
        return node

    async def drain(self, node: ExchangeNode, *, drained: bool = True) -> None:
        """Have the edges give a node no new calls; or, if not *drained*, again."""
        for edge in self.edges:
            listed = NodeList(edge.folder / "nodes.list").drain(node.name, drained=drained)
            await asyncio.to_thread(tell_state, edge.folder, listed)

    def onboard(self, count: int) -> None:
        """Sign up *count* more households that let :data:`DAUGHTER` through; see :attr:`lines`."""
        database = Database(self.postgresql.url)
        now = datetime.now(UTC)
        daughter = classify_number(DAUGHTER).number
        assert daughter is not None
        try:
            registry, lists = Registry(database), Lists(database)
            for number in range(len(self.lines), len(self.lines) + count):
                line = f"042299{number:04}"
                name = f"Household {number}"
                home = registry.add(line, name, consent_by="subscriber", by=COMMAND_LINE, now=now)
                lists.put(home.id, daughter, allowed=True, by=COMMAND_LINE, now=now)
                self.lines.append(line)
        finally:
            database.close()

    def logged(self) -> list[tuple[int | None, str, str]]:
        """Return the calls in the log: each one's number (E.164 digits), action and reason."""
        database = Database(self.postgresql.url)
        try:
            with database.reading() as session:
                wanted = select(CallRecord.number, CallRecord.action, CallRecord.reason)
                return [
                    (number, action, reason) for number, action, reason in session.execute(wanted)
                ]
        finally:
            database.close()

    async def in_step(self, seconds: float = 180.0) -> None:
        """Wait until every callguard has the policy of the last line on its disk.

        Raises:
            StoreError: one has not in so many seconds.

        """
        last = classify_number(self.lines[-1]).number
        for node in (*self.nodes, *self.askers):
            file = node.folder / "data" / "policies.db"
            await until(
                partial(_screens, file, last),
                f"{node.name} does not get the policies",
                seconds,
            )

    @property
    def outbox(self) -> Outbox:
        """Return what the police source has published."""
        return Outbox(self.folder / "outbox", SOURCE)

    def publisher(self) -> Publisher:
        """Return the hand of the police source on the feed."""
        _, key = keys.load_private(self.key)
        return Publisher(connect(self.redis.url(SOURCE)), self.outbox, key)

    def list_number(self, number: int) -> None:
        """Have the police source list a number."""
        terms = Terms(Category.FAKE_POLICE, cut(datetime.now(UTC)))
        self.publisher().publish([Add((range(number, number + 1),), terms)])

    async def listed(self, number: int, seconds: float = 180.0) -> None:
        """Wait until every callguard has *number* on its list.

        Raises:
            StoreError: one has not in so many seconds.

        """
        for node in (*self.nodes, *self.askers):
            lists = node.folder / "data" / "lists"
            await until(
                partial(_lists, lists, number),
                f"{node.name} does not list a number that was published",
                seconds,
            )

    def parts(self) -> dict[str, Part]:
        """Return every process of the exchange, by name."""
        every = [
            *self.edges,
            *(part for node in self.nodes for part in (node.asterisk, node.callguard)),
            *(one.callguard for one in self.askers),
            *self.redis.servers,
            *self.redis.sentinels,
            *(server.part for server in self.postgresql.servers),
        ]
        return {part.name: part for part in every}

    @property
    def key(self) -> Path:
        """Return the file of the police source's private key."""
        return self.folder / "police.key.json"

    async def _vouch(self) -> None:
        """Make the root of trust, the source's key, and everybody's rights in Redis."""
        root, public = self.folder / "root.json", self.folder / "police.public.json"
        signed = ("--root-key", str(self.folder / "root.key.json"))
        feed = ("feed", "keygen", "--source", SOURCE, "--key", str(self.key))
        passwords = self.folder / "passwords.json"
        rights, *_ = await asyncio.gather(
            command({}, "feed", "acl", *acl_options(SOURCE), "--passwords", str(passwords)),
            command({}, "trust", "keygen", "--key", signed[1]),
            command({}, *feed, "--public", str(public)),
        )
        await command({}, "trust", "init", *signed, "--out", str(root))
        await command({}, "trust", "add-source", str(root), str(public), *signed)
        self.redis = RedisGroup(
            self.folder / "redis",
            [self._places(f"redis-{n}") for n in (1, 2, 3)],
            rights,
            json.loads(passwords.read_text(encoding="utf-8")),
        )

    def _edge(self, place: Place, number: int, listen: str) -> Part:
        if shutil.which("kamailio") is None:
            raise SiteError("there is no kamailio; apt-get install kamailio brings it")
        folder = self.folder / f"edge-{number}"
        port = place.ports(1)[0] if self._edges_ask else 0
        self._asked_at.append(port)
        self.figures.append(f"{place.address}:{place.ports(1)[0]}")
        edge = Edge(folder, listen, port, _TOKEN if port else "", self.figures[-1])
        config = write_edge(edge, self.exchange)
        command = ["kamailio", "-DD", "-E", "-f", str(config), "-Y", str(folder), "-m", "32"]
        return Part(f"edge-{number}", place, [*command, "-M", "4"], folder=folder)

    def _asker(self, place: Place, number: int) -> ExchangeCallguard:
        name = f"edge-{number}"
        (screen,) = place.ports(1)
        settings = {
            **self._shared(),
            "CALLGUARD_SCREEN_TOKEN": _TOKEN,
            "CALLGUARD_SCREEN_PORT": str(screen),
            "CALLGUARD_KAMAILIO_PORT": str(self._asked_at[number - 1]),
        }
        return ExchangeCallguard(name, self.folder / f"{name}-callguard", place, settings)

    def _shared(self) -> Mapping[str, str]:
        return {
            **self._settings,
            "CALLGUARD_REDIS_URL": self.redis.url("node"),
            "CALLGUARD_DATABASE_URL": self.postgresql.url,
        }

    def _node(self, number: int) -> ExchangeNode:
        name = f"node-{number}"
        node = ExchangeNode(
            name,
            self.folder / name,
            self._places(name),
            self.exchange,
            self._shared(),
            self._sounds,
        )
        self.nodes.append(node)
        return node

    async def _begin(self, one: ExchangeCallguard) -> None:
        self._stack.push_async_callback(one.stop)
        await command(one.environment, "trust", "install", str(self.folder / "root.json"))
        await one.start()

    async def _take_in(self, node: ExchangeNode) -> None:
        await self._begin(node)
        for edge in self.edges:
            NodeList(edge.folder / "nodes.list").add(node.name, node.sip)
            await asyncio.to_thread(reload_nodes, edge.folder)


def _listens(edge: Part) -> bool:
    if not edge.alive:
        last = edge.log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise StoreError(f"{edge.name} ended at once: {last}")
    return (edge.folder / CONTROL).exists()


def _lists(folder: Path, number: int) -> bool:
    return number in set(ListStore(folder).load(SOURCE).enforced())


def _screens(file: Path, line: int | None) -> bool:
    reader = PolicyReader(file)
    try:
        return reader.policy(line).consent
    except PolicyUnavailable:
        return False
    finally:
        reader.close()


def _joined(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
