"""``python -m callguard.demo.feed``: two police sources, three nodes, and who attacks the feed.

``script/feed-demo`` runs it. All of it is on this machine and in one new folder.
"""

import asyncio
import json
import sys
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from ..asterisk.probe import ProbeError, probe
from ..blocklist.errors import FeedError
from ..blocklist.listing import Category, Terms
from ..blocklist.moments import cut
from ..blocklist.operation import Add, Remove
from ..blocklist.store import ListStore
from ..feed import keys
from ..feed.publisher import Publisher
from ..feed.streams import BATCH, stream_key
from .attacks import ATTACKS, VICTIMS, Mallory
from .home import LINE
from .police import SOURCES, FeedDemoError, Police, clean_environment, command, free_port

FRAUD = 81422990110
"""0422-99-0110, which the sources list."""
PATIENCE = 60.0
"""Seconds that anything may take before the demo gives up."""


@dataclass(slots=True)
class Node:
    """One ``callguard serve`` with a data folder and ports of its own."""

    folder: Path
    environment: dict[str, str]
    port: int
    process: asyncio.subprocess.Process | None = None

    async def start(self, root: Path) -> None:
        """Sign up a household, pin the root, and serve.

        Raises:
            FeedDemoError: it ended, or does not screen in time.

        """
        household = ("--line", LINE, "--name", "Demo household", "--consent")
        await command(self.environment, "household", "add", *household)
        await command(self.environment, "trust", "install", str(root))
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "callguard", "serve"),
                env={**clean_environment(), **self.environment},
                stdout=log,
                stderr=log,
            )
        await until(lambda: self.answers("connect", "warn"), f"{self.folder.name} does not screen")
        await until(self.at_rest, f"{self.folder.name} does not follow the feed")

    @property
    def log(self) -> Path:
        """Return the file that the node logs to."""
        return self.folder / "callguard.log"

    async def action(self, number: int) -> str:
        """Return what the node would do with a call from *number*, by one FastAGI question."""
        answer = await probe(
            "127.0.0.1",
            self.port,
            {
                "line": _encoded(LINE.replace("-", "")),
                "number": _encoded(f"0{number - 81 * 10 ** (len(str(number)) - 2)}"),
            },
        )
        return answer.partition("CALLGUARD_ACTION=")[2].partition(",")[0].strip('"\\')

    async def answers(self, *actions: str, number: int = FRAUD) -> bool:
        """Tell whether the next call from *number* ends in one of *actions*."""
        try:
            return await self.action(number) in actions
        except ProbeError:
            return False

    def lists(self) -> dict[str, Any]:
        """Return the digests of the lists on the node's disk, and why one stands still."""
        state = json.loads((self.folder / "lists" / "state.json").read_text(encoding="utf-8"))
        return dict(state["sources"])

    async def at_rest(self, since: float = 0.0) -> bool:
        """Tell whether the node has noted after *since* (Unix time) that no list stands still."""
        try:
            noted = (self.folder / "lists" / "state.json").stat().st_mtime
            return noted > since and not any(one["fault"] for one in self.lists().values())
        except OSError:
            return False

    def enforced(self, source: str) -> set[int]:
        """Return the numbers of *source* whose calls the node refuses."""
        return set(ListStore(self.folder / "lists").load(source).enforced())

    def said(self, start: int) -> list[str]:
        """Return the lines that the node has logged from byte *start* on."""
        return self.log.read_bytes()[start:].decode("utf-8", "replace").splitlines()


async def until(condition: Any, failure: str) -> float:
    """Ask until *condition* holds; return the milliseconds that it took.

    Raises:
        FeedDemoError: it does not hold in time.

    """
    clock = asyncio.get_running_loop().time
    start = clock()
    while not await condition():
        if clock() - start > PATIENCE:
            raise FeedDemoError(f"{failure} within {PATIENCE:.0f} s")
        await asyncio.sleep(0.005)
    return (clock() - start) * 1000


async def run(folder: Path, *, stay: bool) -> None:
    """Run the demo in the empty *folder*.

    Raises:
        FeedDemoError: a part did not start, or a promise did not hold.

    """
    async with AsyncExitStack() as stack:
        police = Police(folder, free_port())
        stack.push_async_callback(_stop, await police.start())
        await police.vouch()
        _say(f"feed: Redis with TLS, client certificates and rights, 127.0.0.1:{police.port}")
        _say("root of trust: version 1, signed by two of three root keys")
        nodes = [_node(police, number) for number in (1, 2, 3)]
        for node in nodes:
            stack.push_async_callback(_stop_node, node)
        await asyncio.gather(*(node.start(police.root) for node in nodes))
        _say("three nodes screen calls: ports " + ", ".join(str(node.port) for node in nodes))
        await _show_publishing(police, nodes)
        await _show_attacks(police, nodes)
        await _show_rights(police)
        if stay:
            _say("\nCtrl-C stops it.")
            await asyncio.Event().wait()


def _node(police: Police, number: int) -> Node:
    folder = police.folder / f"node-{number}"
    folder.mkdir()
    port = free_port()
    environment = {
        **police.settings("node"),
        "CALLGUARD_DATA": str(folder),
        "CALLGUARD_AGI_PORT": str(port),
        "CALLGUARD_HTTP_PORT": str(free_port()),
    }
    return Node(folder, environment, port)


