"""The exchange's compose file, called through its edges; then a node is taken away."""

import asyncio
import json

from aiohttp import ClientSession

from callguard.demo.exchange import Call, Outcome, StandIn
from callguard.demo.exchange_secrets import NODES, SOURCE

from .compose import Compose, ComposeError, podman, say

EDGES = (("10.77.0.11", 5060), ("10.77.0.12", 5060))
TRUNK, ABROAD, BACK = (("10.77.0.1", port) for port in (5070, 5071, 5080))
LINE = "0422990000"
DAUGHTER = "0422980001"
LISTED = "0422970110"
PROMETHEUS = "http://10.77.0.51:9090/api/v1/targets"
TRIAL = "/etc/callguard/trial"
CALLS = (
    ("daughter, on the allowlist", DAUGHTER, False, Outcome.CONNECTED),
    ("somebody unknown", "0422980777", False, Outcome.CONNECTED),
    ("number withheld", "", False, Outcome.REFUSED),
    ("number listed by the police", LISTED, False, Outcome.REFUSED),
    ("overseas number", "+12025550123", False, Outcome.REFUSED),
    ("Japanese number, trunk from abroad", "0422980778", True, Outcome.REFUSED),
)


async def try_exchange() -> bool:
    """Start an exchange and call it; tell whether every call ended as it should."""
    async with Compose("deploy/carrier/compose.yml") as compose:
        await compose.up()
        both = ("node-1", "node-2")
        await compose.until_healthy(*(f"{node}-asterisk" for node in both))
        for edge in ("edge-1", "edge-2"):
            for node, address in zip(both, NODES, strict=True):
                await compose.exec(
                    edge,
                    *("callguard", "carrier", "node", "add", node, "--sip", f"{address}:5060"),
                    *("--edge", "/var/lib/callguard/edge"),
                )
        await compose.until_healthy("edge-1", "edge-2")
        await _sign_up(compose)
        await compose.until_healthy(*(f"{node}-callguard" for node in both))
        say("  edges, nodes, Redis with Sentinel, PostgreSQL and Prometheus are well")
        async with StandIn(TRUNK, ABROAD, [BACK], EDGES) as world:
            await _listed(compose, both)
            good = await _calls(world, "  everything runs")
            await podman("kill", compose.container("node-1-asterisk"))
            good &= await _calls(world, "  one node's Asterisk is killed")
        good &= await _watched()
    return good


async def _sign_up(compose: Compose) -> None:
    """Sign a household up, and have the police list a number."""
    node = "node-1-callguard"

    async def do(*command: str) -> None:
        await compose.exec(node, "callguard", *command)

    await do("household", "add", "--line", LINE, "--name", "A home", "--consent")
    await do("allow", "--line", LINE, DAUGHTER, "--name", "daughter")
    await compose.exec(node, "mkdir", "-p", TRIAL)
    root, key = f"{TRIAL}/root.json", f"{TRIAL}/root.key.json"
    police, public = f"{TRIAL}/police.key.json", f"{TRIAL}/police.public.json"
    await do("trust", "keygen", "--key", key)
    await do("feed", "keygen", "--source", SOURCE, "--key", police, "--public", public)
    await do("trust", "init", "--root-key", key, "--out", root)
    await do("trust", "add-source", root, public, "--root-key", key)
    for one in ("node-1-callguard", "node-2-callguard"):
        await compose.exec(one, "callguard", "trust", "install", root)
    kept = await compose.exec(node, "cat", "/etc/callguard/redis-passwords.json")
    password = json.loads(kept)[SOURCE]
    url = (await compose.exec(node, "cat", "/etc/callguard/redis.url")).strip()
    source = f"sentinel://{SOURCE}:{password}@{url.partition('@')[2]}"
    await do(
        *("feed", "publish", "--key", police, "--redis", source),
        *("--category", "fake-police", LISTED),
    )


async def _listed(compose: Compose, nodes: tuple[str, ...]) -> None:
    for node in nodes:
        for _ in range(100):
            said = await compose.exec(
                f"{node}-callguard", "callguard", "check", "--to", LINE, "--from", LISTED, "--json"
            )
            if json.loads(said)["reason"] == "fraud-list":
                break
        else:
            raise ComposeError(f"{node} does not get what the police have listed")


async def _calls(world: StandIn, title: str) -> bool:
    say(title)
    world.forget()
    placed = [world.place(number, LINE, 1.0, abroad=abroad) for _, number, abroad, _ in CALLS]
    await world.over()
    good = True
    for (what, _, _, wanted), call in zip(CALLS, placed, strict=True):
        good &= call.outcome is wanted
        say(f"    {what:<36}{_answer(call):<28}should be {wanted}")
    return good


def _answer(call: Call) -> str:
    return f"{call.final or 'no answer'}, {call.outcome}"


async def _watched() -> bool:
    health: dict[str, str] = {}
    for _ in range(60):  # each node is asked every 15 s
        async with ClientSession() as session, session.get(PROMETHEUS) as page:
            targets = (await page.json())["data"]["activeTargets"]
        health = {one["labels"]["instance"]: one["health"] for one in targets}
        if "unknown" not in health.values():
            break
        await asyncio.sleep(0.5)
    say(f"  Prometheus sees {health}")
    return len(health) == len(NODES) and set(health.values()) == {"up"}
