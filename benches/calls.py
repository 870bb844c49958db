"""``script/bench calls``: refused calls a second through a real Asterisk, screened or not.

One Asterisk, three ways to refuse the same call, told apart by the caller's address:

- ``callguard``: its own dialplan and daemon, from the trunk's context on;
- ``astdb``: a plain dialplan that looks the caller up in AstDB (DB_EXISTS);
- ``plain``: no look-up at all.

All three end in the same announcement and refusal, ``callguard-act``, with 20 ms of silence in
place of the announcement, so that the exchange is measured and not the playing.
"""

import asyncio
import contextlib
import csv
import secrets
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from callguard.asterisk.instance import Asterisk, find_loader
from callguard.asterisk.site import HouseholdSite
from callguard.asterisk.telephone import Telephone
from callguard.demo.silence import silent_sounds
from callguard.free_ports import free_ports
from callguard.prompts import audio_folder

from .call_delay import DIALPLAN as RINGING_DIALPLAN
from .call_delay import Place, Ringing, Way, figures
from .call_media import talk
from .node import BenchError, Node, cpu_seconds, temporary_folder
from .report import Report, Target
from .sipp import SCENARIOS, TRACE, delays_ms
from .traffic import LINES, Traffic

TARGETS = {
    "ratio_astdb": Target(at_least=0.8),
    "added_ringing_ms": Target(at_most=30),
    "media_loss_percent": Target(at_most=0.1),
}

VARIANTS = {"callguard": "127.0.0.1", "astdb": "127.0.0.2", "plain": "127.0.0.3"}
"""Each variant's caller, by the address that it calls from."""
PLAIN_DIAL, PLAIN_OUT = "127.0.0.4", "127.0.0.5"
"""From where calls are dialled to the telephone, and from the telephone, by nothing but Dial()."""

CALLER = "09000000000"
"""The withheld number, which the network asserts; nobody can have it."""
RECORDED = LINES[1]
"""The line whose household has its warned calls recorded."""
LEVELS = (160, 320)
"""Calls in progress at any time. A call lasts 0.22 s, so the first level lets through at most 720
calls a second; the second is enough for the quickest way to refuse, and overload for a slow one.
Each variant counts at the level that suits it better."""
LIGHT_RATE = 20
"""Calls a second of the rounds that measure the delay alone."""
WARM_UP = 1
"""Seconds of each round that do not count."""
DRAIN = 4
"""Seconds for the last calls of a round to end."""

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
[bench-{name}]
type=endpoint
context=bench-{name}
disallow=all
allow=ulaw
direct_media=no
trust_id_inbound=yes
send_pai=no
rtp_symmetric=yes
send_rpid=no

[bench-{name}]
type=identify
endpoint=bench-{name}
match={address}
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What SIPp saw in one round, and what it cost Asterisk."""

    refused_per_s: float
    failed: int
    retransmissions: int
    delays_ms: list[float]
    """INVITE to 183, one a call."""
    asterisk_cpu_ms: float
    """Processor time of Asterisk for each call."""


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    if shutil.which("sipp") is None:
        raise BenchError("there is no sipp on PATH; script/up installs it")
    return asyncio.run(_run(quick=quick))


async def _run(*, quick: bool) -> Report:
    report = Report("calls", targets=TARGETS)
    traffic = Traffic(20_000 if quick else 1_000_000)
    with temporary_folder() as folder, early_media_sink() as sink:
        bench = _lay_out(folder, traffic, sink)
        asterisk = bench.asterisk
        async with asterisk:
            version = (await asterisk.console("core show version")).split(" built")[0].strip()
            # More than a home would announce to at once: none is refused without.
            await asterisk.console("dialplan set global CALLGUARD_ANNOUNCEMENTS 1000")
            loaded, light = await _refused(bench, quick=quick)
            ringing = await _ringing(bench, quick=quick)
            media = await _media(bench, quick=quick)
        undecided = asterisk.log.read_text(errors="replace").count("callguard gave no verdict")
        refused = bench.node.log.read_text(errors="replace").count(": reject, withheld")
    if not refused:
        raise BenchError("callguard screened none of its calls")
    _fill(report, loaded, light, undecided)
    report.figures |= figures(ringing) | media
    report.rounds |= {
        f"{name}, ms": [round(median(one), 2) for one in rounds] for name, rounds in ringing.items()
    }
    report.notes = {"asterisk": version.removeprefix("Asterisk ")}
    return report


async def _refused(
    bench: "Bench", *, quick: bool
) -> tuple[dict[str, dict[int, list[Round]]], dict[str, Round]]:
    """Have calls refused; return each variant's rounds by level, and one with few calls."""
    rounds, seconds, levels = (1, 2, (10,)) if quick else (3, 2, LEVELS)
    loaded: dict[str, dict[int, list[Round]]] = {variant: {} for variant in VARIANTS}
    light: dict[str, Round] = {}
    for _ in range(rounds):
        for variant in VARIANTS:
            # callguard runs in its own rounds only: its AMI connection costs Asterisk
            # something on every call, and the others are to be as if it did not exist.
            screening = bench.node.running(ami=True) if variant == "callguard" else _nothing()
            caller = Caller(bench, variant)
            with screening:
                if variant not in light:
                    light[variant] = await caller.call(2, "-r", str(LIGHT_RATE), *TRACE)
                for users in levels:
                    # Faster than any call ends, and not all at once, or they would come
                    # in waves: the number of calls in progress is what limits them.
                    limits = ("-r", str(6 * users), "-l", str(users))
                    result = await caller.call(seconds, *limits)
                    loaded[variant].setdefault(users, []).append(result)
    return loaded, light


