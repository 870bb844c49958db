"""SIPp as callers and as telephones, and what they saw.

SIPp speaks SIP; the sound goes to a :class:`~callguard.demo.media.MediaPort`, whose port stands in
SIPp's SDP.
"""

import asyncio
import contextlib
import re
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

from ..free_ports import free_ports, free_row
from .media import EVENT_PAYLOAD, MediaPort

REFUSALS = (
    400, 401, 403, 404, 405, 408, 410, 415, 420, 433, 480, 481, 482, 483, 484, 486, 487, 488,
    500, 501, 502, 503, 504, 600, 603, 604, 606, 607, 608,
)  # fmt: skip
"""Answers after which a caller is told no."""

LAST_WORDS_SECONDS = 2.0
"""How long a telephone that is put away may still answer the end of its call."""

PATIENCE = 3600.0
"""Seconds after which an end hangs up that would stay on the line: never, in a test."""

_SCENARIOS = files("callguard.demo") / "scenarios"
_MESSAGE = re.compile(
    rb"-{20,} (?P<when>\d{4}-\d\d-\d\d[ \tT]+\d\d:\d\d:\d\d\.\d+)[^\n]*\n"
    rb"[^\n]* message (?P<way>sent|received)[^\n]*\n\n(?P<first>[^\r\n]*)"
)
_MEDIA = re.compile(rb"c=IN IP4 (?P<host>[\d.]+)\r?\n.*?m=audio (?P<port>\d+)", re.DOTALL)


class SippError(Exception):
    """SIPp did not run its scenario to the end; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message in SIPp's trace."""

    at: datetime
    """Aware, with microseconds."""
    sent: bool
    first_line: str

    @property
    def status(self) -> int:
        """Return the status code of a response, 0 for a request."""
        words = self.first_line.split(" ", 2)
        return int(words[1]) if words[0] == "SIP/2.0" and words[1].isdecimal() else 0


