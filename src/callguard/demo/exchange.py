"""A telephone exchange to stand in for the real one: it places calls, answers them, and counts.

It speaks SIP by itself (RFC 3261, UDP): callers, called telephones and what the two saw of one call
are in one place, so that each call can be told to have ended as it should. Like a real exchange
it sends a request again until it is answered, and tries the next edge if one gives no answer.

There is no sound: the other side may send what it likes to a port where nobody listens.
"""

import asyncio
import contextlib
import re
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

T1 = 0.5
"""Seconds until a request is sent again; then twice as long each time, up to T2 (RFC 3261)."""
T2 = 4.0
NO_ANSWER = 7.0
"""Seconds without any answer to an INVITE after which the next edge is tried."""
GIVE_UP = 60.0
"""Seconds after which a call that is not answered is lost."""

_TAG = re.compile(r";tag=([^;>\s]+)", re.IGNORECASE)
_HOST = re.compile(r"sip:(?:[^@;>]*@)?([0-9.]+:\d+)")
_URI = re.compile(r"sip:([^@;>]*)@", re.IGNORECASE)


class Outcome(StrEnum):
    """How a call ended for its caller."""

    CONNECTED = "connected"
    """Answered, talked, and ended by whoever hung up."""
    REFUSED = "refused"
    """Told no with an answer that says that it is not wanted."""
    LOST = "lost"
    """Neither: no answer in time, a failure of the network, or cut off while talking."""


REFUSALS = frozenset({433, 603, 607, 608})
"""What callguard refuses with."""


@dataclass(slots=True)
class Call:
    """One call as its caller saw it."""

    number: str
    """The caller's, as P-Asserted-Identity and From show it; empty: withheld."""
    called: str
    talk_seconds: float
    abroad: bool = False
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    statuses: list[int] = field(default_factory=list)
    """Every status that came, in order."""
    final: int = 0
    reason: str = ""
    """Of the final answer."""
    began: float = 0.0
    answered: float = 0.0
    """When 200 came, by the loop's clock; 0: not yet."""
    ended: float = 0.0
    by_us: bool = False
    """We hung up, after the time that we wanted to talk."""
    let_ring: int = 0
    """How many times the called telephone was rung for it."""
    tries: int = 0
    """Edges that were asked."""
    edge: str = ""
    """host:port of the last of them."""
    node: str = ""
    """host:port of whoever answered, by its Contact."""

    @property
    def outcome(self) -> Outcome:
        """Return how it ended."""
        if self.final == 200 and self.by_us:
            return Outcome.CONNECTED
        return Outcome.REFUSED if self.final in REFUSALS else Outcome.LOST

    @property
    def waited(self) -> float:
        """Return the seconds from the call to its final answer."""
        return (self.answered or self.ended) - self.began


