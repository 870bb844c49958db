"""``script/bench calls``: refused calls a second through a real Asterisk, screened or not.

One Asterisk, three ways to refuse the same call, told apart by the caller's address:

- ``callguard``: its own dialplan and daemon, from the trunk's context on;
- ``astdb``: a plain dialplan that looks the caller up in AstDB (DB_EXISTS);
- ``plain``: no look-up at all.

All three end in the same announcement and refusal, ``callguard-act``, with 20 ms of silence in place
of the announcement, so that the exchange is measured and not the playing.
"""

import asyncio
import contextlib
import csv
import secrets
import shutil
import socket
import sqlite3
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from callguard.asterisk.site import HouseholdSite
from callguard.demo.asterisk import Asterisk, find_loader
from callguard.prompts import audio_folder

from .node import BenchError, Node, free_ports, temporary_folder
from .report import Report, Target
from .traffic import LINES, Traffic

TARGETS = {"ratio_astdb": Target(at_least=0.8)}

VARIANTS = {"callguard": "127.0.0.1", "astdb": "127.0.0.2", "plain": "127.0.0.3"}
"""Each variant's caller, by the address that it calls from."""

CALLER = "09000000000"
"""The withheld number, which the network asserts; nobody can have it."""
USERS = 120
"""Calls in progress at any time: enough to keep both cores busy, few enough that none is late."""
LIGHT_RATE = 20
"""Calls a second of the rounds that measure the delay alone."""
WARM_UP = 1
"""Seconds of each round that do not count."""

_DIALPLAN = """
[bench-astdb]
exten => _[+0-9a-zA-Z*#]!,1,Goto(s,1)
exten => s,1,GotoIf($[${DB_EXISTS(bench-list/${CALLERID(num)})} = 0]?free)
 same => n,Set(CALLGUARD_PROMPT=refused-withheld)
 same => n,Set(CALLGUARD_SIP_CODE=433)
 same => n,Goto(callguard-act,reject,1)
 same => n(free),Hangup(21)

[bench-plain]
exten => _[+0-9a-zA-Z*#]!,1,Goto(s,1)
exten => s,1,Set(CALLGUARD_PROMPT=refused-withheld)
 same => n,Set(CALLGUARD_SIP_CODE=433)
 same => n,Goto(callguard-act,reject,1)
"""

_ENDPOINT = """
[bench-{variant}]
type=endpoint
context=bench-{variant}
disallow=all
allow=ulaw
direct_media=no
trust_id_inbound=yes
send_pai=no
rtp_symmetric=yes
send_rpid=no

[bench-{variant}]
type=identify
endpoint=bench-{variant}
match={address}
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What SIPp saw in one round."""

    refused_per_s: float
    failed: int
    retransmissions: int
    delays_ms: list[float]
    """INVITE to 183, one a call."""


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    if shutil.which("sipp") is None:
        raise BenchError("there is no sipp on PATH; script/up installs it")
    return asyncio.run(_run(quick=quick))


async def _run(*, quick: bool) -> Report:
    report = Report("calls", targets=TARGETS)
    traffic = Traffic(20_000 if quick else 1_000_000)
    rounds, seconds, users = (1, 2, 10) if quick else (3, 6, USERS)
    loaded: dict[str, list[Round]] = {variant: [] for variant in VARIANTS}
    light: dict[str, list[Round]] = {variant: [] for variant in VARIANTS}
    with temporary_folder() as folder, _sink() as sink:
        node, asterisk, exchange = _lay_out(folder, traffic)
        async with asterisk:
            version = (await asterisk.console("core show version")).split(" built")[0].strip()
            for _ in range(rounds):
                for variant in VARIANTS:
                    # callguard runs in its own rounds only: its AMI connection costs Asterisk
                    # something on every call, and the others are to be as if it did not exist.
                    screening = node.running(ami=True) if variant == "callguard" else _nothing()
                    with screening:
                        caller = Caller(folder, variant, exchange, sink)
                        light[variant].append(await caller.call(2, "-r", str(LIGHT_RATE)))
                        loaded[variant].append(await caller.call(seconds, "-users", str(users)))
        undecided = asterisk.log.read_text(errors="replace").count("callguard gave no verdict")
        refused = node.log.read_text(errors="replace").count(": reject, withheld")
    if not refused:
        raise BenchError("callguard screened none of its calls")
    _fill(report, loaded, light, undecided)
    report.notes = {"asterisk": version}
    return report


def _fill(
    report: Report,
    loaded: dict[str, list[Round]],
    light: dict[str, list[Round]],
    undecided: int,
) -> None:
    rates = {
        variant: [round(one.refused_per_s, 1) for one in rounds]
        for variant, rounds in loaded.items()
    }
    every = [one for rounds in (*loaded.values(), *light.values()) for one in rounds]
    middle = {variant: median(values) for variant, values in rates.items()}
    report.figures = {
        **{f"{variant}_calls_per_s": round(value, 1) for variant, value in middle.items()},
        "ratio_astdb": round(middle["callguard"] / middle["astdb"], 3),
        "ratio_plain": round(middle["callguard"] / middle["plain"], 3),
        **_delays("light", light),
        **_delays("loaded", loaded),
        "failed": sum(one.failed for one in every),
        "retransmissions": sum(one.retransmissions for one in every),
        "without_daemon": undecided,
    }
    report.rounds = rates