@dataclass(slots=True)
class Endpoint:
    """A running SIPp with a media port. Use as ``async with``."""

    scenario: str
    values: dict[str, str]
    arguments: tuple[str, ...]
    frequency: float
    """Tone in Hz that this end can speak; 0: none."""
    key_events: bool = True
    """Keys are pressed as events (RFC 4733); else as tones."""
    call_id: str = field(kw_only=True, default_factory=lambda: f"{uuid.uuid4()}@callguard.invalid")
    """The Call-ID of a caller's call."""
    media: MediaPort = field(init=False)
    _folder: tempfile.TemporaryDirectory[str] = field(init=False)
    _process: asyncio.subprocess.Process = field(init=False)

    async def __aenter__(self) -> Self:
        """Start SIPp."""
        self.media = await MediaPort.open(frequency=self.frequency)
        self._folder = tempfile.TemporaryDirectory(prefix="callguard-sipp-")
        text = (_SCENARIOS / f"{self.scenario}.xml").read_text(encoding="utf-8")
        events = f"a=rtpmap:{EVENT_PAYLOAD} telephone-event/8000\n" if self.key_events else ""
        payloads = f"0 {EVENT_PAYLOAD}" if self.key_events else "0"
        media = {"media_port": str(self.media.port), "payloads": payloads, "events": events}
        for name, value in {**self.values, **media}.items():
            text = text.replace("{" + name + "}", value)
        path = Path(self._folder.name) / "scenario.xml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        self._process = await asyncio.create_subprocess_exec(
            "sipp",
            *("-sf", str(path), "-i", "127.0.0.1", "-nostdin", "-timeout", "300s"),
            *("-mp", str(_unused_media_port())),
            *("-trace_msg", "-message_file", str(self._trace), "-nd", "-max_socket", "20"),
            *(() if self.scenario in {"phone", "refuser"} else ("-cid_str", self.call_id)),
            *self.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder.name,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop SIPp and close the media port."""
        if self.scenario == "phone" and any(one.status == 200 for one in self.messages()):
            # The end of its call is on the way, perhaps: unanswered, it would be repeated for half
            # a minute, to whichever telephone has the port next.
            with contextlib.suppress(ProcessLookupError, TimeoutError):
                self._process.send_signal(signal.SIGUSR1)  # ends when its calls have ended
                await asyncio.wait_for(self._process.wait(), LAST_WORDS_SECONDS)
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.communicate()
        await self.media.close()
        self._folder.cleanup()

    def vanish(self) -> None:
        """End SIPp as a power cut does: it says no more."""
        self._process.kill()

    @property
    def _trace(self) -> Path:
        return Path(self._folder.name) / "messages.log"

    def messages(self) -> list[Message]:
        """Return the SIP messages so far, in order."""
        with contextlib.suppress(FileNotFoundError):
            return [
                Message(
                    datetime.fromisoformat(found["when"].decode().replace("\t", " ")).astimezone(),
                    found["way"] == b"sent",
                    found["first"].decode("utf-8", "replace"),
                )
                for found in _MESSAGE.finditer(self._trace.read_bytes())
            ]
        return []

    def received(self) -> bytes:
        """Return the whole trace."""
        with contextlib.suppress(FileNotFoundError):
            return self._trace.read_bytes()
        return b""

    async def until(self, first_line: str, seconds: float = 40.0) -> Message:
        """Wait for a message that begins so, such as ``INVITE`` or ``SIP/2.0 180``.

        Raises:
            SippError: none came in time.

        """
        async with self._patience(seconds, f"no {first_line}"):
            while True:
                for message in self.messages():
                    if message.first_line.startswith(first_line):
                        return message
                if self._process.returncode is not None:
                    raise SippError(f"SIPp ended before {first_line}")
                await asyncio.sleep(0.01)

    def speak(self) -> None:
        """Speak this end's tone to where the other end's SDP says."""
        self.media.speak(*self._other_end())

    async def say(self, seconds: float) -> None:
        """Speak this end's tone for so long, then be silent."""
        await self.media.say(seconds, *self._other_end())

    async def press(self, keys: str, to: tuple[str, int] | None = None) -> None:
        """Press *keys*, as this end's telephone does it, in its last call or in that with *to*."""
        other = to or self._other_end()
        await self.media.press(keys, *other, in_band=not self.key_events)

    def other_ends(self) -> list[tuple[str, int]]:
        """Return where the sound goes in each call so far, host and port, the last one's last.

        Raises:
            SippError: no other end has said so yet.

        """
        found = [
            (media["host"].decode(), int(media["port"]))
            for message in re.split(rb"\n-{20,} ", self.received())
            if b"message received" in message and (media := _MEDIA.search(message))
        ]
        if not found:
            raise SippError("the other end has not said where its sound goes")
        return found

    def _other_end(self) -> tuple[str, int]:
        return self.other_ends()[-1]

    async def ended(self, seconds: float = 60.0) -> None:
        """Wait until the scenario is over.

        Raises:
            SippError: SIPp met what the scenario does not foresee, or is not done in time.

        """
        async with self._patience(seconds, "SIPp did not end"):
            _, stderr = await self._process.communicate()
        if self._process.returncode not in {0, 99}:
            said = stderr.decode(errors="replace").strip()[-500:]
            raise SippError(f"SIPp: {said}; saw {self._seen()}")

    @asynccontextmanager
    async def _patience(self, seconds: float, message: str) -> AsyncIterator[None]:
        """``asyncio.timeout`` with an error that says what did not happen, and what did."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as timeout:
            raise SippError(f"{message} within {seconds} s; saw {self._seen()}") from timeout

    def _seen(self) -> list[str]:
        return [message.first_line for message in self.messages()]


def _unused_media_port() -> int:
    """Return a port for the sound that SIPp never sends; it also takes the next but one.

    By itself SIPp begins at 6000 and gives up at 6198, which is too few for many calls at once.
    """
    return free_row(3)[0]


def _refused(codes: Iterable[int]) -> str:
    """Return the lines of a scenario that take these answers."""
    return "\n".join(
        f'  <recv response="{code}" optional="true" next="refused"/>' for code in codes
    )


def _milliseconds(seconds: float) -> str:
    return str(max(1, int(seconds * 1000)))


def caller(
    exchange: str,
    *,
    sender: str,
    headers: tuple[str, ...] = (),
    called: str = "0422990000",
    to: str = "",
    talk_seconds: float = 2.0,
    frequency: float = 0.0,
    port: int = 0,
    quits: bool = False,
    key_events: bool = True,
    patience_seconds: float = PATIENCE,
    host: str = "127.0.0.1",
) -> Endpoint:
    """Return a caller at *exchange* (host:port of Asterisk) with the From value *sender*.

    The caller hangs up ``talk_seconds`` after an answer, or ``patience_seconds`` after the last
    that was told without one; one who ``quits``, ``talk_seconds`` after the announcement or the
    ringing began. ``to`` is a URI for To, where it is another than the request's own. The call
    comes from the loopback address ``host`` and from ``port``, 0 for any.
    """
    # By itself SIPp takes the first free port from 5060 on, and that may be a telephone's.
    port = port or free_ports(1)[0]
    return Endpoint(
        "quitter" if quits else "caller",
        {
            "sender": sender,
            "headers": "".join(f"{header}\n" for header in headers),
            "called": called,
            "to": to or f"sip:{called}@[remote_ip]:[remote_port]",
            "talk_ms": _milliseconds(talk_seconds),
            "patience_ms": _milliseconds(patience_seconds),
            "refusals": _refused(REFUSALS),
            # To a call that is being given up, 481 says that it has been answered meanwhile.
            "late_refusals": _refused([code for code in REFUSALS if code not in {481, 487}]),
        },
        (exchange, "-m", "1", "-i", host, "-p", str(port)),
        frequency,
        key_events=key_events,
    )


def phone(
    port: int,
    *,
    ring_seconds: float = 0.5,
    frequency: float = 0.0,
    calls: int = 1,
    talk_seconds: float = PATIENCE,
    busy: float = 0.0,
) -> Endpoint:
    """Return a telephone at 127.0.0.1:*port* that answers *calls* calls after *ring_seconds*.

    It hangs up ``talk_seconds`` after its answer; to ``busy`` (0 to 1) of the calls it is busy.
    """
    return Endpoint(
        "phone",
        {
            "ring_ms": _milliseconds(ring_seconds),
            "talk_ms": _milliseconds(talk_seconds),
            "busy": str(busy),
        },
        ("-p", str(port), "-m", str(calls)),
        frequency,
    )


def refuser(port: int, *, calls: int = 1) -> Endpoint:
    """Return somebody at 127.0.0.1:*port* who knows none of the numbers of *calls* calls."""
    return Endpoint("refuser", {}, ("-p", str(port), "-m", str(calls)), 0.0)
