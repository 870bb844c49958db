"""The family's telephones in the network: each does what the test says, by its number."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from callguard.demo.media import EVENT_PAYLOAD, MediaPort
from callguard.demo.recognise import holds

MEMBERS_TONE = 880.0
"""What a member of the family speaks, in Hz."""

_SDP = re.compile(r"c=IN IP4 ([\d.]+)\r?\n.*?m=audio (\d+)", re.DOTALL)


@dataclass
class Ringing:
    """One call to a telephone of the family's."""

    number: str
    invite: str
    media: MediaPort
    _send: Any
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def shown(self) -> str:
        """What the telephone's display shows."""
        found = re.search(r"^From:.*?sip:([^@>;]*)", self.invite, re.MULTILINE | re.IGNORECASE)
        assert found is not None
        return found[1]

    async def answer(self) -> None:
        """Pick up."""
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.media.port} RTP/AVP 0 {EVENT_PAYLOAD}\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:{EVENT_PAYLOAD} telephone-event/8000\r\n"
        )
        async with asyncio.timeout(30):
            while not (self.acknowledged.is_set() or self.ended.is_set()):
                self._send(self.reply("200 OK", body))
                await asyncio.sleep(0.5)

    def refuse(self, status: str) -> None:
        """Answer with a refusal, such as ``486 Busy Here``."""
        self._send(self.reply(status))

    async def hears(self, prompt: str) -> None:
        """Wait until *prompt* has been heard to its end."""
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(holds, self.media.heard(), prompt):
                await asyncio.sleep(0.1)

    async def is_spoken_to(self) -> None:
        """Wait until anything is heard: a key that is pressed before is lost."""
        async with asyncio.timeout(60):
            while max(self.media.heard().levels(), default=0.0) < 0.01:
                await asyncio.sleep(0.05)

    async def press(self, keys: str) -> None:
        await self.media.press(keys, *self._other_end())

    def speak(self) -> None:
        self.media.speak(*self._other_end())

    def hang_up(self) -> None:
        """Hang up a call that was answered."""
        contact = re.search(r"^Contact:\s*<([^>]+)>", self.invite, re.MULTILINE | re.IGNORECASE)
        assert contact is not None
        them, us = self._header("From"), self._header("To")
        self._send(
            f"BYE {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._own_port()};branch=z9hG4bK-bye-{id(self)}\r\n"
            f"From: {us};tag=m{id(self)}\r\nTo: {them}\r\nCall-ID: {self._header('Call-ID')}\r\n"
            "CSeq: 1 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )

    def _own_port(self) -> str:
        found = re.match(r"INVITE sip:[^@]*@[\d.]+:(\d+)", self.invite)
        assert found is not None
        return found[1]

    def _other_end(self) -> tuple[str, int]:
        found = _SDP.search(self.invite)
        assert found is not None
        return found[1], int(found[2])

    def _header(self, name: str) -> str:
        found = re.search(rf"^{name}:\s*(.*?)\r?$", self.invite, re.MULTILINE | re.IGNORECASE)
        assert found is not None
        return found[1]

    def reply(self, status: str, body: str = "", request: str = "") -> str:
        """Return a response to the INVITE, or to another request of the same call."""
        text = request or self.invite
        kept = [
            line
            for line in text.split("\r\n\r\n")[0].split("\r\n")[1:]
            if re.match("(Via|From|Call-ID|CSeq):", line, re.IGNORECASE)
        ]
        to = re.search(r"^To:.*$", text, re.MULTILINE | re.IGNORECASE)
        assert to is not None
        whole = to[0].strip()
        if "tag=" not in whole:
            whole += f";tag=m{id(self)}"
        contact = f"Contact: <sip:member@127.0.0.1:{self._own_port()}>"
        kind = ["Content-Type: application/sdp"] if body else []
        head = [f"SIP/2.0 {status}", *kept, whole, contact, *kind, f"Content-Length: {len(body)}"]
        return "\r\n".join(head) + "\r\n\r\n" + body


class Members(asyncio.DatagramProtocol):
    """The family's telephones, all behind the network's one port."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._calls: dict[str, Ringing] = {}
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self.rung: Callable[[Ringing], object] | None = None
        """Is told of each call as it rings."""
        self.busy: set[str] = set()
        """Numbers that are busy."""
        self.busy_once: set[str] = set()
        """Numbers that are busy when they are called next."""

    @property
    def called(self) -> list[str]:
        """The numbers that have been called, in order."""
        return [call.number for call in self._calls.values()]

    async def rings(self, number: str, nth: int = 1) -> Ringing:
        """Wait until *number* is called for the *nth* time, and return the call."""
        async with asyncio.timeout(90), self._arrived:
            while True:
                calls = [call for call in self._calls.values() if call.number == number]
                if len(calls) >= nth:
                    return calls[nth - 1]
                await self._arrived.wait()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("utf-8", "replace")
        task = asyncio.get_running_loop().create_task(self._take(text, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, text: str, addr: tuple[str, int]) -> None:
        method = text.split(" ", 1)[0]
        found = re.search(r"^Call-ID:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
        if found is None:
            return
        call = self._calls.get(found[1])
        if method == "INVITE" and call is None:
            await self._invited(text, found[1], addr)
        elif call is None:
            return
        elif method == "ACK":
            call.acknowledged.set()
        elif method in {"CANCEL", "BYE"}:
            self._send(call.reply("200 OK", request=text), addr)
            if method == "CANCEL":
                call.refuse("487 Request Terminated")
            call.ended.set()

    async def _invited(self, text: str, call_id: str, addr: tuple[str, int]) -> None:
        found = re.match(r"INVITE sip:([^@]*)@", text)
        assert found is not None
        media = await MediaPort.open(frequency=MEMBERS_TONE)
        call = Ringing(found[1], text, media, lambda said: self._send(said, addr))
        self._calls[call_id] = call
        if call.number in self.busy | self.busy_once:
            self.busy_once.discard(call.number)
            call.refuse("486 Busy Here")
        else:
            self._send(call.reply("180 Ringing"), addr)
            if self.rung is not None:
                self.rung(call)
        async with self._arrived:
            self._arrived.notify_all()

    def _send(self, text: str, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(text.encode(), addr)

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in self._calls.values():
            await call.media.close()


@asynccontextmanager
async def members_at(port: int) -> AsyncIterator[Members]:
    """The family's telephones behind 127.0.0.1:*port*."""
    loop = asyncio.get_running_loop()
    _, members = await loop.create_datagram_endpoint(Members, local_addr=("127.0.0.1", port))
    try:
        yield members
    finally:
        await members.close()
