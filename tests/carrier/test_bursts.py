"""One number calls many homes through both nodes of an exchange, which count together."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from callguard.demo.exchange import Call, Outcome
from callguard.demo.plant import Plant
from callguard.demo.silence import silent_sounds
from callguard.demo.stores import until
from callguard.feed.connect import connect
from callguard.feed.report import Report
from callguard.feed.streams import REPORTS_STREAM

pytestmark = [
    pytest.mark.calls,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

CALLER, SCHOOL, CITY_HALL = "0422970666", "0422971001", "0422972001"
"""Somebody unknown, a known mass caller, a protected number."""
NUMBER = 81_422_970_666
"""The caller's, E.164 digits."""
HOMES = 3
"""Homes that an unknown number may call; each node sees as many, both together twice as many."""
LINES = 2 * HOMES


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def plant() -> AsyncIterator[Plant]:
    """An exchange whose nodes count calls to many homes."""
    # Not pytest's folder, which PostgreSQL's user may not look into.
    with tempfile.TemporaryDirectory(prefix="cgburst-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "mass.csv").write_text(f"{SCHOOL}\n")
        (folder / "protected.csv").write_text(f"{CITY_HALL}\n")
        settings = {
            "CALLGUARD_BURST_KEY": "0123456789abcdef0123456789abcdef",
            "CALLGUARD_BURST_HOMES": str(HOMES),
            "CALLGUARD_MASS_CALLERS": str(folder / "mass.csv"),
            "CALLGUARD_PROTECTED_NUMBERS": str(folder / "protected.csv"),
        }
        sounds = silent_sounds(folder / "sounds")
        async with Plant(folder, sounds=sounds, edges=1, settings=settings) as plant:
            await asyncio.to_thread(plant.onboard, LINES)
            await plant.in_step()
            yield plant


async def called(plant: Plant, number: str, lines: Iterable[str]) -> list[Call]:
    """Have *number* call each of *lines* at the same time; return the calls when they are over."""
    calls = [plant.world.place(number, line, 0.2) for line in lines]
    await plant.world.over()
    return calls


def rang(calls: Iterable[Call]) -> bool:
    """Tell whether each of *calls* rang, was answered, and ended as its caller wished."""
    return all((one.outcome, one.let_ring) == (Outcome.CONNECTED, 1) for one in calls)


def verdicts(plant: Plant) -> set[tuple[str, str]]:
    """Return action and reason of the caller's calls in the log."""
    return {(action, reason) for one, action, reason in plant.logged() if one == NUMBER}


async def challenged(plant: Plant) -> dict[str, Call]:
    """Have the caller call until both nodes ask for a key; return what each said."""
    found: dict[str, Call] = {}
    async with asyncio.timeout(120):
        while len(found) < len(plant.nodes):
            for call in await called(plant, CALLER, plant.lines[:2]):
                if call.final == 200 and not call.let_ring:
                    found[call.node] = call
    return found


async def test_it_is_challenged_by_both_nodes_and_reported_and_known_callers_are_spared(
    plant: Plant,
) -> None:
    # The last of these may be challenged already: on a slow machine the count is sooner.
    first = await called(plant, CALLER, plant.lines)
    assert {call.node for call in first} == {node.sip for node in plant.nodes}
    for number in (SCHOOL, CITY_HALL):
        assert rang(await called(plant, number, plant.lines))

    assert set(await challenged(plant)) == {node.sip for node in plant.nodes}
    await until(
        lambda: {("warn", "unlisted"), ("challenge", "burst")} == verdicts(plant),
        "a challenged call does not come into the log",
    )

    for number in (SCHOOL, CITY_HALL):
        assert rang(await called(plant, number, plant.lines))

    admin: Any = connect(plant.redis.url("admin"))
    async with asyncio.timeout(60):
        while not (entries := admin.xrange(REPORTS_STREAM)):
            await asyncio.sleep(0.05)
    (report,) = (Report.from_bytes(next(iter(fields.values()))) for _, fields in entries)
    assert report.number == NUMBER
    assert report.note.startswith("burst: about ")
    assert report.home == report.node
