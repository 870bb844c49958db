"""Random calls that are hung up on at a random moment, and what they leave behind.

``script/hang-ups [N]`` places hundreds, ``test_hang_ups.py`` a few. A flow is a row of ``FLOWS``;
calls of all rows are in progress at once.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from callguard.demo.home import LINE, Home
from callguard.demo.sipp import Endpoint, SippError
from callguard.free_ports import free_ports

from .conftest import ports, sign_up
from .members import Ringing, members_at

WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'
TONE = 440.0
TOGETHER = 5
"""Calls of each flow in progress at once."""
PATIENCE = 120.0
"""Seconds for calls to end, and for what they used to be given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One way for calls to go."""

    name: str
    policy: tuple[str, ...] = ()
    """What the household has chosen, as ``callguard policy set`` takes it."""
    sender: str = ""
    """The caller's From; empty: a number that is on no list, another for each call."""
    longest: float = 12.0
    """Seconds from an answer by which the flow is over; hung up on at any moment before."""
    speaks: bool = False
    keys: str = ""
    """Whoever calls presses some of these."""
    her_keys: str = ""
    """Whoever answers the telephone at home presses some of these; codes are parted by spaces."""
    family_keys: str = ""
    """The family is asked, or called in; whoever of it picks up presses some of these."""
    dials: tuple[str, ...] = ()
    """She calls one of these, instead of being called."""


FLOWS = (
    Flow(name="refused", sender=WITHHELD),
    Flow(name="warned", policy=("unlisted=warn", "record=off"), her_keys="*9"),
    Flow(name="connected", policy=("unlisted=connect",), her_keys="*9", longest=6.0),
    Flow(
        name="calls the family in",
        policy=("unlisted=connect",),
        her_keys="*5 *9",
        family_keys="1 2",
    ),
    Flow(
        name="asked for a digit",
        policy=("unlisted=challenge", "challenge=digit"),
        keys="0 2 3 4 5 6 7 8",
        longest=26.0,
    ),
    Flow(
        name="asked for a name",
        policy=("unlisted=challenge", "challenge=name"),
        speaks=True,
        her_keys="1 2 3 *9",
        longest=26.0,
    ),
    Flow(
        name="asks the family",
        policy=("unlisted=challenge", "challenge=family", "ask_seconds=10"),
        speaks=True,
        her_keys="*9",
        family_keys="1 2 3 4 7",
        longest=30.0,
    ),
    Flow(
        name="recorded",
        policy=("unlisted=warn", "record=on"),
        speaks=True,
    ),
    Flow(
        name="asked for a message",
        policy=("unlisted=reject", "messages=on"),
        longest=22.0,
    ),
    Flow(name="dialling codes", dials=("*60", "*61", "*62"), longest=7.0),
    Flow(
        name="her own calls",
        dials=("104", "119", "0422990001", "01012025550123", "0990123456", "%239110"),
        keys="1 2",
        longest=8.0,
    ),
)


@dataclass(frozen=True, slots=True)
class Left:
    """What there is at a moment when no call is in progress."""

    channels: int
    bridges: int
    recordings: int
    files: int
    """In callguard's and Asterisk's folders, encrypted recordings aside: those are kept."""
    processes: int
    """callguard's and Asterisk's, and those that they have started."""
    descriptors: int
    """Files and sockets that these have open."""
    tasks: int
    """Of asyncio, in callguard's services."""


async def left(home: Home) -> Left:
    """Count what there is now."""
    channels = await home.asterisk.console("core show channels count")
    bridges = await home.asterisk.console("bridge show all")
    found = re.search(r"(\d+) active channel", channels)
    assert found is not None
    processes = _processes(home.callguard_pid) + _processes(home.asterisk.pid)
    return Left(
        channels=int(found[1]),
        bridges=len([line for line in bridges.splitlines() if line.strip()]),
        recordings=len(list((home.folder / "asterisk/spool/recordings").iterdir())),
        files=sum(path.is_file() and path.suffix != ".cgr" for path in home.folder.rglob("*")),
        processes=len(processes),
        descriptors=sum(map(_descriptors, processes)),
        tasks=await asyncio.to_thread(_tasks, home.ports.http),
    )


async def settled(home: Home, before: Left) -> Left:
    """Wait until all is as it was *before*; return what there is then, or after ``PATIENCE``."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        now = await left(home)
        if now == before or asyncio.get_running_loop().time() > deadline:
            return now
        await asyncio.sleep(0.5)


async def hang_up(home: Home, flows: Sequence[Flow], each: int, chance: random.Random) -> int:
    """Place *each* calls of every flow, hung up on at random; return how many SIPp misunderstood.

    Returns when every call is over for those who placed it.
    """
    called = [flow for flow in flows if not flow.dials]
    misunderstood = 0
    if called:
        misunderstood += await _called(home, called, each, chance)
    for flow in (flow for flow in flows if flow.dials):
        misunderstood += await _dialled(home, flow, each, chance)
    # An emergency call has everybody connected for an hour.
    await home.forget_emergency()
    return misunderstood


async def _called(home: Home, flows: Sequence[Flow], each: int, chance: random.Random) -> int:
    telephone = home.phone(
        ring_seconds=chance.choice((0.1, 1.0, 5.0)),
        talk_seconds=chance.choice((0.5, 3.0, 3600.0)),
        busy=chance.choice((0.0, 0.0, 0.3)),
        calls=10_000,
    )
    her_keys = " ".join(flow.her_keys for flow in flows)
    family_keys = " ".join(flow.family_keys for flow in flows).split()
    async with AsyncExitStack() as ends, asyncio.TaskGroup() as playing:
        await ends.enter_async_context(telephone)
        if family_keys:
            family = await ends.enter_async_context(members_at(home.ports.trunk))
            family.rung = lambda ringing: playing.create_task(
                _member(ringing, family_keys, random.Random(chance.random()))
            )
            await _choose(home, chance)
        pressing = playing.create_task(_press_at_random(telephone, her_keys, chance))
        ending: list[asyncio.Task[bool]] = []
        for flow in flows:
            if flow.policy:
                await home.command("policy", "set", "--line", LINE, *flow.policy)
            callers = [
                await ends.enter_async_context(_caller(home, flow, chance)) for _ in range(each)
            ]
            for caller in callers:
                # What the household changes while one is being asked counts from the next call on.
                await _screened(caller)
                ending.append(
                    playing.create_task(_play(caller, flow, random.Random(chance.random())))
                )
        misunderstood = sum(not understood for understood in await asyncio.gather(*ending))
        await _empty(home)
        pressing.cancel()
    return misunderstood


async def _choose(home: Home, chance: random.Random) -> None:
    """Let the household have two telephones of the family's, called in turn or together."""
    for number, name in (("09099990001", "由美"), ("08099990002", "健")):
        await home.command("family", "add", "--line", LINE, number, "--name", name)
    order = chance.choice(("in-turn", "together"))
    await home.command("policy", "set", "--line", LINE, f"ask_order={order}")


async def _member(ringing: Ringing, keys: Sequence[str], chance: random.Random) -> None:
    """Be busy, let it ring, or pick up, press some of *keys* and hang up, each at random."""
    does = chance.random()
    if does < 0.15:
        ringing.refuse("486 Busy Here")
    elif does > 0.3:
        await _over(ringing, chance.uniform(0.0, 4.0))
        # Whoever picks up as the call ends is acknowledged no more.
        with contextlib.suppress(TimeoutError):
            await ringing.answer()
        until = time.monotonic() + chance.uniform(0.01, 20.0)
        while not ringing.ended.is_set() and time.monotonic() < until:
            await _over(ringing, chance.uniform(0.3, 3.0))
            if not ringing.ended.is_set():
                await ringing.press(chance.choice(keys))
        if not ringing.ended.is_set():
            ringing.hang_up()


async def _over(ringing: Ringing, seconds: float) -> None:
    """Wait until the call is over, so long at most."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ringing.ended.wait(), seconds)


async def _dialled(home: Home, flow: Flow, each: int, chance: random.Random) -> int:
    """Let her place calls, one after the other: there is one telephone."""
    misunderstood = 0
    async with home.network(ring_seconds=chance.choice((0.1, 2.0)), calls=10_000):
        for _ in range(each):
            call = home.dialling(
                chance.choice(flow.dials),
                talk_seconds=chance.uniform(0.01, flow.longest),
                patience_seconds=chance.uniform(0.01, 6.0),
            )
            async with call:
                misunderstood += not await _play(call, flow, chance)
        await _empty(home)
    return misunderstood


def _caller(home: Home, flow: Flow, chance: random.Random) -> Endpoint:
    number = f"042299{chance.randrange(1000, 9000)}"
    return home.caller(
        flow.sender or f"<sip:{number}@trunk.invalid>",
        talk_seconds=chance.uniform(0.01, flow.longest),
        patience_seconds=chance.uniform(0.01, 12.0),
        frequency=TONE if flow.speaks else 0.0,
        key_events=chance.random() < 0.5,
    )


async def _screened(caller: Endpoint) -> None:
    """Wait until Asterisk has begun to act, or the caller has given up."""
    async with asyncio.timeout(PATIENCE):
        while not any(message.status > 100 for message in caller.messages()):
            await asyncio.sleep(0.05)


async def _play(call: Endpoint, flow: Flow, chance: random.Random) -> bool:
    """Speak and press until the call is over; tell whether SIPp understood how it ended."""
    pressing = asyncio.create_task(_press_at_random(call, flow.keys, chance))
    try:
        if flow.speaks:
            with contextlib.suppress(SippError):  # refused, or gone already
                call.speak()
        await call.ended(PATIENCE)
    except SippError as error:
        print(f"hang-ups: {flow.name}: {error}", file=sys.stderr)
        return False
    finally:
        pressing.cancel()
    return True


async def _press_at_random(end: Endpoint, keys: str, chance: random.Random) -> None:
    codes = keys.split()
    while codes:
        await asyncio.sleep(chance.uniform(0.3, 3.0))
        with contextlib.suppress(SippError):  # nobody to be heard by, yet
            await end.press(chance.choice(codes), to=chance.choice(end.other_ends()))


async def _empty(home: Home) -> None:
    """Wait until no channel is left: who answered hears the announcements to their end."""
    async with asyncio.timeout(PATIENCE):
        while "0 active channels" not in await home.asterisk.console("core show channels count"):
            await asyncio.sleep(0.2)


def _processes(pid: int) -> list[int]:
    """Return a process and all that it has started, directly or not."""
    found, new = [], [pid]
    while new:
        found += new
        new = [child for one in new for child in _children(one)]
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for thread in _listed(Path(f"/proc/{pid}/task")):
        with contextlib.suppress(OSError):
            children += map(int, (thread / "children").read_text().split())
    return children


def _descriptors(pid: int) -> int:
    return len(_listed(Path(f"/proc/{pid}/fd")))


def _by_name(home: Home) -> Counter[str]:
    """Return the files that there are, and what is open, with N for every number in the names."""
    found: Counter[str] = Counter()
    for path in home.folder.rglob("*"):
        if path.is_file():
            found["a file: " + _NUMBER.sub("N", str(path.relative_to(home.folder)))] += 1
    for pid in _processes(home.callguard_pid) + _processes(home.asterisk.pid):
        with contextlib.suppress(OSError):
            process = Path(f"/proc/{pid}/comm").read_text().strip()
            for descriptor in _listed(Path(f"/proc/{pid}/fd")):
                with contextlib.suppress(OSError):
                    to = str(descriptor.readlink()).removeprefix(f"{home.folder}/")
                    found[f"open in {process}: " + _NUMBER.sub("N", to)] += 1
    return found


_NUMBER = re.compile("[0-9]+")


def _listed(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):  # it has ended meanwhile
        return list(folder.iterdir())
    return []


def _tasks(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        found = re.search(
            r"^callguard_services_tasks (\d+)", response.read().decode(), re.MULTILINE
        )
    assert found is not None
    return int(float(found[1]))


def main() -> int:
    """Place calls as the command line says; return 1 if anything is left of them."""
    parser = argparse.ArgumentParser(
        prog="script/hang-ups", description="Places calls that are hung up on at random moments."
    )
    parser.add_argument("calls", nargs="?", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, default=20261127, help="draws the same calls again")
    options = parser.parse_args()
    if not 1 <= options.calls <= 100_000:
        parser.error(f"{options.calls} calls: give 1 to 100000")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="callguard-hang-ups-") as folder:
        found = asyncio.run(_run(Path(folder), options.calls, random.Random(options.seed)))
    found |= {"seed": options.seed, "seconds": round(time.monotonic() - began)}
    print(json.dumps(found))
    return 0 if found["before"] == found["after"] else 1


async def _run(folder: Path, calls: int, chance: random.Random) -> dict[str, object]:
    home = Home(folder, ports(free_ports))
    await sign_up(home)
    async with home:
        # What is opened with the first calls and kept is nothing that a call leaves.
        await _report(home)
        await hang_up(home, FLOWS, 1, chance)
        before = await _quiet(home)
        there = _by_name(home)
        placed = misunderstood = 0
        while placed < calls:
            each = min(TOGETHER, -(-(calls - placed) // len(FLOWS)))
            misunderstood += await hang_up(home, FLOWS, each, chance)
            placed += each * len(FLOWS)
            print(f"hang-ups: {placed} calls placed", file=sys.stderr, flush=True)
        after = await settled(home, before)
        more = _by_name(home) - there
    return {
        "calls": placed,
        "flows": [flow.name for flow in FLOWS],
        "misunderstood": misunderstood,
        "before": asdict(before),
        "after": asdict(after),
        "more": dict(more),
    }


async def _report(home: Home) -> None:
    """Have a first call reported by the scam key.

    The node makes the secret for its reports then, its services open a second connection to the
    feed, whose other end is the feed server's, and SQLite keeps a descriptor to open the database
    by the next time. At random that may be the first call of the warming up, or the hundredth.
    """
    await home.command("policy", "set", "--line", LINE, "unlisted=connect")
    secret = home.folder / "data" / "reports" / "key"
    async with (
        asyncio.timeout(PATIENCE),
        home.phone(ring_seconds=0.1) as telephone,
        home.caller("<sip:0422991001@trunk.invalid>", talk_seconds=PATIENCE) as caller,
    ):
        await telephone.until("ACK")
        while not secret.exists():
            await telephone.press("*9")
            await asyncio.sleep(1.0)
        await caller.ended()
        await _empty(home)


async def _quiet(home: Home) -> Left:
    """Return what there is once it stays the same for a while."""
    async with asyncio.timeout(PATIENCE):
        before, same = await left(home), 0
        while same < 10:
            await asyncio.sleep(0.5)
            now = await left(home)
            before, same = now, same + 1 if now == before else 0
    return before


if __name__ == "__main__":
    sys.exit(main())