async def _show_publishing(police: Police, nodes: Sequence[Node]) -> None:
    tokyo, osaka = (police.publisher(source) for source in SOURCES)
    _say("\nWhat happens, and after how many milliseconds the next call to each node shows it:")

    now = cut(datetime.now(UTC))
    osaka.publish([Add((range(FRAUD + 1, FRAUD + 2),), Terms(Category.REFUND, now))])
    await _row("osaka lists 0422-99-0111", nodes, "reject", FRAUD + 1)

    tokyo.publish([Add((range(FRAUD, FRAUD + 1),), Terms(Category.FAKE_POLICE, now))])
    await _row("tokyo lists 0422-99-0110", nodes, "reject", FRAUD)

    tokyo.publish([Remove((range(FRAUD, FRAUD + 1),))])
    await _row("tokyo retracts 0422-99-0110", nodes, "warn", FRAUD)

    now = cut(datetime.now(UTC))
    end = now + timedelta(seconds=2)
    brief = Terms(Category.FAKE_POLICE, now, until=end)
    tokyo.publish([Add((range(FRAUD, FRAUD + 1),), brief)])
    await _row("tokyo lists it for 2 seconds", nodes, "reject", FRAUD)
    await asyncio.sleep((end - datetime.now(UTC)).total_seconds())
    await _row("the 2 seconds are over", nodes, "warn", FRAUD)

    for source, hand in zip(SOURCES, (tokyo, osaka), strict=True):
        beat = hand.heartbeat(timedelta(hours=1))
        _say(f"  {source}: heartbeat after batch {beat.sequence}")


async def _row(event: str, nodes: Sequence[Node], action: str, number: int) -> None:
    took = await asyncio.gather(
        *(
            until(
                lambda node=node: node.answers(action, number=number),
                f"{event}: {node.folder.name} does not {action}",
            )
            for node in nodes
        )
    )
    _say(f"  {event:<30} {action:<8}" + "".join(f"{one:7.0f}" for one in took))


async def _show_attacks(police: Police, nodes: Sequence[Node]) -> None:
    """Attack the stream and the snapshot of a source, as one who may write there."""
    source = SOURCES[0]
    _, key = keys.load_private(police.key(source))
    _, expired = keys.load_private(police.expired)
    admin: Any = police.client("admin")
    hand = police.publisher(source)
    mallory = Mallory(admin, police.outbox(source), key, expired)
    _say(f"\nAttacks on the feed of {source}, and what the nodes say:")
    for name, attack in ATTACKS:
        before = [node.enforced(source) for node in nodes]
        marks = [node.log.stat().st_size for node in nodes]
        attack(mallory)
        for node, mark in zip(nodes, marks, strict=True):
            await until(
                lambda node=node, mark=mark: _complained(node, mark),
                f"{name}: {node.folder.name} says nothing",
            )
        refused = [await node.action(VICTIMS.start) == "reject" for node in nodes]
        changed = any(refused) or [node.enforced(source) for node in nodes] != before
        _say(f"  {name:<40} changed nothing: {'NO' if changed else 'yes'}")
        _say(f"    {_complaint(nodes[0], marks[0])}")
        if changed:
            raise FeedDemoError(f"{name}: a node took it in")
        _mend(hand, admin, source)


def _mend(hand: Publisher, admin: Any, source: str) -> None:
    """Have the source put right what an attack left, as it does by itself in time."""
    try:
        hand.heartbeat(timedelta(hours=1))
    except FeedError:
        # A stranger's entry took the last place: Redis's administrator deletes the stream.
        admin.delete(stream_key(source))
        hand.heartbeat(timedelta(hours=1))
    hand.snapshot()


async def _show_rights(police: Police) -> None:
    """Try what Redis itself refuses."""
    tokyo, osaka = SOURCES
    _say("\nWhat Redis itself refuses:")
    for what, user, source, entry in (
        (f"{osaka} writes to the stream of {tokyo}", osaka, tokyo, "*"),
        ("a node writes to a source's stream", "node", tokyo, "*"),
        ("a batch is played again", tokyo, tokyo, "1-0"),
    ):
        client: Any = police.client(user)
        try:
            client.xadd(stream_key(source), {BATCH: b"x"}, id=entry)
        except redis.ResponseError as error:
            _say(f"  {what:<48} {error}")
        else:
            raise FeedDemoError(f"{what}: Redis let it")


async def _complained(node: Node, mark: int) -> bool:
    return bool(_complaint(node, mark))


def _complaint(node: Node, mark: int) -> str:
    """Return what the node has said of the attacked source: its alarm, or nothing yet."""
    named = f"source {SOURCES[0]}"
    for line in node.said(mark):
        if " ERROR " in line and named in line:
            return line[line.index(named) :]
    return ""


def _encoded(text: str) -> str:
    return b64encode(f":{text}".encode()).decode()


async def _stop_node(node: Node) -> None:
    if node.process is not None:
        await _stop(node.process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        await process.wait()


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run the demo; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="callguard-feed-") as folder:
        try:
            asyncio.run(run(Path(folder), stay="--stay" in sys.argv[1:]))
        except KeyboardInterrupt:
            return 0
        except FeedDemoError as error:
            print(f"callguard feed demo: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
