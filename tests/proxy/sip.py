"""A caller and a node in bare UDP: a test says each byte of a request and sees each answer."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 60.0
"""Seconds after which what must happen has not."""

REPEAT_SECONDS = 0.5
"""Timer A: UDP loses what nobody listens to yet (RFC 3261 section 17.1.1.2)."""

_names = itertools.count()


@dataclass
class Message:
    """A SIP message as it came."""

    text: str
    at: float
    """Of the loop's clock."""

    @property
    def status(self) -> int:
        """Return the code of an answer, 0 of a request."""
        found = re.match(r"SIP/2\.0 (\d{3})", self.text)
        return int(found[1]) if found else 0

    def header(self, name: str) -> str | None:
        found = re.search(rf"^{re.escape(name)}:[ \t]*(.*?)\r?$", self.text, re.MULTILINE | re.I)
        return found[1] if found else None


class _End(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[Message, Any]] = asyncio.Queue()

    def datagram_received(self, data: bytes, address: Any) -> None:
        at = asyncio.get_running_loop().time()
        self.came.put_nowait((Message(data.decode("utf-8", "replace"), at), address))


@dataclass
class Exchange:
    """A trunk that calls come in by, and a node that refuses what it is handed with 486."""

    edge: int
    """The edge's port."""
    caller: asyncio.DatagramTransport
    answers: "asyncio.Queue[tuple[Message, Any]]"
    handed: list[Message] = field(default_factory=list)
    """The INVITEs that have come to the node."""

    async def call(
        self, sender: str | bytes, *headers: str | bytes, called: str, to: str = ""
    ) -> Message:
        """Place a call, with *to* in To if it is another line; return its final answer."""
        name = f"call-{next(_names)}"
        local = self.caller.get_extra_info("sockname")[1]
        lines: list[str | bytes] = [
            f"INVITE sip:{called}@127.0.0.1:{self.edge} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{local};branch=z9hG4bK-{name}",
            f"Call-ID: {name}",
            "CSeq: 1 INVITE",
            f"To: <sip:{to or called}@127.0.0.1>",
            b"From: " + (sender if isinstance(sender, bytes) else sender.encode()) + b";tag=1",
            f"Contact: <sip:caller@127.0.0.1:{local}>",
            "Max-Forwards: 70",
            *headers,
            "Content-Length: 0",
        ]
        raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
        answer = await self._answer_to(b"\r\n".join(raw) + b"\r\n\r\n", name)
        ack = [line.replace(b"INVITE", b"ACK") for line in raw]
        answered = (answer.header("To") or "").encode()
        ack = [b"To: " + answered if line.startswith(b"To:") else line for line in ack]
        self.caller.sendto(b"\r\n".join(ack) + b"\r\n\r\n", ("127.0.0.1", self.edge))
        return answer

    async def _answer_to(self, invite: bytes, name: str) -> Message:
        async with asyncio.timeout(PATIENCE):
            heard = False
            while True:
                if not heard:
                    self.caller.sendto(invite, ("127.0.0.1", self.edge))
                try:
                    async with asyncio.timeout(REPEAT_SECONDS):
                        answer, _ = await self.answers.get()
                except TimeoutError:
                    continue
                if answer.header("Call-ID") == name:
                    heard = True
                    if answer.status >= 200:
                        return answer


@asynccontextmanager
async def exchange(edge: int, node: int) -> AsyncIterator[Exchange]:
    """Run both ends."""
    loop = asyncio.get_running_loop()
    caller, calling = await loop.create_datagram_endpoint(_End, ("127.0.0.1", 0))
    answering, end = await loop.create_datagram_endpoint(_End, ("127.0.0.1", node))
    both = Exchange(edge, caller, calling.came)

    async def serve() -> None:
        while True:
            request, address = await end.came.get()
            method = request.text.partition(" ")[0]
            if method == "INVITE":
                both.handed.append(request)
            if method in {"INVITE", "OPTIONS"}:
                answer = "486 Busy Here" if method == "INVITE" else "200 OK"
                answering.sendto(_answer(request, answer), address)

    serving = loop.create_task(serve())
    try:
        yield both
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        caller.close()
        answering.close()


def _answer(request: Message, status: str) -> bytes:
    kept = [
        line
        for line in request.text.split("\r\n\r\n", 1)[0].split("\r\n")[1:]
        if line.partition(":")[0].lower() in {"via", "from", "call-id", "cseq", "record-route"}
    ]
    to = (request.header("To") or "") + ";tag=node"
    lines = [f"SIP/2.0 {status}", *kept, f"To: {to}", "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()
