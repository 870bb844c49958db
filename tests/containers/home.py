"""The home adapter's compose file: signed up by ``callguard init``, and called through its line."""

import asyncio
import os
import tempfile
from pathlib import Path
from socket import SO_REUSEADDR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, socket

from callguard.demo.sipp import Endpoint, caller
from callguard.free_ports import free_row

from ..calls.baresip import Baresip
from .compose import Compose, ComposeError, podman, say

LINE = "0422-99-0000"
SIP = "127.0.0.1:5060"
GATEWAY = "127.0.0.3"
"""What the line comes out of: a home gateway, played by SIPp."""
USER = 990
"""Of the images."""
CALLS = (
    ("number withheld", '"Anonymous" <sip:anonymous@anonymous.invalid>', 433, False),
    ("overseas number", "<sip:+12025550123@gateway.invalid>", 603, False),
    ("somebody unknown", "<sip:0422980777@gateway.invalid>", 200, True),
)
"""What calls, the final answer, and whether the telephone rings."""


async def try_home() -> bool:
    """Set a home up and call it; tell whether every call ended as it should.

    Raises:
        ComposeError: a port is taken that the home takes, or a part does not start.

    """
    _look_for_room()
    async with Compose("docker-compose.yml") as compose:
        with tempfile.TemporaryDirectory(prefix="callguard-containers-") as folder:
            secret = Path(folder) / "line.secret"
            secret.touch(mode=0o600)
            secret.write_text("a-secret-of-the-line\n", encoding="ascii")
            os.chown(secret, USER, USER)
            said = await compose.run(
                "asterisk",
                *("callguard", "init", "--yes", "--line", LINE, "--name", "A home"),
                *("--gateway", "hgw", "--server", GATEWAY, "--user", "3"),
                *("--secret-file", "/tmp/line.secret", "--sip-bind", SIP, "--phone", "living"),
                *("--consent", "the subscriber", "--language", "en"),
                volume=f"{secret}:/tmp/line.secret:ro",
            )
        say("  callguard init:  " + said.strip().splitlines()[0])
        await compose.up()
        await compose.until_healthy("callguard", "asterisk")
        say("  callguard and asterisk are well")
        password = await compose.exec("asterisk", "cat", "/etc/callguard/secrets/phone-living")
        sip, _, control = free_row(3)  # baresip listens for TLS on the port beside its SIP port
        phone = Baresip(SIP, "living", password.strip(), ports=(sip, control))
        async with phone:
            await _registered(compose, sip)
            good = await _calls(phone, "  everything runs")
            await podman("kill", compose.container("callguard"))
            good &= await _calls(phone, "  callguard is killed")
    return good


def _look_for_room() -> None:
    """See that nobody has the ports: the home takes those that a home takes, on this machine."""
    for kind, port in ((SOCK_DGRAM, 5060), *((SOCK_STREAM, one) for one in (4573, 5038, 8080))):
        with socket(type=kind) as tried:
            tried.setsockopt(SOL_SOCKET, SO_REUSEADDR, kind == SOCK_STREAM)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError as error:
                raise ComposeError(
                    f"port {port}: {error.strerror}; script/down ends a demo that has it"
                ) from None


async def _registered(compose: Compose, port: int) -> None:
    console = ("asterisk", "-C", "/var/lib/callguard/asterisk/etc/asterisk.conf", "-rx")
    for _ in range(200):
        if f"@127.0.0.1:{port}" in await compose.exec(
            "asterisk", *console, "pjsip show aor living"
        ):
            return
        await asyncio.sleep(0.1)
    raise ComposeError("the telephone does not register")


async def _calls(phone: Baresip, title: str) -> bool:
    say(title)
    good = True
    for what, sender, status, rings in CALLS:
        before = _rung(phone)
        async with _caller(sender) as call:
            await call.ended()
            answers = [one.status for one in call.messages() if not one.sent]
        rang = _rung(phone) > before
        final = next(status for status in answers if status >= 200)
        good &= (final, rang) == (status, rings)
        heard = "the telephone rang" if rang else "the telephone stayed silent"
        say(f"    {what:<20}{final}, should be {status}; {heard}")
    return good


def _caller(sender: str) -> Endpoint:
    return caller(SIP, sender=sender, called="3", talk_seconds=1.0, host=GATEWAY)


def _rung(phone: Baresip) -> int:
    """Return how many calls it has answered, which it does at the first ring."""
    return sum(event.get("type") == "CALL_ESTABLISHED" for event in phone.events)
