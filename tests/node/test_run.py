"""A whole node, as ``callguard serve`` runs it: asked over FastAGI and HTTP, and broken."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callguard.asterisk.probe import ProbeError, probe

from ..asterisk.dialplan import LINE, arguments

WITHOUT_FEED = {"CALLGUARD_REDIS_URL": "redis://127.0.0.1:1"}
PATIENCE = 60.0
"""Seconds after which a test that waits in vain has failed."""


class Home:
    """The folder and the settings of one home, and the command line over them."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder = folder
        self.agi_port, self.http_port = ports
        self.settings = {
            "CALLGUARD_DATA": str(folder / "data"),
            "CALLGUARD_AGI_PORT": str(self.agi_port),
            "CALLGUARD_HTTP_PORT": str(self.http_port),
        }

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "callguard", *words],
            env=self.environ(**settings),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def callguard(self, *words: str) -> str:
        """Run a command that succeeds; return what it prints."""
        ran = self.command(*words)
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    def publish(self, number: str) -> None:
        self.callguard("feed", "publish", "--key", "key", "--category", "fake-police", number)

    def environ(self, **settings: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CALLGUARD_")}
        return {**inherited, **self.settings, **settings}


class Node:
    """A running ``callguard serve``."""

    def __init__(self, home: Home, **settings: str) -> None:
        self.home = home
        self._log_path = home.folder / "log"
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "callguard", "serve"],
                env=home.environ(**settings),
                cwd=home.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def asks(self, **fields: str) -> str:
        """Ask about a call to the home's line; return the verdict's action and reason."""
        words = dict(word.split("=", 1) for word in arguments(**{"line": LINE, **fields}))
        answer = await probe("127.0.0.1", self.home.agi_port, words)
        found = re.search(r"CALLGUARD_ACTION=([a-z]+),CALLGUARD_REASON=([a-z-]+)", answer)
        assert found
        return " ".join(found.groups())

    async def comes_to_say(self, verdict: str, **fields: str) -> None:
        """Ask again and again until the verdict is *verdict*."""

        async def said() -> bool:
            try:
                return await self.asks(**fields) == verdict
            except ProbeError:
                return False

        await self.eventually(said)

    async def health(self, path: str = "/readyz") -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.home.http_port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.json()

    async def comes_to_be(self, status: int, **parts: bool) -> None:
        """Wait until ``/readyz`` answers *status* with these parts well or not."""

        async def found() -> bool:
            try:
                seen, content = await self.health()
            except aiohttp.ClientConnectionError:
                return False
            return seen == status and all(
                content.get("parts", {}).get(name, {}).get("ok") is ok for name, ok in parts.items()
            )

        await self.eventually(found)

    async def comes_to_log(self, words: str) -> None:
        async def found() -> bool:
            return words in self.log()

        await self.eventually(found)

    async def eventually(self, condition: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await condition():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"waited in vain; the log: {self.log()}") from None

    async def is_gone(self) -> None:
        """Wait until no process of the node is left."""

        async def gone() -> bool:
            return not self.living()

        await self.eventually(gone)
        self.process.wait()

    def living(self) -> dict[str, int]:
        """Return the node's living processes by name; all are of its process group."""
        living: dict[str, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = path.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            state, _, group = rest.split()[:3]
            if int(group) == self.process.pid and state != "Z":
                living[name] = int(path.parent.name)
        return living

    def log(self) -> str:
        return self._log_path.read_text()

    def answered(self) -> set[int]:
        """Return the processes that have answered."""
        found = re.findall(r"callguard\.calllog\.lines\[(\d+)\] call ", self.log())
        return {int(pid) for pid in found}

    def kill(self) -> None:
        if self.living():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@asynccontextmanager
async def running(home: Home, **settings: str) -> AsyncIterator[Node]:
    node = Node(home, **settings)
    try:
        await node.comes_to_say("connect no-consent", line="0422-99-9999")
        yield node
    finally:
        node.kill()


@pytest.fixture(scope="module")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a home that is signed up and trusts the source tokyo."""
    home = Home(tmp_path_factory.mktemp("signed-up"), [1, 2])
    home.callguard("household", "add", "--line", LINE, "--name", "a home", "--consent")
    home.callguard("feed", "keygen", "--source", "tokyo", "--key", "key", "--public", "public")
    home.callguard("trust", "keygen", "--key", "root-key")
    home.callguard("trust", "init", "--root-key", "root-key", "--out", "root.json")
    home.callguard("trust", "add-source", "root.json", "public", "--root-key", "root-key")
    home.callguard("trust", "install", "root.json")
    return home.folder


@pytest.fixture
def home(signed_up: Path, tmp_path: Path, free_ports: Callable[[int], list[int]]) -> Home:
    """A home of the test's own."""
    return Home(Path(shutil.copytree(signed_up, tmp_path / "home")), free_ports(2))


@pytest.fixture(scope="module")
def _node(
    signed_up: Path,
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
) -> Iterator[Node]:
    folder = shutil.copytree(signed_up, tmp_path_factory.mktemp("node") / "home")
    node = Node(Home(Path(folder), free_ports(2)))
    yield node
    node.kill()


@pytest.fixture
async def node(_node: Node) -> Node:
    """A home's node that is well, whatever was done to it before."""
    await _node.comes_to_be(200, screening=True, feed=True)
    return _node


async def test_it_is_ready(node: Node) -> None:
    home = node.home
    await node.comes_to_log(
        f"is ready: FastAGI 127.0.0.1:{home.agi_port}, HTTP 127.0.0.1:{home.http_port}"
    )
    status, content = await node.health("/healthz")
    assert (status, content["status"]) == (200, "alive")
    status, content = await node.health()
    assert (status, content["status"]) == (200, "ready")
    assert content["parts"]["screening"] == {"ok": True, "detail": "a question is answered"}
    assert content["parts"]["ami"] == {"ok": False, "detail": "not configured"}
    assert "tokyo" in content["parts"]["feed"]["sources"]


async def test_it_answers_questions(node: Node) -> None:
    assert await node.asks(number="anonymous") == "reject withheld"
    assert await node.asks(number="+12025550123") == "reject overseas"
    assert await node.asks(number="0422-99-2222") == "warn unlisted"


async def test_a_number_that_the_family_allows_is_connected_at_the_next_question(
    node: Node,
) -> None:
    assert await node.asks(number="0422-99-3333") == "warn unlisted"
    node.home.callguard("allow", "--line", LINE, "0422-99-3333")
    assert await node.asks(number="0422-99-3333") == "connect household-allow"


async def test_a_number_that_the_police_publish_is_refused_until_it_is_retracted(
    node: Node,
) -> None:
    assert await node.asks(number="0422-99-4444") == "warn unlisted"
    node.home.publish("0422-99-4444")
    await node.comes_to_say("reject fraud-list", number="0422-99-4444")
    lists = json.loads(node.home.callguard("feed", "status", "--json"))
    assert lists["tokyo"]["numbers"] == 1
    node.home.callguard("feed", "retract", "--key", "key", "0422-99-4444")
    await node.comes_to_say("warn unlisted", number="0422-99-4444")


async def test_a_number_that_a_home_reports_and_the_police_accept_is_refused(node: Node) -> None:
    words = ("--key", "key", "--category", "refund")

    async def arrived() -> bool:
        return "0422-99-8080" in node.home.callguard("reports", "list", "--key", "key")

    reported = node.home.callguard("report", "0422-99-8080", "--line", LINE)
    await node.eventually(arrived)
    node.home.callguard("reports", "accept", reported.split()[-1], *words)
    await node.comes_to_say("reject fraud-list", number="0422-99-8080")
    assert "reference report:" in node.home.callguard("feed", "why", "0422-99-8080")


async def test_it_gives_its_figures_to_prometheus(node: Node) -> None:
    url = f"http://127.0.0.1:{node.home.http_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert "callguard_feed_connected 1.0" in await response.text()


@pytest.mark.parametrize("taken", ["agi_port", "http_port"])
async def test_a_second_one_on_the_same_port_is_refused(
    node: Node, taken: str, free_ports: Callable[[int], list[int]]
) -> None:
    port = getattr(node.home, taken)
    other = {"agi_port": "HTTP_PORT", "http_port": "AGI_PORT"}[taken]
    (free,) = free_ports(1)
    ran = node.home.command("serve", **{f"CALLGUARD_{other}": str(free)})
    assert ran.returncode == 1
    assert ran.stderr == (
        f"callguard: 127.0.0.1:{port} cannot be used: Address already in use; "
        f"stop what uses it, or set CALLGUARD_{taken.upper()}\n"
    )
    assert await node.asks(number="anonymous") == "reject withheld"


def test_a_data_folder_whose_path_is_too_long_is_refused(home: Home) -> None:
    ran = home.command("serve", CALLGUARD_DATA=f"/tmp/{'long/' * 20}")
    assert ran.returncode == 1
    assert ran.stderr.endswith(
        "services.sock is too long for a socket, 118 bytes of 107; set CALLGUARD_DATA to a "
        "shorter path\n"
    )


async def test_the_pages_answer_while_the_services_are_away(node: Node) -> None:
    services = node.living()["cg services"]
    os.kill(services, signal.SIGSTOP)
    try:
        assert (await node.health("/healthz"))[0] == 200
    finally:
        os.kill(services, signal.SIGCONT)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=lambda one: one.name)
