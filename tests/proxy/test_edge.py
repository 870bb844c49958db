"""A real Kamailio that asks a real callguard: refuses, hands on, and is open on failure."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.asterisk.carrier_site import Egress, Ingress
from callguard.carrier.edge import Edge, write_edge
from callguard.carrier.exchange import Exchange as Trunks
from callguard.carrier.node_list import NodeList

from ..asterisk.dialplan import ALLOWED, LINE
from .sip import PATIENCE, Exchange, exchange

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

CALLED = LINE.replace("-", "")
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
TOKEN = "0123456789abcdef"
VERDICT = "X-Callguard-Verdict"


@dataclass
class Site:
    """An edge with its callguard, and a node behind."""

    folder: Path
    trunk: Exchange
    callguard: asyncio.subprocess.Process
    events: int
    """Port of Kamailio's event stream."""

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Have callguard hang, whole: nobody kills what hangs."""
        pids = [self.callguard.pid, *_children(self.callguard.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    async def comes_to_ask(self) -> None:
        """Wait until callguard is asked, and answers."""
        async with asyncio.timeout(PATIENCE):
            while (await self.trunk.call(ANONYMOUS, called=CALLED)).status != 433:
                await asyncio.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(
    tmp_path_factory: pytest.TempPathFactory,
    signed_up: Path,
    free_ports: Callable[..., list[int]],
) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("edge")
    data = shutil.copytree(signed_up, folder / "data")
    edge, node, egress = free_ports(3)
    agi, http, screen, events = free_ports(4)
    trunks = Trunks(
        ingresses=(Ingress("tokyo", ("127.0.0.1",)),),
        egresses=(Egress("tokyo", f"127.0.0.1:{egress}"),),
        mark_secret_file=folder / "mark",
    )
    config = write_edge(
        Edge(folder / "kamailio", f"127.0.0.1:{edge}", screen_port=events, screen_token=TOKEN),
        trunks,
    )
    NodeList(folder / "kamailio" / "nodes.list").add("one", f"127.0.0.1:{node}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CALLGUARD_")} | {
        "CALLGUARD_DATA": str(data),
        "CALLGUARD_AGI_PORT": str(agi),
        "CALLGUARD_HTTP_PORT": str(http),
        "CALLGUARD_SCREEN_PORT": str(screen),
        "CALLGUARD_SCREEN_TOKEN": TOKEN,
        "CALLGUARD_KAMAILIO_PORT": str(events),
        "CALLGUARD_REDRESS_URL": "https://carrier.example.jp/redress",
        "CALLGUARD_REDIS_URL": "redis://127.0.0.1:1",
    }
    kamailio = await _start(
        folder / "kamailio.log",
        *("kamailio", "-DD", "-E", "-f", str(config), "-Y", str(config.parent)),
        *("-m", "32", "-M", "4", "-P", str(folder / "pid")),
    )
    callguard = await _start(
        folder / "callguard.log",
        sys.executable,
        "-m",
        "callguard",
        "serve",
        environment=environment,
    )
    try:
        async with exchange(edge, node) as trunk:
            site = Site(folder, trunk, callguard, events)
            await site.comes_to_ask()
            yield site
    finally:
        for process in (kamailio, callguard):
            process.terminate()
        for process in (kamailio, callguard):
            try:
                async with asyncio.timeout(20):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _start(
    log: Path, *command: str, environment: dict[str, str] | None = None
) -> asyncio.subprocess.Process:
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=file, stderr=file
        )


async def test_a_withheld_call_is_refused_at_the_edge(site: Site) -> None:
    before = len(site.trunk.handed)
    answer = await site.trunk.call(ANONYMOUS, "Privacy: id", called=CALLED)
    assert answer.text.startswith("SIP/2.0 433 Anonymity Disallowed")
    assert answer.header("Reason") == 'Q.850;cause=21;text="call rejected"'
    assert len(answer.header("P-Callguard-Call") or "") == 16
    assert len(site.trunk.handed) == before


async def test_an_overseas_number_that_the_network_asserts_is_refused(site: Site) -> None:
    asserted = "P-Asserted-Identity: <sip:+12025550123@example.com>"
    answer = await site.trunk.call("<sip:0422992222@x>", asserted, called=CALLED)
    assert answer.status == 603


async def test_an_unknown_caller_is_handed_to_a_node(site: Site) -> None:
    answer = await site.trunk.call("<sip:0422992222@x>", called=CALLED)
    assert answer.status == 486
    assert site.trunk.handed[-1].header("X-Callguard-Edge") == "here"
    assert site.trunk.handed[-1].header(VERDICT) is None


async def test_an_allowed_caller_is_handed_to_a_node_where_the_exchange_wants_it_so(
    site: Site,
) -> None:
    assert (await site.trunk.call(f"<sip:{ALLOWED}@x>", called=CALLED)).status == 486


async def test_the_called_line_is_that_of_p_called_party_id(site: Site) -> None:
    line = f"P-Called-Party-ID: <sip:{CALLED}@x>"
    assert (await site.trunk.call(ANONYMOUS, line, called="0422990777")).status == 433
    assert (await site.trunk.call(ANONYMOUS, called="0422990777")).status == 486


async def test_the_line_is_the_one_that_is_called_not_what_the_caller_writes_in_to(
    site: Site,
) -> None:
    assert (await site.trunk.call(ANONYMOUS, called=CALLED, to="0422990777")).status == 433
    assert (await site.trunk.call(ANONYMOUS, called="0422990777", to=CALLED)).status == 486
    subaddress = f"{CALLED};isub=12"
    assert (await site.trunk.call(ANONYMOUS, called=subaddress)).status == 433


async def test_nobody_says_in_our_place_that_a_call_was_screened(site: Site) -> None:
    forged = (
        *("X-Callguard-Verdict: connect", "X-Callguard-Edge: here-others"),
        *("x-callguard-edge: abroad-others", "X-CALLGUARD-VERDICT : connect"),
    )
    answer = await site.trunk.call(ANONYMOUS, *forged, called=CALLED)
    assert answer.status == 433
    await site.trunk.call("<sip:0422992222@x>", *forged, called=CALLED)
    text = site.trunk.handed[-1].text
    assert text.lower().count("x-callguard-") == 1
    assert "X-Callguard-Edge: here\r\n" in text


async def test_without_an_answer_a_call_goes_to_a_node_within_its_time(site: Site) -> None:
    loop = asyncio.get_running_loop()
    with site.hanging():
        began = loop.time()
        answer = await site.trunk.call(ANONYMOUS, called=CALLED)
        assert answer.status == 486
        handed = site.trunk.handed[-1]
        assert handed.header(VERDICT) == "open;cause=deadline"
        assert handed.at - began >= 0.1  # it did wait
    await site.comes_to_ask()


async def test_while_nobody_answers_calls_do_not_wait(site: Site) -> None:
    with site.hanging():
        causes = []
        for _ in range(40):
            await site.trunk.call(ANONYMOUS, called=CALLED)
            causes.append(site.trunk.handed[-1].header(VERDICT))
    assert causes[0] == "open;cause=deadline"
    assert "open;cause=silent" in causes
    await site.comes_to_ask()


async def test_a_killed_worker_costs_no_call(site: Site) -> None:
    workers = [
        pid
        for pid in _children(site.callguard.pid)
        if Path(f"/proc/{pid}/comm").read_text().startswith("cg worker")
    ]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for _ in range(5):
        assert (await site.trunk.call(ANONYMOUS, called=CALLED)).status in {433, 486}
    await site.comes_to_ask()


async def test_whoever_has_no_token_is_neither_asked_nor_heard(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.events)
    said = b'{"token": "guessed-guessed-", "hello": true}'
    writer.write(b"%d:%b," % (len(said), said))
    assert (await site.trunk.call(ANONYMOUS, called=CALLED)).status == 433
    async with asyncio.timeout(PATIENCE):
        assert await reader.read(100) == b""
    writer.close()


hostile = st.binary(max_size=40).map(
    lambda raw: bytes(byte for byte in raw if byte not in b'\r\n\0"<>')
)


@given(display=hostile, user=hostile, privacy=hostile)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_a_stranger_writes_a_withheld_call_is_refused(
    site: Site, display: bytes, user: bytes, privacy: bytes
) -> None:
    answer = await site.trunk.call(
        b'"' + display.replace(b"\\", b"") + b'" <sip:anonymous@anonymous.invalid>',
        b"Subject: " + user,
        b"Privacy: id;" + privacy.replace(b",", b""),
        called=CALLED,
    )
    # A request that Kamailio itself cannot read is refused before anybody is asked.
    assert answer.status == 433 or 400 <= answer.status < 500
    assert answer.status != 486
