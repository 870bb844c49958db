"""The FastAGI server, asked over real sockets, on both event loops."""

import asyncio
import errno
import logging
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from callguard.asterisk import answering as answering_module
from callguard.asterisk import server
from callguard.asterisk.answer import Answer
from callguard.asterisk.answering import Answering
from callguard.asterisk.probe import ProbeError, probe
from callguard.settings import Settings

from .dialplan import LINE, arguments, environment

WITHHELD = environment(*arguments(line=LINE, number="anonymous", pres="allowed_not_screened"))
REFUSED = re.compile(
    "EXEC MSet CALLGUARD_ACTION=reject,CALLGUARD_REASON=withheld,"
    "CALLGUARD_SIP_CODE=433,CALLGUARD_PROMPT=refused-withheld,CALLGUARD_CALL_ID=[0-9a-f]{16}\n"
)


class Channel:
    """Asterisk's end of one FastAGI connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def says(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hears(self) -> str:
        return (await self._reader.readline()).decode()

    async def assert_closed(self) -> None:
        """Wait until the server has closed, having said nothing more."""
        with suppress(ConnectionResetError):
            assert await self._reader.read() == b""

    async def ends(self) -> None:
        self._writer.write_eof()

    def vanishes(self) -> None:
        """Be gone without a goodbye: RST."""
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def leave(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class Node:
    """A listening server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Channel]:
        channel = Channel(*await asyncio.open_connection(*self.address))
        try:
            yield channel
        finally:
            await channel.leave()

    async def has_heard(self) -> None:
        """Wait until the server has taken what was said to it before."""
        async with self.call() as channel:
            await channel.ends()
            await channel.assert_closed()

    async def assert_answers(self) -> None:
        """Ask a whole question, as the next caller's channel would."""
        async with self.call() as channel:
            await channel.says(WITHHELD)
            assert REFUSED.fullmatch(await channel.hears())
            await channel.assert_closed()


def logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what the server said; the loop itself may say that the machine is slow."""
    return [record for record in caplog.records if record.name == server.log.name]


Listening = Callable[[Answering], Awaitable[Node]]


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    servers: list[server.AGIServer] = []

    async def listen(answering: Answering) -> Node:
        one = await server.serve(answering, "127.0.0.1", 0)
        servers.append(one)
        return Node(one.address)

    yield listen
    for one in servers:
        one.end()


@pytest.fixture
async def node(listening: Listening, answering: Answering) -> Node:
    return await listening(answering)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the server's deadline a short one."""
    monkeypatch.setattr(server, "DEADLINE", 0.05)


async def test_a_question_is_answered_and_the_connection_closed(node: Node) -> None:
    await node.assert_answers()


async def test_a_question_that_arrives_byte_by_byte(node: Node) -> None:
    async with node.call() as channel:
        for byte in WITHHELD:
            await channel.says(bytes([byte]))
        assert REFUSED.fullmatch(await channel.hears())


class Disk:
    """Keeps records when it is told to."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[tuple[bytes, Callable[[], None]]] = asyncio.Queue()

    def keep(self, record: bytes, send: Callable[[], None]) -> None:
        self.waiting.put_nowait((record, send))


@pytest.fixture
async def disk(answering: Answering) -> AsyncIterator[tuple[Disk, Node]]:
    disk = Disk()
    one = await server.serve(answering, "127.0.0.1", 0, disk.keep)
    yield disk, Node(one.address)
    one.end()


async def test_the_caller_hears_nothing_before_the_verdict_is_kept(
    disk: tuple[Disk, Node],
) -> None:
    journal, node = disk
    async with node.call() as channel:
        await channel.says(WITHHELD)
        record, send = await journal.waiting.get()
        assert b'"reason":"withheld"' in record
        heard = asyncio.create_task(channel.hears())
        await asyncio.sleep(0)
        assert not heard.done()
        send()
        assert REFUSED.fullmatch(await heard)
        await channel.assert_closed()


@pytest.mark.parametrize("how", ["vanishes", "hangs up"])
@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_caller_who_leaves_while_the_verdict_is_written(
    disk: tuple[Disk, Node], how: str, pieces: int, caplog: pytest.LogCaptureFixture
) -> None:
    journal, node = disk
    async with node.call() as channel:
        if pieces == 2:
            await channel.says(WITHHELD[:100])
            await node.has_heard()
            await channel.says(WITHHELD[100:])
        else:
            await channel.says(WITHHELD)
        _, send = await journal.waiting.get()
        if how == "vanishes":
            channel.vanishes()
        else:
            await channel.says(b"HANGUP\n")
    async with node.call() as other:  # the loop has turned since the first is gone
        await other.says(WITHHELD)
        _, send_other = await journal.waiting.get()
        send()
        send_other()
        assert REFUSED.fullmatch(await other.hears())
    assert logged(caplog) == []


async def test_an_answer_that_comes_after_the_deadline_goes_nowhere(
    disk: tuple[Disk, Node], patience: None, caplog: pytest.LogCaptureFixture
) -> None:
    journal, node = disk
    async with node.call() as channel:
        await channel.says(WITHHELD)
        _, send = await journal.waiting.get()
        await channel.assert_closed()
        send()
    assert logged(caplog) == []


async def test_whoever_asks_is_answered_after_the_server_was_closed(answering: Answering) -> None:
    one = await server.serve(answering, "127.0.0.1", 0)
    node = Node(one.address)
    async with node.call() as channel:
        await channel.says(WITHHELD[:100])
        while not one.running:
            await asyncio.sleep(0)
        one.close()
        one.close()
        with pytest.raises(ConnectionRefusedError):
            async with node.call():
                pass
        await channel.says(WITHHELD[100:])
        assert REFUSED.fullmatch(await channel.hears())
        await channel.assert_closed()
    assert one.running == 0
    one.end()


async def test_whoever_is_there_at_the_end_is_closed_without_a_verdict(
    answering: Answering,
) -> None:
    one = await server.serve(answering, "127.0.0.1", 0)
    async with Node(one.address).call() as channel:
        await channel.says(WITHHELD[:100])
        while not one.running:
            await asyncio.sleep(0)
        one.end()
        await channel.assert_closed()


async def test_who_cannot_be_let_in_is_let_in_later(
    node: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accept = socket.socket._accept  # type: ignore[attr-defined]
    faults = [
        OSError(errno.EMFILE, "Too many open files"),
        ConnectionAbortedError(errno.ECONNABORTED, "Software caused connection abort"),
    ]

    def tries(one: socket.socket) -> Any:
        if faults:
            raise faults.pop(0)
        return accept(one)

    monkeypatch.setattr(socket.socket, "_accept", tries)
    await node.assert_answers()
    assert [record.getMessage() for record in logged(caplog)] == [
        "no call can be let in: Too many open files"
    ]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (BlockingIOError(), ["an answer could not be sent"]),
        (BrokenPipeError(), []),
        (3, ["an answer was sent in part"]),
    ],
    ids=["no room", "gone", "in part"],
)
async def test_an_answer_that_the_connection_does_not_take(
    disk: tuple[Disk, Node],
    fault: int | OSError,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal, node = disk

    def send(*_: Any) -> int:
        if isinstance(fault, int):
            return fault
        raise fault

    async with node.call() as channel:
        await channel.says(WITHHELD)
        _, answer = await journal.waiting.get()
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "send", send)
            answer()
        await channel.assert_closed()
    assert [record.getMessage() for record in logged(caplog)] == told


async def test_200_callers_at_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    # They share their loop with the server: on a busy machine some need long for their question.
    monkeypatch.setattr(server, "DEADLINE", 60.0)
    await asyncio.gather(*(node.assert_answers() for _ in range(200)))


async def test_callers_who_wait_for_each_other(node: Node) -> None:
    async with node.call() as first, node.call() as second:
        await first.says(WITHHELD[:100])
        await second.says(WITHHELD)
        assert REFUSED.fullmatch(await second.hears())
        await first.says(WITHHELD[100:])
        assert REFUSED.fullmatch(await first.hears())


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    "said",
    [b"", b"agi_netw", b"agi_network: yes\n", WITHHELD[:-1], WITHHELD[:-2]],
    ids=["nothing", "half a line", "one line", "half the end", "no end"],
)
async def test_one_who_goes_silent_is_closed_at_the_deadline(node: Node, said: bytes) -> None:
    async with node.call() as channel:
        await channel.says(said)
        await channel.assert_closed()
    await node.assert_answers()


@pytest.mark.usefixtures("patience")
async def test_each_has_the_whole_deadline_from_its_own_beginning(node: Node) -> None:
    now = asyncio.get_running_loop().time
    closed: list[int] = []

    async def stays_silent(place: int, channel: Channel, since: float) -> float:
        await channel.assert_closed()
        closed.append(place)
        return now() - since

    began = now()
    async with node.call() as first:
        one = asyncio.create_task(stays_silent(1, first, began))
        # Others come and go until the first has used half of its time.
        while now() - began < server.DEADLINE / 2:
            await node.assert_answers()
        later = now()
        async with node.call() as second:
            other = asyncio.create_task(stays_silent(2, second, later))
            await asyncio.gather(one, other)
    assert closed == [1, 2]
    # The server's clock begins when it accepts, later than a caller's; uvloop counts milliseconds.
    assert min(one.result(), other.result()) > server.DEADLINE * 0.9


class TestDeadlines:
    class Loop:
        """A clock that the test turns, and the one timer that may be set."""

        def __init__(self) -> None:
            self.now = 100.0
            self.timers: list[tuple[float, Callable[[], None]]] = []

        def time(self) -> float:
            return self.now

        def call_at(self, when: float, strike: Callable[[], None]) -> object:
            self.timers.append((when, strike))
            return self

        def go_on_to(self, now: float) -> None:
            self.now = now
            due = [timer for timer in self.timers if timer[0] <= now]
            self.timers = [timer for timer in self.timers if timer[0] > now]
            for _, strike in due:
                strike()

    class Call:
        def __init__(self) -> None:
            self.ended = False

    @pytest.fixture
    def loop(self) -> "TestDeadlines.Loop":
        return self.Loop()

    @pytest.fixture
    def deadlines(self, loop: "TestDeadlines.Loop") -> server.Deadlines:
        def end(call: object) -> None:
            cast(TestDeadlines.Call, call).ended = True

        return server.Deadlines(cast(asyncio.AbstractEventLoop, loop), end)

    def begin(self, deadlines: server.Deadlines) -> "TestDeadlines.Call":
        call = self.Call()
        deadlines.begin(cast(Any, call))
        return call

    def test_each_is_ended_at_its_own_deadline(
        self, deadlines: server.Deadlines, loop: "TestDeadlines.Loop"
    ) -> None:
        first = self.begin(deadlines)
        loop.go_on_to(100.4)
        second = self.begin(deadlines)
        loop.go_on_to(100.99)
        assert (first.ended, second.ended) == (False, False)
        loop.go_on_to(101.0)
        assert (first.ended, second.ended) == (True, False)
        deadlines.begin(cast(Any, second))  # its clock runs already
        loop.go_on_to(101.4)
        assert second.ended

    def test_one_that_ended_is_left_alone_and_the_next_struck_in_time(
        self, deadlines: server.Deadlines, loop: "TestDeadlines.Loop"
    ) -> None:
        first = self.begin(deadlines)
        loop.go_on_to(100.4)
        second = self.begin(deadlines)
        deadlines.end(cast(Any, first))
        loop.go_on_to(101.0)
        assert not second.ended
        loop.go_on_to(101.4)
        assert (first.ended, second.ended) == (False, True)

    def test_there_is_one_timer_however_many_there_are_and_none_when_idle(
        self, deadlines: server.Deadlines, loop: "TestDeadlines.Loop"
    ) -> None:
        calls = [self.begin(deadlines) for _ in range(100)]
        assert len(loop.timers) == 1
        for call in calls:
            deadlines.end(cast(Any, call))
        loop.go_on_to(101.0)
        assert loop.timers == []
        assert self.begin(deadlines) is not None
        assert len(loop.timers) == 1


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: callguard\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 10_000,
        b"agi_a: " + b"x" * 200_000,
        b"agi_a: x\n" * 50_000,
        b"agi_a: x\n" * 161 + b"\n",
        WITHHELD + b"200 result=0\n",
    ],
    ids=["HTTP", "TLS", "NUL", "long line", "endless", "161 variables", "goes on unasked"],
)
async def test_one_who_does_not_speak_agi_is_closed_at_once(
    node: Node, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with node.call() as channel:
        with suppress(ConnectionError):
            await channel.says(said)
        await channel.assert_closed()
    assert [record.levelname for record in logged(caplog)] == ["WARNING"]
    await node.assert_answers()


async def test_an_endless_environment_is_cut(node: Node) -> None:
    async def talks_for_ever(channel: Channel) -> None:
        while True:
            await channel.says(b"agi_a: x\n" * 1000)

    async with node.call() as channel:
        with pytest.raises(ConnectionError):
            await talks_for_ever(channel)
    await node.assert_answers()


@pytest.mark.parametrize(
    "said",
    [b"", b"agi_netw", WITHHELD[:-1], WITHHELD, WITHHELD + b"HANGUP\n"],
    ids=["at once", "in a line", "before the end", "before the answer", "after hanging up"],
)
@pytest.mark.parametrize("how", ["vanishes", "ends", "leaves"])
async def test_one_who_is_gone_at_any_stage_is_no_trouble(
    node: Node, said: bytes, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with node.call() as channel:
        await channel.says(said)
        if how == "vanishes":
            channel.vanishes()
        elif how == "ends":
            await channel.ends()
    await node.assert_answers()
    assert logged(caplog) == []


async def test_one_who_hangs_up_while_asking(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    async with node.call() as channel:
        await channel.says(WITHHELD + b"HANGUP\n")
        await channel.assert_closed()
    assert logged(caplog) == []


@pytest.mark.parametrize(
    "said",
    [
        b"200 result=0\n",
        b"HANGUP\n200 result=-1\nHANGUP\n",
        b"520-Invalid.  Proper usage follows:\nUsage\n520 End of proper usage.\n",
    ],
    ids=["done", "hung up", "refused"],
)
async def test_what_asterisk_says_to_the_answer_is_waited_for_by_nobody(
    node: Node, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with node.call() as channel:
        await channel.says(WITHHELD)
        assert REFUSED.fullmatch(await channel.hears())
        await channel.assert_closed()
        with suppress(ConnectionError):
            await channel.says(said)
            await channel.says(said)
    await node.assert_answers()
    assert logged(caplog) == []


async def test_an_answer_that_cannot_be_sent_is_reported_and_not_kept(
    answering: Answering,
    disk: tuple[Disk, Node],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal, node = disk
    reply = Answering.reply

    def broken(one: Answering, *asked: Any) -> Answer:
        return Answer("A=1\nB=2", reply(one, *asked).record)

    with monkeypatch.context() as patch:
        patch.setattr(Answering, "reply", broken)
        async with node.call() as channel:
            await channel.says(WITHHELD)
            await channel.assert_closed()
    assert journal.waiting.empty()
    assert "CR, LF and NUL" in caplog.text


async def test_a_broken_policy_database_closes_without_a_verdict(
    home: Settings, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    home.database_file.write_bytes(b"damaged" * 1000)
    for leftover in home.data.glob("households.db-*"):
        leftover.unlink()
    node = await listening(Answering.open(home))
    async with node.call() as channel:
        await channel.says(WITHHELD)
        await channel.assert_closed()
    assert "no verdict: policies cannot be read" in caplog.text


async def test_a_missing_policy_database_closes_without_a_verdict_until_it_is_there(
    home: Settings, listening: Listening, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = home.database_file.rename(tmp_path / "away.db")
    answering = Answering.open(home)
    node = await listening(answering)
    async with node.call() as channel:
        await channel.says(WITHHELD)
        await channel.assert_closed()
    assert "no verdict" in caplog.text
    away.rename(home.database_file)
    await node.assert_answers()
    answering.policies.close()


async def test_a_question_that_is_none_closes_without_a_verdict(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    async with node.call() as channel:
        await channel.says(environment("number=0422992222"))
        await channel.assert_closed()
    assert "no verdict: AGI argument number is not base64" in caplog.text
    assert "0422992222" not in caplog.text


async def test_a_bug_in_the_screener_closes_without_a_verdict(
    answering: Answering,
    listening: Listening,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(answering_module, "screen", broken)
    node = await listening(answering)
    async with node.call() as channel:
        await channel.says(WITHHELD)
        await channel.assert_closed()
    (record,) = logged(caplog)
    assert record.levelno == logging.ERROR
    assert record.exc_info


async def test_several_processes_may_share_the_port(node: Node, answering: Answering) -> None:
    other = await server.serve(answering, *node.address)
    await asyncio.gather(*(node.assert_answers() for _ in range(20)))
    other.end()


class TestProbe:
    async def test_a_question_is_answered(self, node: Node) -> None:
        answer = await probe(*node.address)
        assert answer.startswith("EXEC MSet CALLGUARD_ACTION=connect,CALLGUARD_REASON=no-consent,")

    async def test_a_question_of_ones_own_is_answered(self, node: Node) -> None:
        words = dict(word.split("=", 1) for word in arguments(line=LINE, number="anonymous"))
        assert REFUSED.fullmatch(await probe(*node.address, words) + "\n")

    async def test_where_the_policies_cannot_be_read(
        self, home: Settings, listening: Listening
    ) -> None:
        home.database_file.unlink()
        node = await listening(Answering.open(home))
        with pytest.raises(ProbeError, match="closed without a verdict"):
            await probe(*node.address)

    async def test_where_nothing_listens(self, free_ports: Callable[[int], list[int]]) -> None:
        (port,) = free_ports(1)
        with pytest.raises(ProbeError, match=f"nothing answers at 127.0.0.1:{port}"):
            await probe("127.0.0.1", port)

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            (b"", "closed without a verdict"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "closed without a verdict"),
            (b"x" * 200_000, "is no FastAGI server"),
        ],
        ids=["nothing", "HTTP", "an endless line"],
    )
    async def test_where_something_else_listens(self, said: bytes, why: str) -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as other:
            with pytest.raises(ProbeError, match=why):
                await probe(*other.sockets[0].getsockname())

    async def test_where_a_server_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("callguard.asterisk.probe._TIMEOUT", 0.05)
        silent = socket.create_server(("127.0.0.1", 0))
        with silent, pytest.raises(ProbeError, match=r"no verdict from .* within 0\.05 s"):
            await probe(*silent.getsockname())