def _delays(name: str, results: dict[str, list[Round]]) -> dict[str, float]:
    middle = {
        variant: median([delay for one in rounds for delay in one.delays_ms] or [0.0])
        for variant, rounds in results.items()
    }
    delays = {f"{variant}_{name}_183_ms": round(value, 2) for variant, value in middle.items()}
    return {**delays, f"added_{name}_183_ms": round(middle["callguard"] - middle["plain"], 2)}


def _lay_out(folder: Path, traffic: Traffic) -> tuple[Node, Asterisk, str]:
    """Write callguard's data and the whole configuration of the Asterisk."""
    (ami,) = free_ports(1)
    sip, phone = free_ports(2, socket.SOCK_DGRAM)
    secret = secrets.token_urlsafe(24)
    node = Node.lay_out(folder, traffic, CALLGUARD_AMI_PORT=str(ami), CALLGUARD_AMI_SECRET=secret)
    site = HouseholdSite(
        folder=folder / "asterisk",
        line=LINES[0],
        agi=f"127.0.0.1:{node.agi_port}",
        fallback=Path(sys.executable).parent / "callguard-agi",
        ami_port=ami,
        ami_secret=secret,
        sip_bind=f"127.0.0.1:{sip}",
        phone=f"127.0.0.1:{phone}",
        trunk_match=VARIANTS["callguard"],
        rtp_ports=(20_000, 21_999),
        sounds=_silence(folder / "sounds"),
    )
    asterisk = Asterisk(site, find_loader(), {"CALLGUARD_DATA": str(folder / "data")})
    etc = site.folder / "etc"
    (etc / "bench-extensions.conf").write_text(_DIALPLAN)
    endpoints = [
        _ENDPOINT.format(variant=variant, address=address)
        for variant, address in VARIANTS.items()
        if variant != "callguard"
    ]
    (etc / "bench-pjsip.conf").write_text("".join(endpoints))
    for name in ("extensions.conf", "pjsip.conf"):
        with (etc / name).open("a") as file:
            file.write(f"\n#include bench-{name}\n")
    _fill_astdb(site.folder / "lib" / "astdb.sqlite3", traffic)
    return node, asterisk, f"127.0.0.1:{sip}"


def _silence(folder: Path) -> Path:
    """Make announcements of 20 ms of silence under the real ones' names."""
    (folder / "ja").mkdir(parents=True)
    for announcement in (audio_folder() / "ja").glob("*.wav"):
        with wave.open(str(folder / "ja" / announcement.name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(320))
    return folder


def _fill_astdb(path: Path, traffic: Traffic) -> None:
    """Write the police list into AstDB, and the one caller of this bench."""
    connection = sqlite3.connect(path)
    with contextlib.closing(connection), connection:
        connection.execute(
            "CREATE TABLE astdb (key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key))"
        )
        keys = ((f"/bench-list/{one}", "1") for one in (CALLER, *traffic.listed_numbers()))
        connection.executemany("INSERT INTO astdb VALUES (?, ?)", keys)


class Caller:
    """SIPp, calling from one variant's address."""

    def __init__(self, folder: Path, variant: str, exchange: str, sink: int) -> None:
        self._folder = folder / f"sipp-{variant}"
        self._folder.mkdir(exist_ok=True)
        (port,) = free_ports(1, socket.SOCK_DGRAM)
        self._arguments = (
            *("-sf", str(Path(__file__).parent / "scenarios" / "refused.xml")),
            *("-i", VARIANTS[variant], "-p", str(port), "-key", "sink", str(sink)),
            *("-key", "caller", CALLER),
            *("-nostdin", "-nd", "-trace_stat", "-fd", "1", "-stf", "stat.csv"),
            *("-trace_rtt", "-rtt_freq", "1", "-max_socket", "20", exchange),
        )

    async def call(self, seconds: int, *arguments: str) -> Round:
        """Call for *seconds*, with SIPp's further *arguments*."""
        for old in self._folder.iterdir():
            old.unlink()
        process = await asyncio.create_subprocess_exec(
            *("sipp", *self._arguments, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
        )
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WARM_UP + seconds + 0.5):
                    await process.wait()
            if process.returncode is not None:
                said = (await process.communicate())[1].decode(errors="replace").strip()
                raise BenchError(f"SIPp ended at once: {said[-300:]}")
            return self._read(seconds)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    def _read(self, seconds: int) -> Round:
        with (self._folder / "stat.csv").open() as file:
            lines = list(csv.DictReader(file, delimiter=";"))
        if len(lines) < 2 or not int(lines[-1]["SuccessfulCall(C)"]):
            raise BenchError("SIPp completed no call")
        elapsed = [_seconds(line["ElapsedTime(C)"]) for line in lines]
        first = next(place for place, at in enumerate(elapsed) if at >= WARM_UP)
        done = [int(line["SuccessfulCall(C)"]) for line in lines]
        delays = []
        for path in self._folder.glob("*_rtt.csv"):
            with path.open() as file:
                rows = csv.reader(file, delimiter=";")
                next(rows)
                delays += [float(row[1]) for row in rows if len(row) >= 3]
        return Round(
            (done[-1] - done[first]) / (elapsed[-1] - elapsed[first]),
            int(lines[-1]["FailedCall(C)"]),
            int(lines[-1]["Retransmissions(C)"]),
            delays,
        )


def _seconds(text: str) -> float:
    """Read SIPp's ``00:00:06.012``, or ``00:00:06:012000``."""
    hours, minutes, rest = text.split(":", 2)
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(":", "."))


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    """Yield the port of a socket that early media may go to; nobody listens to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        yield sink.getsockname()[1]


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield
