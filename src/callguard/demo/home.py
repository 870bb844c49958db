"""One home, whole: a callguard, an Asterisk beside it, and what Asterisk tells of its calls."""

import asyncio
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from ..asterisk.ami import AMIBridge, AMIEvent
from ..asterisk.carrier_site import Egress, Ingress
from ..asterisk.instance import Asterisk, find_loader
from ..asterisk.telephone import Telephone
from .sipp import PATIENCE, Endpoint, caller, phone
from .told import EVENT, ToldCarrier, ToldHousehold

LINE = "0422-99-0000"


class HomeError(Exception):
    """A part of the home did not start; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a home, all on 127.0.0.1."""

    sip: int = 5060
    phone: int = 5062
    trunk: int = 5070
    """Where calls to the network go."""
    agi: int = 4573
    http: int = 8080
    ami: int = 5038
    rtp: int = 10000
    """The first of a thousand for the sound. Asterisks beside each other need each their own: one
    that is sent a stray packet of the other's call takes it for the sound of its own."""

    @classmethod
    def from_environment(cls) -> Self:
        """Read ``CALLGUARD_DEMO_SIP_PORT``, ``…_PHONE_PORT``, ``…_AGI_PORT`` and so on.

        Raises:
            HomeError: one is not a port number.

        """
        chosen: dict[str, int] = {}
        for field in fields(cls):
            name = f"CALLGUARD_DEMO_{field.name.upper()}_PORT"
            value = os.environ.get(name, "")
            if not value:
                continue
            if not value.isdecimal() or not 0 < int(value) < 65_536:
                raise HomeError(f"{name} is {value!r}; give a port number from 1 to 65535")
            chosen[field.name] = int(value)
        return cls(**chosen)


class Channels:
    """The verdicts on calls, as Asterisk tells them, by SIP Call-ID."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Mapping[str, str]] = {}

    def receive(self, event: AMIEvent) -> None:
        """Take one event."""
        if event.headers.get("UserEvent") in {"Callguard", EVENT}:
            self._verdicts[event.headers.get("SIPCallID", "")] = {
                "CALLGUARD_CALL_ID": event.headers.get("CallID", ""),
                "CALLGUARD_ACTION": event.headers.get("Action", ""),
                "CALLGUARD_REASON": event.headers.get("Reason", ""),
                "CALLGUARD_DEFENCE": event.headers.get("Defence", ""),
            }

    async def of(self, call: Endpoint, seconds: float = 5.0) -> Mapping[str, str]:
        """Return the verdict on *call*, a caller, as channel variables.

        Waits for it; without one after *seconds*, returns nothing.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while call.call_id not in self._verdicts:
            if asyncio.get_running_loop().time() > deadline:
                return {}
            await asyncio.sleep(0.01)
        return self._verdicts[call.call_id]


class Home:
    """A home in *folder*; its parts are started one by one, or all by ``async with``."""

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        carrier: bool = False,
    ) -> None:
        """Lay out the home.

        With ``carrier`` it is a node at an exchange instead: no telephone, calls go back to the
        network.
        """
        self.folder = folder
        self.ports = ports
        self._secret = self._ami_secret()
        kept = {key: val for key, val in os.environ.items() if not key.startswith("CALLGUARD_")}
        self.environment = {
            **kept,
            "CALLGUARD_DATA": str(folder / "data"),
            "CALLGUARD_AGI_PORT": str(ports.agi),
            "CALLGUARD_HTTP_PORT": str(ports.http),
            "CALLGUARD_PORTAL_URL": f"http://localhost:{ports.http}",
            "CALLGUARD_AMI_PORT": str(ports.ami),
            "CALLGUARD_AMI_SECRET": self._secret,
            "CALLGUARD_ASTERISK_CONFIG": str(folder / "asterisk" / "etc"),
        }
        site: dict[str, Any] = {
            "folder": folder / "asterisk",
            "agi": f"127.0.0.1:{ports.agi}",
            "fallback": Path(sys.executable).parent / "callguard-agi",
            "ami_port": ports.ami,
            "ami_secret": self._secret,
            "sip_bind": f"127.0.0.1:{ports.sip}",
            "rtp_ports": (ports.rtp, ports.rtp + 999),
        }
        trunk = f"127.0.0.1:{ports.trunk}"
        self.asterisk = Asterisk(
            ToldCarrier(
                **site,
                ingresses=(
                    Ingress("home", ("127.0.0.1",)),
                    Ingress("abroad", ("127.0.0.2",), abroad=True),
                ),
                egresses=(Egress("exchange", trunk, options=False),),
            )
            if carrier
            else ToldHousehold(
                **site,
                line=LINE,
                phones=(Telephone(contact=f"127.0.0.1:{ports.phone}"),),
                trunk_contact=f"sip:{trunk}",
            ),
            find_loader(),
            self.environment,
        )
        self.channels = Channels()
        self._ami = AMIBridge(
            "127.0.0.1", ports.ami, "callguard", self._secret, self.channels.receive
        )
        self._listening: asyncio.Task[None] | None = None
        self._callguard: asyncio.subprocess.Process | None = None

    @property
    def callguard_log(self) -> Path:
        """Return the file that callguard logs to."""
        return self.folder / "callguard.log"

    @property
    def callguard_pid(self) -> int:
        """Return the process id of callguard's supervisor."""
        assert self._callguard is not None
        return self._callguard.pid

    async def __aenter__(self) -> Self:
        """Start everything."""
        try:
            await self.start_callguard()
            await self.start_asterisk()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self.stop()

    async def command(self, *arguments: str) -> str:
        """Run a callguard command in this home; return what it printed.

        Raises:
            HomeError: it failed; the message is what it said.

        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "callguard", *arguments),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        text = said.decode().strip()
        if process.returncode:
            raise HomeError(f"callguard {arguments[0]}: {text}")
        return text

    async def launch_callguard(self, *prefix: str) -> None:
        """Start callguard, behind the command *prefix* if any, and do not wait for it."""
        with self.callguard_log.open("ab") as log:
            self._callguard = await asyncio.create_subprocess_exec(
                *(*prefix, sys.executable, "-m", "callguard", "serve"),
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start_callguard(self, seconds: float = 180.0) -> None:
        """Start callguard and wait until it screens and follows the feed.

        Raises:
            HomeError: it ended, or is not ready in time.

        """
        await self.launch_callguard()
        assert self._callguard is not None
        deadline = asyncio.get_running_loop().time() + seconds
        while not await asyncio.to_thread(self._ready):
            if self._callguard.returncode is not None:
                lines = self.callguard_log.read_text(errors="replace").splitlines()
                raise HomeError((lines or ["callguard ended at once"])[-1])
            if asyncio.get_running_loop().time() > deadline:
                raise HomeError(f"callguard is not ready after {seconds:.0f} s")
            await asyncio.sleep(0.05)

    async def stop_callguard(self) -> None:
        """Stop callguard."""
        process = self._callguard
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()

    async def start_asterisk(self, *prefix: str) -> None:
        """Start Asterisk, behind the command *prefix* if any, and listen to what it tells."""
        await self.asterisk.start(*prefix)
        self._listening = asyncio.create_task(self._ami.run())
        async with asyncio.timeout(10):
            while not self._ami.connected:
                await asyncio.sleep(0.01)

    async def stop_asterisk(self) -> None:
        """Stop Asterisk."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        await self.asterisk.stop()

    async def stop(self) -> None:
        """Stop everything."""
        await self.stop_asterisk()
        await self.stop_callguard()

    async def forget_emergency(self) -> None:
        """Forget that the telephone has dialled an emergency number."""
        await self.asterisk.console("database deltree callguard-emergency")
        await self.asterisk.console("dialplan set global CALLGUARD_HELP 0")

    def caller(
        self,
        sender: str,
        *headers: str,
        called: str = "0422990000",
        to: str = "",
        talk_seconds: float = 0.5,
        frequency: float = 0.0,
        quits: bool = False,
        key_events: bool = True,
        patience_seconds: float = PATIENCE,
    ) -> Endpoint:
        """Return a caller from the network, with the From value *sender* and further *headers*."""
        return caller(
            f"127.0.0.1:{self.ports.sip}",
            sender=sender,
            headers=headers,
            called=called,
            to=to,
            talk_seconds=talk_seconds,
            frequency=frequency,
            quits=quits,
            key_events=key_events,
            patience_seconds=patience_seconds,
        )

    def dialling(
        self, number: str, *, talk_seconds: float = 0.5, patience_seconds: float = PATIENCE
    ) -> Endpoint:
        """Return the home's telephone as it dials *number*."""
        return caller(
            f"127.0.0.1:{self.ports.sip}",
            sender=f"<sip:phone@127.0.0.1:{self.ports.phone}>",
            called=number,
            talk_seconds=talk_seconds,
            patience_seconds=patience_seconds,
            port=self.ports.phone,
        )

    def phone(
        self,
        *,
        ring_seconds: float = 0.5,
        frequency: float = 0.0,
        calls: int = 1,
        talk_seconds: float = PATIENCE,
        busy: float = 0.0,
    ) -> Endpoint:
        """Return the home's telephone, which answers *calls* calls after *ring_seconds* each."""
        return phone(
            self.ports.phone,
            ring_seconds=ring_seconds,
            frequency=frequency,
            calls=calls,
            talk_seconds=talk_seconds,
            busy=busy,
        )

    def network(self, *, ring_seconds: float = 0.1, calls: int = 1) -> Endpoint:
        """Return somebody in the network, who answers *calls* calls from the home."""
        return phone(self.ports.trunk, ring_seconds=ring_seconds, calls=calls)

    def parts(self) -> dict[str, Any]:
        """Return what callguard says of its parts at ``/readyz``; nothing while it is not up.

        Waits for the answer: not to be called in an event loop.
        """
        address = f"http://127.0.0.1:{self.ports.http}/readyz"
        try:
            with urllib.request.urlopen(address, timeout=2) as response:
                return dict(json.load(response)["parts"])
        except (OSError, urllib.error.URLError, ValueError):
            return {}

    def _ready(self) -> bool:
        parts = self.parts()
        return bool(parts and parts["feed"]["ok"])

    def _ami_secret(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "ami.secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
        return path.read_text()
