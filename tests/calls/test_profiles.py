"""A home on each kind of line, laid out by ``callguard household render`` and called for real.

What the line comes out of is a stand-in (``stand_in.py``) that asks for registration, the
telephones are baresip, and everybody else in the network is SIPp.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from callguard.asterisk.adapter import read_adapter
from callguard.asterisk.adapter_site import household_site
from callguard.asterisk.instance import Asterisk, find_loader
from callguard.demo.home import LINE, Home
from callguard.demo.recognise import recognise
from callguard.demo.sipp import Endpoint, SippError, caller, phone
from callguard.free_ports import free_row
from callguard.settings import load

from . import stand_in
from .baresip import Baresip
from .conftest import FreePorts, ports

PASSWORDS = {"living": "living-secret-1", "kitchen": "kitchen-secret-1"}
WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'
DAUGHTER = "<sip:0422990001@trunk.invalid>"

LINES = {
    "hgw": {"user": stand_in.EXTENSION},
    "provider": {"user": stand_in.PROVIDER},
    "ngn": {"domain": "ngn.example.jp"},
    "fxo": {},
}
SPOKEN_TO = ("hgw", "fxo")
"""Where a refused caller is listened to: before an answer, and after one."""


@dataclass
class World:
    """A home, what its line comes out of, and the ports of whoever is beyond that."""

    home: Home
    gateway: Asterisk
    server: str
    calling: int
    called: int
    network_address: str
    """An address of this machine at which port 5060 is free."""
    kind: str = ""

    async def lay_out(self, kind: str) -> None:
        """Write the home's files for this kind of line, and start its Asterisk."""
        address = "127.0.0.3" if kind == "fxo" else "127.0.0.1"
        values = {
            "line": LINE,
            "gateway": kind,
            "server": self.server,
            "sip_bind": f"{address}:{self.home.ports.sip}",
            "rtp_ports": f"{self.home.ports.rtp}-{self.home.ports.rtp + 299}",
            **LINES[kind],
        }
        if kind in {"hgw", "provider"}:
            values["secret_file"] = self._secret("gateway", stand_in.SECRET)
        if kind == "ngn":
            values["network_bind"] = f"{self.network_address}:5060"
        text = "[household]\n" + "".join(f'{name} = "{text}"\n' for name, text in values.items())
        for name, secret in PASSWORDS.items():
            file = self._secret(name, secret)
            text += f'[[household.phones]]\nname = "{name}"\nsecret_file = "{file}"\n'
        settings = self.home.folder / "callguard.toml"
        settings.write_text(text)
        self.home.environment["CALLGUARD_CONFIG"] = str(settings)
        await self.home.command("household", "render")
        environ = self.home.environment
        site = household_site(read_adapter(environ), load(environ))
        self.home.asterisk = Asterisk(site, find_loader(), environ)
        await self.home.start_asterisk()
        self.kind = kind

    async def registered(self) -> None:
        """Wait until the home has registered, if it is to.

        A try that nobody answers takes half a minute, and the next comes 20 s later.
        """
        async with asyncio.timeout(150):
            while True:
                said = await self.home.asterisk.console("pjsip show registrations")
                if self.kind == "fxo" or " Registered" in said:
                    break
                await asyncio.sleep(0.1)

    async def has_registered(self, telephone: Baresip) -> bool:
        """Tell whether the home would ring *telephone*."""
        contacts = await self.home.asterisk.console("pjsip show aor " + telephone.name)
        return f"@127.0.0.1:{telephone.port}" in contacts

    async def until_registered(self, telephone: Baresip) -> None:
        """Wait until the home would ring *telephone*."""
        async with asyncio.timeout(60):
            while not await self.has_registered(telephone):
                await asyncio.sleep(0.1)

    def telephone(self, name: str, secret: str = "", *, answers: bool = True) -> Baresip:
        """Return one of the home's telephones."""
        sip, _, control = free_row(3)  # baresip listens for TLS on the port beside its SIP port
        return Baresip(
            self.home.asterisk.site.sip_bind,
            name,
            secret or PASSWORDS[name],
            ports=(sip, control),
            answers=answers,
        )

    def caller(self, sender: str, talk_seconds: float = 0.5) -> Endpoint:
        """Return somebody in the network who calls the home."""
        return caller(
            self.server,
            sender=sender,
            called=self.kind,
            talk_seconds=talk_seconds,
            port=self.calling,
        )

    def network(self) -> Endpoint:
        """Return somebody in the network whom the home calls."""
        return phone(self.called, ring_seconds=0.1)

    def _secret(self, name: str, secret: str) -> str:
        path = self.home.folder / f"{name}.secret"
        path.touch(mode=0o600)
        path.write_text(f"{secret}\n")
        return str(path)


def free_address() -> str:
    """Return an address of this machine at which nobody has the port 5060."""
    for number in range(1, 250):
        address = f"127.64.{os.getpid() % 250}.{number}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            try:
                one.bind((address, 5060))
            except OSError:
                continue
            return address
    raise OSError("port 5060 is taken everywhere")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(
    tmp_path_factory: pytest.TempPathFactory, free_ports: FreePorts
) -> AsyncIterator[World]:
    """A home whose Asterisk is not started yet, and what its line comes out of."""
    home = Home(tmp_path_factory.mktemp("home"), ports(free_ports))
    await home.command("household", "add", "--line", LINE, "--name", "Home", "--consent")
    await home.command("allow", "--line", LINE, "0422-99-0001", "--name", "daughter")
    server, calling, called = free_ports(3)
    (ami,) = free_ports(1)
    gateway = stand_in.gateway(
        tmp_path_factory.mktemp("gateway"),
        port=server,
        ami=ami,
        calling=calling,
        called=called,
        fxo_home=f"127.0.0.3:{home.ports.sip}",
        rtp=home.ports.rtp + 500,
    )
    world = World(
        home,
        gateway,
        f"{stand_in.ADDRESS}:{server}",
        calling,
        called,
        free_address(),
    )
    try:
        async with gateway:
            await home.start_callguard()
            yield world
    finally:
        await home.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=list(LINES))
async def line(world: World, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The home, up on one kind of line."""
    await world.lay_out(request.param)
    try:
        yield world
    finally:
        await world.home.forget_emergency()
        await world.home.stop_asterisk()


async def test_calls_come_in_and_go_out_and_all_telephones_ring(line: World) -> None:
    async with (
        line.telephone("living") as living,
        line.telephone("kitchen", answers=False) as kitchen,
    ):
        await line.registered()
        for telephone in (living, kitchen):
            await line.until_registered(telephone)
        assert "answered" in await line.home.command("household", "ring")
        await living.until("CALL_CLOSED")
        # The daughter's number, with a subaddress behind it and without a name before it.
        async with line.caller(DAUGHTER, talk_seconds=50.0) as daughter:
            await kitchen.until("CALL_INCOMING")
            await living.until("CALL_ESTABLISHED")
            await kitchen.until("CALL_CLOSED")
            async with asyncio.timeout(30):
                while daughter.media.heard().tone(400.0) < 0.5:
                    daughter.media.forget()
                    await asyncio.sleep(0.2)
            await living.hang_up()
            await daughter.ended()
        if line.kind in SPOKEN_TO:
            async with line.caller(WITHHELD, talk_seconds=50.0) as stranger:
                await stranger.ended()
                heard = await asyncio.to_thread(recognise, stranger.media.heard())
                assert heard.prompt == "refused-withheld"
            assert not [event for event in living.events if event["type"] == "CALL_INCOMING"]
        for number, called in (
            ("119", "119"),
            ("0422990001", "0422990001"),
            ("%239110", "%239110"),
        ):
            async with line.network() as network:
                await living.dial(number)
                await network.until("ACK")
                await living.hang_up()
                await network.ended()
                assert f"INVITE sip:{called}@".encode() in network.received()
            await living.until("CALL_CLOSED")


async def test_who_calls_himself_by_a_name_of_ours_is_not_taken_for_it(line: World) -> None:
    exchange = line.home.asterisk.site.sip_bind
    for name in ("trunk", "living"):
        # From an address that is not the line's.
        async with caller(exchange, sender=f"<sip:{name}@trunk.invalid>", called="119") as stranger:
            with contextlib.suppress(SippError):
                await stranger.ended()
            answers = {message.status for message in stranger.messages() if message.status}
        assert answers == {401}


async def test_a_telephone_with_a_wrong_password_neither_registers_nor_dials(line: World) -> None:
    async with line.telephone("living", "living-secret-2") as intruder, line.network() as network:
        await intruder.dial("119")
        closed = await intruder.until("CALL_CLOSED")
        assert "401" in closed["param"]
        assert b"INVITE" not in network.received()
        assert not await line.has_registered(intruder)
