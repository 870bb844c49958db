"""The household demo: one home, one police source, six sample calls; what ``script/up`` runs."""

import asyncio
import json
import signal
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..feed.trust_store import TrustStore
from .home import LINE, Home, Ports
from .recognise import recognise
from .sipp import Endpoint, SippError

SOURCE = "demo-police"


@dataclass(frozen=True, slots=True)
class SampleCall:
    """One of the six calls."""

    who: str
    sender: str
    """The From header."""
    shown: str = ""
    """What the telephone's display gets as the caller's number, if it rings."""


SAMPLES = (
    SampleCall("withheld (非通知)", '"Anonymous" <sip:anonymous@anonymous.invalid>'),
    SampleCall(
        "payphone (公衆電話)",
        '"Coin line/payphone" <sip:anonymous@anonymous.invalid>',
        "anonymous",
    ),
    SampleCall("overseas +1 202-555-0123", "<sip:+12025550123@trunk.invalid>"),
    SampleCall("listed 0422-99-0110", "<sip:0422990110@trunk.invalid>"),
    SampleCall("unknown 0422-99-0199", "<sip:0422990199@trunk.invalid>", "0422990199"),
    SampleCall("allowlisted 0422-99-0001", "<sip:0422990001@trunk.invalid>", "0422990001"),
)


async def run(folder: Path, ports: Ports, *, month: bool = False) -> None:
    """Start everything in *folder*, place the sample calls, stay up until told to stop.

    With *month* the family's pages have a month of calls before these.
    """
    began = time.monotonic()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    home = Home(folder, ports)
    await _sign_up(home, month=month)
    await _trust_police_source(home)
    async with home:
        await _publish(home)
        _say(f"up after {time.monotonic() - began:.1f} s; six sample calls to {LINE}:\n")
        calls = asyncio.create_task(_place_sample_calls(home))
        await asyncio.wait([calls, told := asyncio.create_task(stopped.wait())],
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        if calls.done():
            await calls
            _say(
                f"\nStill up: call {LINE} at sip:127.0.0.1:{ports.sip} (UDP); the telephone is a "
                f"SIP contact at 127.0.0.1:{ports.phone};\n"
                f"health: http://127.0.0.1:{ports.http}/readyz; "
                f"logs: {home.callguard_log.name} and asterisk/log/messages in {folder}. "
                "Ctrl-C stops."
            )
            _say(f"\n{await _way_in(home)}")
            (folder / "ready").touch()
        calls.cancel()
        await asyncio.gather(calls, told, return_exceptions=True)
    (folder / "ready").unlink(missing_ok=True)
    _say("stopped")


def _say(text: str) -> None:
    print(text, flush=True)


async def _sign_up(home: Home, *, month: bool) -> None:
    """Sign up the household, the first time; with *month* it has had a month of calls."""
    known = LINE in await home.command("household", "list")
    if not known:
        named = ("--line", LINE, "--name", "Demo household")
        await home.command("household", "add", *named, "--demo", "--consent")
    if month:
        await home.command("demo", "fill", "--line", LINE, "--again")
    if not known:
        for number, name in (("0422-99-0001", "daughter"), ("0422-99-0002", "doctor")):
            await home.command("allow", "--line", LINE, number, "--name", name)


async def _way_in(home: Home) -> str:
    """Say how to get into the family's pages: by an invitation, until somebody has joined."""
    pages = home.environment["CALLGUARD_PORTAL_URL"]
    people = json.loads(await home.command("people", "list", "--line", LINE, "--json"))
    if people["people"]:
        return f"The family's pages: {pages}/"
    invited = await home.command("people", "invite", "--line", LINE, "--name", "Demo family")
    link = invited.splitlines()[0]
    return f"The family's pages, by an invitation that lets one person in:\n{link}"


async def _trust_police_source(home: Home) -> None:
    """Make the police source's key and a root that vouches for it, and have the home trust it."""
    if TrustStore(home.folder / "data" / "trust").path.exists():
        return
    root, root_key, key, public = (
        home.folder / name
        for name in ("root.json", "root.key.json", "police.key.json", "police.public.json")
    )
    for file in (root, root_key, key, public, *home.folder.glob("root.*.json")):
        file.unlink(missing_ok=True)  # left by a start that was interrupted
    await home.command("trust", "keygen", "--key", str(root_key))
    await home.command(
        "feed", "keygen", "--source", SOURCE, "--key", str(key), "--public", str(public)
    )
    signed = ("--root-key", str(root_key))
    await home.command("trust", "init", *signed, "--out", str(root))
    await home.command("trust", "add-source", str(root), str(public), *signed)
    await home.command("trust", "install", str(root))


async def _publish(home: Home) -> None:
    """Publish the demo list, the first time, and wait until the home has it."""

    async def listed() -> bool:
        lists = json.loads(await home.command("feed", "status", "--json"))
        return bool(lists.get(SOURCE, {}).get("numbers"))

    if await listed():
        return
    key = str(home.folder / "police.key.json")
    await home.command(
        *("feed", "publish", "--key", key, "--category", "fake-police", "--reference", "demo-1"),
        *("0422-99-0110", "050-9999-0000..050-9999-0099"),
    )
    async with asyncio.timeout(10):
        while not await listed():
            await asyncio.sleep(0.05)


_COLUMNS = (
    ("caller", 26), ("verdict", 9), ("reason", 17), ("the caller heard", 26),
    ("SIP answer", 25), ("rang", 5), ("verdict after", 0),
)  # fmt: skip


def _row(cells: Sequence[str]) -> str:
    return "".join(_cell(text, width) for text, (_, width) in zip(cells, _COLUMNS, strict=True))


def _cell(text: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return text + " " * max(1, width - len(text) - wide)


async def _place_sample_calls(home: Home) -> None:
    """Place all six calls at once and print a row for each, in the order in which they end."""
    _say(_row([title for title, _ in _COLUMNS]).rstrip())
    ringing = sum(1 for sample in SAMPLES if sample.shown)
    async with home.phone(calls=ringing, ring_seconds=1.0) as telephone:

        async def place(sample: SampleCall) -> None:
            _say(_row(await _place(home, sample, telephone)).rstrip())

        async with asyncio.TaskGroup() as group:
            for sample in SAMPLES:
                group.create_task(place(sample))


async def _place(home: Home, sample: SampleCall, telephone: Endpoint) -> Sequence[str]:
    async with home.caller(sample.sender) as call:
        fault = ""
        try:
            await call.ended()
        except SippError as error:
            fault = str(error).splitlines()[0]
        messages = call.messages()
        sound = call.media.heard()
    heard = await asyncio.to_thread(recognise, sound)
    invite = next((message for message in messages if message.sent), None)
    first = next((message for message in messages if message.status > 100), None)
    final = next((message for message in messages if message.status >= 200), None)
    rang = bool(sample.shown) and f"<sip:{sample.shown}@".encode() in telephone.received()
    variables = await home.channels.of(call)
    return (
        sample.who,
        variables.get("CALLGUARD_ACTION", "?"),
        variables.get("CALLGUARD_REASON", "?"),
        f"{heard.prompt} {heard.seconds:.1f} s" if heard.prompt else "nothing",
        final.first_line.removeprefix("SIP/2.0 ") if final else fault,
        "yes" if rang else "no",
        f"{(first.at - invite.at).total_seconds() * 1000:.0f} ms" if invite and first else "",
    )
