"""An edge by itself: a real Kamailio between a stand-in for the exchange and no node at all."""

import asyncio
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from callguard.carrier.control import reload_nodes, states, tell_state
from callguard.carrier.edge import CONTROL
from callguard.carrier.node_list import EXCHANGE, NodeList
from callguard.demo.exchange import Message
from callguard.demo.plant import Plant
from callguard.demo.stores import until

pytestmark = [pytest.mark.slow, pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def plant() -> AsyncIterator[Plant]:
    """One edge and the exchange; nothing else is started."""
    with tempfile.TemporaryDirectory(prefix="cgedge-", dir="/tmp") as name:
        plant = Plant(Path(name), edges=1)
        (edge,) = plant.edges
        await edge.start()
        try:
            await until((edge.folder / CONTROL).exists, "the edge is not up")
            async with plant.world:
                yield plant
        finally:
            await edge.stop()


async def test_without_a_node_a_call_goes_on_and_says_so(plant: Plant) -> None:
    before = plant.world.unscreened
    call = plant.world.place("", "0422990000", 0.2)
    await plant.world.over()
    assert (call.outcome, call.let_ring) == ("connected", 1)
    assert plant.world.unscreened == before + 1


async def test_it_goes_on_as_well_if_the_exchange_answers_no_options(plant: Plant) -> None:
    (edge,) = plant.edges
    for egress in plant.exchange.egresses:
        words = ("dispatcher.set_state", "i", str(EXCHANGE), f"sip:{egress.contact}")
        await asyncio.to_thread(
            subprocess.run,
            ["kamcmd", "-s", f"unix:{edge.folder}/{CONTROL}", *words],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    call = plant.world.place("", "0422990001", 0.2)
    await plant.world.over()
    assert (call.outcome, call.let_ring) == ("connected", 1)


async def figures(plant: Plant) -> dict[str, float]:
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"http://{plant.figures[0]}/metrics")
        text = await answer.text()
    families = text_string_to_metric_families(text)
    return {
        one.name.removeprefix("callguard_edge_") + one.labels.get("state", ""): one.value
        for family in families
        for one in family.samples
    }


async def test_it_counts_the_calls_that_nobody_screens(plant: Plant) -> None:
    before = await figures(plant)
    assert before["failed_total"] == 0
    plant.world.place("", "0422990003", 0.2)
    await plant.world.over()
    after = await figures(plant)
    for counter in ("calls_total", "unscreened_total"):
        assert after[counter] == before[counter] + 1
    assert after["failed_total"] == 0


async def test_what_is_no_question_for_figures_gets_no_answer_by_tcp(plant: Plant) -> None:
    host, _, port = plant.figures[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = (
        f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nMax-Forwards: 9\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    # Both on one connection, so that the second is answered when the first has been seen.
    writer.write(request.encode() + b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(60):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.close()


class Full(asyncio.DatagramProtocol):
    """A node that takes no more calls; or, not ``answering``, one that has just died."""

    def __init__(self, *, answering: bool) -> None:
        self.answering = answering
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = Message.read(data)
        assert request is not None
        self.asked += request.method == "INVITE"
        if request.method == "ACK" or (request.method == "INVITE" and not self.answering):
            return
        phrase = "503 Service Unavailable" if request.method == "INVITE" else "200 OK"
        lines = [
            f"{name}: {value}"
            for name in ("Via", "From", "To", "Call-ID", "CSeq")
            for value in request.all(name)
        ]
        answer = "\r\n".join([f"SIP/2.0 {phrase}", *lines, "Content-Length: 0", "", ""])
        self.transport.sendto(answer.encode(), address)


@pytest.mark.parametrize("answering", [True, False], ids=["full", "dead"])
async def test_a_call_that_the_last_node_does_not_take_goes_on(
    plant: Plant, *, answering: bool
) -> None:
    (edge,) = plant.edges
    loop = asyncio.get_running_loop()
    transport, node = await loop.create_datagram_endpoint(
        lambda: Full(answering=answering), local_addr=("127.0.0.1", 0)
    )
    nodes = NodeList(edge.folder / "nodes.list")
    nodes.add("last", f"127.0.0.1:{transport.get_extra_info('sockname')[1]}")
    await asyncio.to_thread(reload_nodes, edge.folder)
    before = plant.world.unscreened
    call = plant.world.place("", "0422990004", 0.2)
    await plant.world.over()
    assert (call.outcome, call.let_ring) == ("connected", 1)
    assert plant.world.unscreened == before + 1
    assert node.asked > 0
    nodes.drain("last")
    nodes.remove("last")
    await asyncio.to_thread(reload_nodes, edge.folder)
    transport.close()


async def test_a_stranger_gets_no_word(plant: Plant) -> None:
    host, _, port = plant.exchange.edges[0].partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(10)
        name = f"127.0.0.1:{stranger.getsockname()[1]}"
        for method, line in (("OPTIONS", ""), ("INVITE", "0422990000@"), ("INVITE", "\x00@")):
            request = (
                f"{method} sip:{line}{host}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {name};branch=z9hG4bKx\r\nMax-Forwards: 0\r\n"
                f"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
                f"CSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
            )
            stranger.sendto(request.encode(), (host, int(port)))
        # By the time that a whole call has gone through, the edge has seen these.
        plant.world.place("", "0422990002", 0.1)
        await plant.world.over()
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(4096)


async def test_a_node_is_seen_as_it_is(plant: Plant) -> None:
    (edge,) = plant.edges
    nodes = NodeList(edge.folder / "nodes.list")
    nodes.add("node-1", "127.0.0.1:9")
    await asyncio.to_thread(reload_nodes, edge.folder)
    assert await asyncio.to_thread(states, edge.folder) == {"node-1": "active"}
    assert (await figures(plant))["nodesactive"] == 1
    await asyncio.to_thread(tell_state, edge.folder, nodes.drain("node-1"))
    assert await asyncio.to_thread(states, edge.folder) == {"node-1": "drained"}
    seen = await figures(plant)
    assert [seen[f"nodes{state}"] for state in ("active", "drained", "silent")] == [0, 1, 0]
    await asyncio.to_thread(tell_state, edge.folder, nodes.drain("node-1", drained=False))
    assert await asyncio.to_thread(states, edge.folder) == {"node-1": "active"}