@dataclass(slots=True)
class Message:
    """A SIP message, read as far as an exchange needs it."""

    first: str
    headers: list[tuple[str, str]]
    body: str = ""

    @classmethod
    def read(cls, data: bytes) -> "Message | None":
        """Read a datagram; None for one that is no message."""
        text, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        head = text.split("\r\n")
        if len(head) < 2 or "SIP/2.0" not in head[0]:
            return None
        pairs = [line.partition(":") for line in head[1:] if ":" in line]
        return cls(head[0], [(name.strip(), value.strip()) for name, _, value in pairs], body)

    @property
    def status(self) -> int:
        """Return the status of an answer, 0 of a request."""
        words = self.first.split(" ", 2)
        return int(words[1]) if words[0] == "SIP/2.0" and words[1].isdecimal() else 0

    @property
    def method(self) -> str:
        """Return the method of a request, or of what an answer answers."""
        if self.status:
            return self.header("CSeq").partition(" ")[2]
        return self.first.split(" ", 1)[0]

    def header(self, name: str) -> str:
        """Return the first value of a header, or nothing."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        lower = name.lower()
        return [value for key, value in self.headers if key.lower() == lower]


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[["_Socket", Message, tuple[str, int]], None]) -> None:
        self._received = received
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        message = Message.read(data)
        if message is not None:
            self._received(self, message, address)

    def error_received(self, _: Exception) -> None:
        """Nobody listens there: the timers see to it, as with a lost packet."""

    def send(self, text: str, address: tuple[str, int]) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(text.encode(), address)

    @property
    def name(self) -> str:
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"


class StandIn:
    """The exchange. Use as ``async with``; then :meth:`place` calls.

    Calls of this country come from *trunk*, those from abroad from *abroad*; what callguard sends
    back is answered at *egress*. Addresses are (host, port); port 0 is any.
    """

    def __init__(
        self,
        trunk: tuple[str, int],
        abroad: tuple[str, int],
        egress: Sequence[tuple[str, int]],
        edges: Sequence[tuple[str, int]] = (),
        *,
        ring_seconds: float = 0.3,
    ) -> None:
        self._addresses = (trunk, abroad, *egress)
        self.edges = list(edges)
        """Where calls go, in turn; the next if one does not answer."""
        self.ring_seconds = ring_seconds
        self.calls: list[Call] = []
        self.unscreened = 0
        """Calls that came back with the word that nobody has screened them."""
        self.direct = 0
        """Ends of calls that were told to send their sound straight to the other end."""
        self._sockets: list[_Socket] = []
        self._clients: dict[tuple[str, str], asyncio.Queue[Message]] = {}
        """Answers to our requests, by Call-ID and CSeq."""
        self._ended: dict[str, asyncio.Event] = {}
        """Set when the other side hangs up a call that we have placed, by Call-ID."""
        self._rung: dict[str, tuple[Message, str]] = {}
        """What our telephones are rung by, and their tags, by Call-ID."""
        self._confirm: dict[str, Callable[[], None]] = {}
        """Send an ACK again, whose loss the other side tells by a second 200; by Call-ID."""
        self._acked: set[str] = set()
        self._turn = 0
        self._sequence = 1
        self._tasks: set[asyncio.Task[None]] = set()
        self._media: socket.socket
        """Where sound may be sent to; nobody listens to it."""

    async def __aenter__(self) -> "StandIn":
        """Open the sockets."""
        loop = asyncio.get_running_loop()
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.bind((self._addresses[0][0], 0))
        for address in self._addresses:
            _, opened = await loop.create_datagram_endpoint(
                lambda: _Socket(self._receive), local_addr=address
            )
            self._sockets.append(opened)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them; calls in progress are left as they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._sockets:
            if one.transport is not None:
                one.transport.close()
        self._media.close()

    def place(self, number: str, called: str, talk_seconds: float, *, abroad: bool = False) -> Call:
        """Place a call, and go on at once; :meth:`over` waits for all of them."""
        call = Call(number, called, talk_seconds, abroad)
        self.calls.append(call)
        self._start(self._call(call))
        return call

    async def over(self, seconds: float = 120.0) -> None:
        """Wait until every call has ended.

        Raises:
            TimeoutError: one has not, in so many seconds.

        """
        async with asyncio.timeout(seconds):
            while any(not call.ended for call in self.calls):
                await asyncio.sleep(0.05)

    def forget(self) -> None:
        """Forget the calls that have ended."""
        self.calls = [call for call in self.calls if not call.ended]

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, call: Call) -> None:
        loop = asyncio.get_running_loop()
        call.began = loop.time()
        source = self._sockets[1 if call.abroad else 0]
        self._turn += 1
        edges = [self.edges[(self._turn + n) % len(self.edges)] for n in range(len(self.edges))]
        try:
            async with asyncio.timeout(GIVE_UP):
                for edge in edges:
                    final = await self._invite(call, source, edge)
                    if final is not None and final.status != 503:
                        break
            if call.final == 200 and final is not None:
                await self._talk(call, source, edge, final)
        except TimeoutError:
            call.reason = call.reason or "no final answer"
        finally:
            call.ended = loop.time()

    async def _invite(self, call: Call, source: _Socket, edge: tuple[str, int]) -> Message | None:
        """Place the call at one edge; return the final answer, or None if there was none at all."""
        call.tries += 1
        call.edge = f"{edge[0]}:{edge[1]}"
        self._sequence += 1
        sequence = f"{self._sequence} INVITE"
        branch = f"z9hG4bK{uuid.uuid4().hex}"
        request = self._request("INVITE", call, source, edge, branch, self._sequence)
        answers: asyncio.Queue[Message] = asyncio.Queue()
        self._clients[call.call_id, sequence] = answers
        try:
            first = await self._send(source, request, edge, answers, NO_ANSWER)
            if first is None:
                call.reason = f"no answer from {call.edge}"
                return None
            final = first
            while final.status < 200:
                call.statuses.append(final.status)
                call.node = _host(final.header("Contact")) or call.node
                final = await answers.get()
        finally:
            self._clients.pop((call.call_id, sequence), None)
        call.statuses.append(final.status)
        call.final, call.reason = final.status, final.first
        call.node = _host(final.header("Contact")) or call.node
        if final.status >= 300:
            source.send(
                self._request("ACK", call, source, edge, branch, self._sequence, final), edge
            )
        return final

    async def _send(
        self,
        source: _Socket,
        request: str,
        to: tuple[str, int],
        answers: asyncio.Queue[Message],
        seconds: float,
    ) -> Message | None:
        """Send a request until something comes back; return that, or None."""
        pause, waited = T1, 0.0
        while waited < seconds:
            source.send(request, to)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    return await answers.get()
            waited += pause
            pause = min(2 * pause, T2)
        return None

    async def _talk(
        self, call: Call, source: _Socket, edge: tuple[str, int], answer: Message
    ) -> None:
        loop = asyncio.get_running_loop()
        call.answered = loop.time()
        gone = self._ended[call.call_id] = asyncio.Event()
        routes = list(reversed(answer.all("Record-Route")))
        target = answer.header("Contact").strip("<>").partition(">")[0]
        dialog = "".join(f"Route: {route}\r\n" for route in routes)
        number = int(answer.header("CSeq").split()[0])
        branch = f"z9hG4bK{uuid.uuid4().hex}"
        ack = self._request("ACK", call, source, edge, branch, number, answer, target, dialog)
        self._confirm[call.call_id] = lambda: source.send(ack, edge)
        self._confirm[call.call_id]()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(call.talk_seconds):
                    await gone.wait()
                    call.reason = "cut off while talking"
                    return
            call.by_us = True
            self._sequence += 1
            answers: asyncio.Queue[Message] = asyncio.Queue()
            self._clients[call.call_id, f"{self._sequence} BYE"] = answers
            branch = f"z9hG4bK{uuid.uuid4().hex}"
            bye = self._request(
                "BYE", call, source, edge, branch, self._sequence, answer, target, dialog
            )
            await self._send(source, bye, edge, answers, 8.0)
            self._clients.pop((call.call_id, f"{self._sequence} BYE"), None)
        finally:
            self._ended.pop(call.call_id, None)
            self._confirm.pop(call.call_id, None)

    def _request(
        self,
        method: str,
        call: Call,
        source: _Socket,
        edge: tuple[str, int],
        branch: str,
        sequence: int,
        answer: Message | None = None,
        target: str = "",
        dialog: str = "",
    ) -> str:
        withheld = not call.number
        shown = "anonymous@anonymous.invalid" if withheld else f"{call.number}@exchange.invalid"
        display = '"Anonymous" ' if withheld else ""
        uri = target or f"sip:{call.called}@{edge[0]}:{edge[1]}"
        to = answer.header("To") if answer else f"<sip:{call.called}@exchange.invalid>"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {source.name};branch={branch};rport",
            f"From: {display}<sip:{shown}>;tag={call.call_id[:12]}",
            f"To: {to}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:exchange@{source.name}>",
            "Max-Forwards: 70",
        ]
        body = ""
        if method == "INVITE":
            if withheld:
                lines.append("Privacy: id")
            else:
                lines.append(f"P-Asserted-Identity: <sip:{shown}>")
            lines.append("Content-Type: application/sdp")
            body = self._sdp(source)
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines) + "\r\n" + dialog + "\r\n" + body

    def _sdp(self, source: _Socket) -> str:
        host = source.name.partition(":")[0]
        port = self._media.getsockname()[1]
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    def _receive(self, at: _Socket, message: Message, sender: tuple[str, int]) -> None:
        call_id = message.header("Call-ID")
        if message.status:
            waiting = self._clients.get((call_id, message.header("CSeq")))
            if waiting is not None:
                waiting.put_nowait(message)
            elif message.status == 200 and message.method == "INVITE" and call_id in self._confirm:
                self._confirm[call_id]()
            return
        match message.method:
            case "OPTIONS":
                self._answer(at, message, sender, "200 OK")
            case "INVITE":
                self._invited(at, message, sender)
            case "ACK":
                self._acked.add(call_id)
            case "BYE" | "CANCEL":
                self._acked.discard(call_id)
                self._answer(at, message, sender, "200 OK")
                if call_id in self._ended:
                    self._ended[call_id].set()
                rung = self._rung.pop(call_id, None)
                if rung is not None and message.method == "CANCEL":
                    self._answer(at, rung[0], sender, "487 Request Terminated", rung[1])

    def _invited(self, at: _Socket, message: Message, sender: tuple[str, int]) -> None:
        call_id = message.header("Call-ID")
        if _TAG.search(message.header("To")):  # a new offer within a call
            self.direct += f"m=audio {self._media.getsockname()[1]} " in message.body
            self._answer(at, message, sender, "200 OK", body=self._sdp(at))
            return
        if call_id in self._rung:
            return  # sent again; our answer is on its way
        self.unscreened += message.header("X-Callguard-Verdict") == "none"
        tag = uuid.uuid4().hex[:12]
        self._rung[call_id] = message, tag
        number = _user(message.header("From"))
        called = _user(message.first)
        for call in reversed(self.calls):
            if call.called == called and number in {call.number, "anonymous"}:
                call.let_ring += 1
                break
        self._start(self._ring(at, message, sender, tag))

    async def _ring(self, at: _Socket, message: Message, sender: tuple[str, int], tag: str) -> None:
        call_id = message.header("Call-ID")
        self._answer(at, message, sender, "180 Ringing", tag)
        await asyncio.sleep(self.ring_seconds)
        pause, waited = T1, 0.0
        while call_id in self._rung and call_id not in self._acked and waited < 32:
            self._answer(at, message, sender, "200 OK", tag, self._sdp(at))
            await asyncio.sleep(pause)
            waited += pause
            pause = min(2 * pause, T2)

    def _answer(
        self,
        at: _Socket,
        request: Message,
        sender: tuple[str, int],
        status: str,
        tag: str = "",
        body: str = "",
    ) -> None:
        to = request.header("To")
        if tag and not _TAG.search(to):
            to += f";tag={tag}"
        copied = [
            *(
                f"{name}: {value}"
                for name in ("Via", "Record-Route")
                for value in request.all(name)
            ),
            *(f"{name}: {request.header(name)}" for name in ("From", "Call-ID", "CSeq")),
        ]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = "\r\n".join(
            [
                f"SIP/2.0 {status}",
                *copied,
                f"To: {to}",
                f"Contact: <sip:telephone@{at.name}>",
            ]
        )
        at.send(f"{text}\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}", sender)


def _user(text: str) -> str:
    found = _URI.search(text)
    return found[1] if found else ""


def _host(contact: str) -> str:
    found = _HOST.search(contact)
    return found[1] if found else ""