async def test_the_next_question_is_answered_after_a_worker_is_gone(
    node: Node, number: signal.Signals
) -> None:
    assert await node.asks(number="anonymous") == "reject withheld"
    worker = node.living()["cg worker 1"]
    os.kill(worker, number)
    await node.comes_to_say("reject withheld", number="anonymous")
    assert worker not in node.living().values()


async def test_the_feed_is_followed_after_the_services_are_gone(node: Node) -> None:
    assert await node.asks(number="0422-99-5555") == "warn unlisted"
    os.kill(node.living()["cg services"], signal.SIGKILL)
    node.home.publish("0422-99-5555")
    await node.comes_to_say("reject fraud-list", number="0422-99-5555")
    await node.comes_to_log("services was ended by signal 9")


async def test_nothing_in_the_log_tells_who_called(node: Node) -> None:
    assert await node.asks(number="0422-99-7777") == "warn unlisted"
    assert "warn, unlisted" in node.log()
    assert not re.search("0?422-?99", node.log())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
async def test_a_signal_to_stop_leaves_no_process_behind(
    home: Home, number: signal.Signals
) -> None:
    async with running(home) as node:
        await node.comes_to_be(200, feed=True)
        assert len(node.living()) == 7
        node.process.send_signal(number)
        await node.is_gone()
        assert node.process.returncode == 0
        assert "Traceback" not in node.log()


