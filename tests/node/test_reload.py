"""A node that reads its settings again (SIGHUP) while calls come in."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import pytest

from callguard.asterisk.probe import ProbeError

from ..asterisk.dialplan import LINE
from .test_run import WITHOUT_FEED, Home, Node

PATIENCE = 240.0
"""Every part starts anew here, with a whole machine's work beside it."""


class ReloadedNode(Node):
    """A node with two workers, its settings in a file."""

    def __init__(self, home: Home) -> None:
        self._file = home.folder / "callguard.toml"
        self.set("workers = 2\n")
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(b"")  # an abstract address of the kernel's choice
        self._manager.setblocking(False)
        super().__init__(
            home,
            CALLGUARD_CONFIG=str(self._file),
            NOTIFY_SOCKET="@" + self._manager.getsockname()[1:].decode(),
            WATCHDOG_USEC="600000000",
            **WITHOUT_FEED,
        )

    def set(self, text: str) -> None:
        self._file.write_text(text)

    async def reloads(self) -> None:
        """Have it read the settings again, and wait until that is done."""
        before = self.log().count("] reloaded")
        self.process.send_signal(signal.SIGHUP)

        async def done() -> bool:
            return self.log().count("] reloaded") > before

        await self.eventually(done)

    def manager_heard(self) -> list[str]:
        """Return what systemd has heard since it was last asked, a line each."""
        lines = []
        with contextlib.suppress(BlockingIOError):
            while True:
                lines.append(self._manager.recv(1024).decode().partition("\n")[0])
        return lines

    def kill(self) -> None:
        super().kill()
        self._manager.close()

    async def eventually(self, condition: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await condition():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"waited in vain; the log: {self.log()}") from None


class Calls:
    """Questions of several callers at once, one after the other, until they are told to stop."""

    def __init__(self, node: Node, at_once: int = 4) -> None:
        self._node = node
        self._stopped = asyncio.Event()
        self.answered = 0
        self.lost: list[str] = []
        self._tasks = [asyncio.create_task(self._call()) for _ in range(at_once)]

    async def _call(self) -> None:
        while not self._stopped.is_set():
            try:
                assert await self._node.asks(number="anonymous") == "reject withheld"
            except ProbeError as error:
                self.lost.append(str(error))
            self.answered += 1
            await asyncio.sleep(0.01)  # other tests have the machine too

    async def stop(self) -> None:
        self._stopped.set()
        await asyncio.gather(*self._tasks)


@pytest.fixture(scope="module")
def _node(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Callable[[int], list[int]]
) -> Iterator[ReloadedNode]:
    home = Home(tmp_path_factory.mktemp("reloaded"), free_ports(2))
    home.callguard("household", "add", "--line", LINE, "--name", "a home", "--consent")
    node = ReloadedNode(home)
    yield node
    node.kill()


@pytest.fixture
async def node(_node: ReloadedNode) -> ReloadedNode:
    """The node, ready."""
    await _node.comes_to_log("is ready")
    return _node


async def test_every_part_is_replaced_and_no_call_is_lost(node: ReloadedNode) -> None:
    heard = node.manager_heard()
    assert "READY=1" in heard
    assert "WATCHDOG=1" in heard
    before = node.living()
    calls = Calls(node)
    node.set("workers = 3\n")
    await node.reloads()
    assert {"RELOADING=1", "READY=1"} <= set(node.manager_heard())
    answered = calls.answered

    async def some_more() -> bool:
        return calls.answered >= answered + 20

    await node.eventually(some_more)
    await calls.stop()
    assert calls.lost == []
    after = node.living()
    parts = {"worker 1", "worker 2", "worker 3", "services", "portal", "news"}
    assert {f"cg {part}" for part in parts} <= after.keys()
    assert set(before.values()) & set(after.values()) == {node.process.pid}
    assert "Traceback" not in node.log()
    assert "ended with" not in node.log()
    url = f"http://127.0.0.1:{node.home.http_port}/metrics"

    async def the_figures_tell() -> bool:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            text = await response.text()
        return (
            'callguard_process_starts_total{process="worker 1"} 2.0' in text
            and f'{{action="reject",reason="withheld"}} {float(calls.answered)}' in text
        )

    await node.eventually(the_figures_tell)


async def test_an_engineer_on_call_is_told_how_it_stands(node: ReloadedNode) -> None:
    ran = await asyncio.to_thread(node.home.command, "doctor", "--node", "--json")
    found = {one["part"]: one for one in json.loads(ran.stdout)}
    assert found["screening"]["state"] == "good"
    assert found["feed"]["detail"] == "Redis does not answer"
    assert ran.returncode == 3


async def test_what_it_keeps_is_backed_up_while_it_runs_and_put_back_elsewhere(
    node: ReloadedNode,
) -> None:
    home = node.home
    asked = ("check", "--from", "anonymous", "--to", LINE, "--json")
    elsewhere = {"CALLGUARD_DATA": str(home.folder / "elsewhere")}

    def there_and_back() -> tuple[str, str]:
        before = home.callguard(*asked)
        assert home.command("backup", "a.backup").returncode == 0
        ran = home.command("restore", "a.backup", **elsewhere)
        assert (ran.returncode, ran.stderr) == (0, "")
        return before, home.command(*asked, **elsewhere).stdout

    before, after = await asyncio.to_thread(there_and_back)
    assert json.loads(before)["reason"] == "withheld"
    assert after == before
    assert (home.folder / "a.backup").stat().st_mode & 0o077 == 0


async def test_settings_that_cannot_be_used_change_nothing(node: ReloadedNode) -> None:
    before = node.living()
    node.set("workers = 300\n")
    node.process.send_signal(signal.SIGHUP)
    await node.comes_to_log("not reloaded, all stays as it was: workers is 300")
    assert node.living() == before
    assert await node.asks(number="anonymous") == "reject withheld"