async def _ringing(bench: "Bench", *, quick: bool) -> dict[str, list[list[float]]]:
    """Have calls ring, by callguard and by nothing but Dial(); return the delays."""
    ends = free_ports(3)
    trunk, dial, out = map(Place, (VARIANTS["callguard"], PLAIN_DIAL, PLAIN_OUT), ends)
    ways = {
        "allowed": Way(trunk, bench.telephone, "0422990000"),
        "dial": Way(dial, bench.telephone, "0422990000"),
        "emergency": Way(bench.telephone, bench.network, "119"),
        "out": Way(out, bench.network, "119"),
    }
    rounds, calls = (1, 5) if quick else (6, 40)
    with bench.node.running(ami=True):
        found = await Ringing(bench.folder, bench.exchange, bench.sink, ways).rounds(rounds, calls)
    # An emergency call has everybody connected for an hour.
    await bench.asterisk.console("database deltree callguard-emergency")
    await bench.asterisk.console("dialplan set global CALLGUARD_HELP 0")
    return found


async def _media(bench: "Bench", *, quick: bool) -> dict[str, float]:
    """Have warned and recorded calls, with the announcements that people hear."""
    await bench.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {audio_folder()}")
    await bench.asterisk.console(f"dialplan set global CALLGUARD_LINE {RECORDED}")
    (port,) = free_ports(1)
    with bench.node.running(ami=True):
        return await talk(
            bench.folder,
            bench.exchange,
            Place(VARIANTS["callguard"], port),
            bench.telephone,
            bench.asterisk.pid,
            calls=5 if quick else 100,
            seconds=2 if quick else 15,
            recordings=bench.asterisk.site.folder / "spool" / "recordings",
        )


def _fill(
    report: Report,
    loaded: dict[str, dict[int, list[Round]]],
    light: dict[str, Round],
    undecided: int,
) -> None:
    best: dict[str, list[Round]] = {}
    for variant, levels in loaded.items():
        users = max(levels, key=lambda level: median(one.refused_per_s for one in levels[level]))
        best[variant] = levels[users]
        report.figures[f"{variant}_calls_per_s"] = round(_rate(levels[users]), 1)
        report.figures[f"{variant}_users"] = users
        report.rounds |= {
            f"{variant}, {level} users": [round(one.refused_per_s, 1) for one in rounds]
            for level, rounds in levels.items()
        }
    rates = {variant: _rate(rounds) for variant, rounds in best.items()}
    report.figures |= {
        "ratio_astdb": round(rates["callguard"] / rates["astdb"], 3),
        "ratio_plain": round(rates["callguard"] / rates["plain"], 3),
    }
    for variant, rounds in best.items():
        delays = [delay for one in rounds for delay in one.delays_ms]
        cpu = median(one.asterisk_cpu_ms for one in rounds)
        report.figures |= {
            f"{variant}_183_ms": round(median(light[variant].delays_ms), 2),
            f"{variant}_loaded_183_ms": round(median(delays)),
            f"{variant}_asterisk_cpu_ms": round(cpu, 2),
            f"{variant}_retransmissions": sum(one.retransmissions for one in rounds),
        }
    added = median(light["callguard"].delays_ms) - median(light["plain"].delays_ms)
    every = [one for levels in loaded.values() for rounds in levels.values() for one in rounds]
    report.figures |= {
        "added_183_ms": round(added, 2),
        "failed": sum(one.failed for one in every),
        "without_daemon": undecided,
    }


def _rate(rounds: list[Round]) -> float:
    return median(one.refused_per_s for one in rounds)


@dataclass(frozen=True, slots=True)
class Bench:
    """What the calls go through, and where their ends are."""

    folder: Path
    node: Node
    asterisk: Asterisk
    exchange: str
    telephone: Place
    network: Place
    sink: int


def _lay_out(folder: Path, traffic: Traffic, sink: int) -> Bench:
    """Write callguard's data and the whole configuration of the Asterisk."""
    (ami,) = free_ports(1)
    sip, phone, network = free_ports(3)
    secret = secrets.token_urlsafe(24)
    node = Node.lay_out(
        folder,
        traffic,
        CALLGUARD_AMI_PORT=str(ami),
        CALLGUARD_AMI_SECRET=secret,
        CALLGUARD_ASTERISK_CONFIG=str(folder / "asterisk" / "etc"),
    )
    traffic.write_policy(folder / "data", RECORDED, record=True, recorded=True)
    site = HouseholdSite(
        folder=folder / "asterisk",
        line=LINES[0],
        agi=f"127.0.0.1:{node.agi_port}",
        fallback=Path(sys.executable).parent / "callguard-agi",
        ami_port=ami,
        ami_secret=secret,
        sip_bind=f"127.0.0.1:{sip}",
        phones=(Telephone(contact=f"127.0.0.1:{phone}"),),
        trunk_match=VARIANTS["callguard"],
        trunk_contact=f"sip:127.0.0.1:{network}",
        rtp_ports=(61_000, 62_999),
        sounds=silent_sounds(folder / "sounds"),
    )
    asterisk = Asterisk(site, find_loader(), {"CALLGUARD_DATA": str(folder / "data")})
    etc = site.folder / "etc"
    (etc / "bench-extensions.conf").write_text(_DIALPLAN + RINGING_DIALPLAN)
    endpoints = {"astdb": VARIANTS["astdb"], "plain": VARIANTS["plain"]}
    endpoints |= {"dial": PLAIN_DIAL, "out": PLAIN_OUT}
    (etc / "bench-pjsip.conf").write_text(
        "".join(_ENDPOINT.format(name=name, address=at) for name, at in endpoints.items())
    )
    for name in ("extensions.conf", "pjsip.conf"):
        with (etc / name).open("a") as file:
            file.write(f"\n#include bench-{name}\n")
    _fill_astdb(site.folder / "lib" / "astdb.sqlite3", traffic)
    exchange, here = f"127.0.0.1:{sip}", "127.0.0.1"
    return Bench(folder, node, asterisk, exchange, Place(here, phone), Place(here, network), sink)


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

    def __init__(self, bench: Bench, variant: str) -> None:
        self._folder = bench.folder / f"sipp-{variant}"
        self._folder.mkdir(exist_ok=True)
        self._asterisk = bench.asterisk.pid
        (port,) = free_ports(1)
        self._arguments = (
            *("-sf", str(SCENARIOS / "refused.xml")),
            *("-i", VARIANTS[variant], "-p", str(port), "-key", "sink", str(bench.sink)),
            *("-key", "caller", CALLER, "-nostdin", "-nd", "-max_socket", "20"),
            *("-trace_stat", "-fd", "1", "-stf", "stat.csv", "-trace_rtt", "-rtt_freq", "1"),
            bench.exchange,
        )

    async def call(self, seconds: int, *arguments: str) -> Round:
        """Call for *seconds*, with SIPp's further *arguments*."""
        for old in self._folder.iterdir():
            old.unlink()
        before = cpu_seconds(self._asterisk)
        process = await asyncio.create_subprocess_exec(
            *("sipp", *self._arguments, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
        )
        try:
            if await _ends(process, WARM_UP + seconds + 0.2):
                said = (await process.communicate())[1].decode(errors="replace").strip()
                raise BenchError(f"SIPp ended too early: {said[-300:]}")
            # No new calls; those that are left would disturb the next round.
            process.send_signal(signal.SIGUSR1)
            await _ends(process, DRAIN)
            return self._read(seconds, cpu_seconds(self._asterisk) - before)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    def _read(self, seconds: int, cpu: float) -> Round:
        with (self._folder / "stat.csv").open() as file:
            lines = list(csv.DictReader(file, delimiter=";"))
        calls = int(lines[-1]["SuccessfulCall(C)"]) if lines else 0
        counted = [
            (float(line["CurrentTime"].split()[-1]), int(line["SuccessfulCall(C)"]))
            for line in lines[: WARM_UP + seconds + 1]
        ]  # the beginning, and the end of each second
        if not calls or len(counted) <= WARM_UP + seconds:
            raise BenchError("SIPp completed no call")
        (began, before), (ended, after) = counted[WARM_UP], counted[WARM_UP + seconds]
        return Round(
            (after - before) / (ended - began),
            int(lines[-1]["FailedCall(C)"]),
            int(lines[-1]["Retransmissions(C)"]),
            delays_ms(self._folder) or self._delays(),
            cpu * 1000 / calls,
        )

    def _delays(self) -> list[float]:
        """Return SIPp's own response times: whole ticks of 4 ms."""
        delays = []
        for path in self._folder.glob("*_rtt.csv"):
            with path.open() as file:
                rows = csv.reader(file, delimiter=";")
                next(rows)
                delays += [float(row[1]) for row in rows if len(row) >= 3]
        return delays


async def _ends(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Wait for *process*, so long; tell whether it has ended."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()
    return process.returncode is not None


@contextlib.contextmanager
def early_media_sink() -> Iterator[int]:
    """Yield the port of a socket that early media may go to; nobody listens to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        yield sink.getsockname()[1]


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield
