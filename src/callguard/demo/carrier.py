"""``python -m callguard.demo.carrier``: an exchange on this machine, calls screened by its nodes.

``script/carrier-demo`` runs it. Two edges (Kamailio), two nodes (Asterisk and callguard each),
Redis with Sentinel, PostgreSQL with a standby: all of them real, on loopback, in one new folder.
"""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from ..asterisk.conf import SiteError
from .plant import DAUGHTER, Plant
from .police import FeedDemoError
from .sipp import Endpoint, SippError, caller
from .stores import StoreError

TRUNK, ABROAD = "127.0.0.1", "127.0.0.3"
"""Addresses of the exchange's trunks."""
LINES = 20
LISTED = 81_422_970_110
NO_CONSENT = "0422999999"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


@dataclass(frozen=True, slots=True)
class Sample:
    """A call of the demo."""

    what: str
    sender: str
    status: int
    abroad: bool = False
    line: str = ""
    """Empty: that of a household that is screened."""


SAMPLES = (
    Sample("daughter, on the allowlist", f"<sip:{DAUGHTER}@exchange.invalid>", 200),
    Sample("somebody unknown", "<sip:0422980777@exchange.invalid>", 200),
    Sample("number withheld", ANONYMOUS, 433),
    Sample("number listed by the police", "<sip:0422970110@exchange.invalid>", 607),
    Sample("overseas number", "<sip:+12025550123@exchange.invalid>", 603),
    Sample("Japanese number, trunk from abroad", "<sip:0422980778@exchange.invalid>", 603, True),
    Sample("withheld, line without consent", ANONYMOUS, 200, line=NO_CONSENT),
)


async def run(folder: Path, *, stay: bool, edges_ask: bool = False) -> bool:
    """Run the demo in the empty *folder*; tell whether every call ended as it should.

    Raises:
        StoreError, SippError, SiteError, FeedDemoError: a part did not start.

    """
    plant = Plant(folder, trunks=(TRUNK, ABROAD), edges_ask=edges_ask)
    async with plant:
        _say("edges: " + ", ".join(f"{one} (Kamailio)" for one in plant.exchange.edges))
        _say("nodes: " + ", ".join(f"{node.name} at {node.sip}" for node in plant.nodes))
        if edges_ask:
            _say("a callguard beside each edge, which is asked before a node is troubled")
        _say("Redis: a master, a replica, three sentinels; PostgreSQL: a primary, a standby")
        await asyncio.to_thread(plant.onboard, LINES)
        await plant.in_step()
        plant.list_number(LISTED)
        await plant.listed(LISTED)
        _say(f"{LINES} households signed up, one number listed, and every callguard has them\n")
        good = await _table(plant, "Calls from SIPp through the edges")
        good &= await _add(plant)
        good &= await _drain(plant)
        if stay:
            _say(f"\nThe folders of the edges, for callguard carrier node …: {folder}/edge-*")
            _say("Ctrl-C stops it.")
            await asyncio.Event().wait()
    return good


async def _add(plant: Plant) -> bool:
    node = await plant.add_node()
    await plant.in_step()
    await plant.listed(LISTED)
    edges = " ".join(f"--edge {edge.folder}" for edge in plant.edges)
    _say(f"\ncallguard carrier node add {node.name} --sip {node.sip} {edges}\n")
    return await _table(plant, f"The same calls, with {node.name}")


async def _drain(plant: Plant) -> bool:
    """Drain a node with calls in progress, and see them end as they would have ended."""
    node = plant.nodes[0]
    senders = [f"<sip:{DAUGHTER}@exchange.invalid>"] * 6
    calls = [_caller(plant, sender, plant.lines[n], 6.0) for n, sender in enumerate(senders)]
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(call) for call in calls]
        await asyncio.gather(*(call.until("SIP/2.0 200") for call in started))
        busy, _ = await node.calls()
        await plant.drain(node)
        _, before = await node.calls()
        _say(f"\ncallguard carrier node drain {node.name}: {busy} of its calls in progress")
        await asyncio.gather(*(call.ended() for call in started))
    _say(f"all {len(calls)} calls went on until their callers hung up\n")
    good = await _table(plant, f"The same calls, {node.name} drained")
    _, after = await node.calls()
    _say(f"{node.name} got {after - before} of them")
    return good and after == before


async def _table(plant: Plant, title: str) -> bool:
    counts = [await node.calls() for node in plant.nodes]
    _say(f"{title}\n  {'call':<40}{'answer':<34}{'should be':>9}")
    good = True
    results = await asyncio.gather(*(_one(plant, n) for n in range(len(SAMPLES))))
    for sample, (status, line) in zip(SAMPLES, results, strict=True):
        good &= status == sample.status
        _say(f"  {sample.what:<40}{line:<34}{sample.status:>9}")
    shares = [
        (await node.calls())[1] - count
        for node, (_, count) in zip(plant.nodes, counts, strict=True)
    ]
    said = zip(plant.nodes, shares, strict=True)
    _say("  " + ", ".join(f"{node.name}: {share} calls" for node, share in said))
    if plant.askers:
        good &= sum(shares) == sum(sample.status == 200 for sample in SAMPLES)
    return good


async def _one(plant: Plant, number: int) -> tuple[int, str]:
    sample = SAMPLES[number]
    line = sample.line or plant.lines[number]
    async with _caller(plant, sample.sender, line, 1.0, abroad=sample.abroad) as call:
        await call.ended()
        finals = [one for one in call.messages() if one.status >= 200 and not one.sent]
    return finals[0].status, finals[0].first_line.removeprefix("SIP/2.0 ")


def _caller(
    plant: Plant, sender: str, line: str, talk_seconds: float, *, abroad: bool = False
) -> Endpoint:
    edge = plant.exchange.edges[0]
    return caller(
        edge,
        sender=sender,
        called=line,
        talk_seconds=talk_seconds,
        host=ABROAD if abroad else TRUNK,
    )


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run the demo; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="callguard-carrier-", dir="/tmp") as folder:
        try:
            words = sys.argv[1:]
            going = run(Path(folder), stay="--stay" in words, edges_ask="--edges-ask" in words)
            good = asyncio.run(going)
        except KeyboardInterrupt:
            return 0
        except (StoreError, SippError, SiteError, FeedDemoError, OSError) as error:
            print(f"callguard carrier demo: {error}", file=sys.stderr)
            return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