async def test_the_death_of_the_supervisor_leaves_no_process_behind(home: Home) -> None:
    async with running(home) as node:
        await node.comes_to_be(200, feed=True)
        node.process.kill()
        await node.is_gone()


async def test_a_feed_server_that_has_lost_its_keeper_is_used_and_stopped(home: Home) -> None:
    async with running(home) as node:
        await node.comes_to_be(200, feed=True)
        valkey = node.living()["valkey-server"]
        os.kill(node.living()["cg feed server"], signal.SIGKILL)
        await node.comes_to_log("feed server was ended by signal 9")
        home.publish("0422-99-4444")
        await node.comes_to_say("reject fraud-list", number="0422-99-4444")
        assert node.living()["valkey-server"] == valkey
        node.process.terminate()
        await node.is_gone()


async def test_what_was_listed_is_refused_when_it_starts_again_without_a_feed(home: Home) -> None:
    async with running(home) as node:
        await node.comes_to_be(200, feed=True)
        home.publish("0422-99-4444")
        await node.comes_to_say("reject fraud-list", number="0422-99-4444")
        node.process.terminate()
        await node.is_gone()
    async with running(home, **WITHOUT_FEED) as again:
        assert await again.asks(number="0422-99-4444") == "reject fraud-list"
        await again.comes_to_be(200, screening=True, feed=False)


async def test_several_workers_answer(home: Home) -> None:
    async with running(home, CALLGUARD_WORKERS="3", **WITHOUT_FEED) as node:

        async def all_seen() -> bool:
            await asyncio.gather(*(node.asks(number="anonymous") for _ in range(10)))
            return len(node.answered()) == 3

        await node.eventually(all_seen)


async def test_a_database_of_a_newer_version_is_left_alone(home: Home) -> None:
    database = home.folder / "data" / "households.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = home.command("serve")
    assert ran.returncode == 1
    assert ran.stderr.startswith("callguard: the households database is of a newer callguard")
    assert ran.stderr.count("\n") == 1


async def test_a_damaged_database_is_reported_and_no_verdict_is_made_up(home: Home) -> None:
    (home.folder / "data" / "households.db").write_bytes(b"damaged" * 1000)
    node = Node(home, **WITHOUT_FEED)
    try:
        await node.comes_to_be(503, screening=False)
        with pytest.raises(ProbeError, match="closed without a verdict"):
            await node.asks(number="anonymous")
        assert "the households database cannot be opened" in node.log()
    finally:
        node.kill()


async def test_a_root_file_that_is_damaged_is_reported(home: Home) -> None:
    (home.folder / "data" / "trust" / "root.json").write_text("{")
    async with running(home, **WITHOUT_FEED) as node:
        await node.comes_to_be(200, screening=True)
        assert "no police source is trusted" in node.log()
