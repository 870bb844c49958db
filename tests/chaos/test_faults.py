"""The quickest faults of ``script/chaos``, on loopback: no call is lost or mis-screened."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callguard.demo.plant import Plant
from callguard.demo.silence import silent_sounds

from .faults import FAULTS, Fault, Ground
from .run import run_fault
from .traffic import KINDS, LISTED, Traffic

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="module")]

QUICK = (
    "screening worker killed, again and again",
    "callguard killed",
    "Asterisk killed",
    "edge killed",
    "PostgreSQL killed",
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ground() -> AsyncIterator[Ground]:
    """An exchange that is up: two edges, two nodes, households, one listed number."""
    # Not pytest's folder, which PostgreSQL's user may not look into.
    with tempfile.TemporaryDirectory(prefix="cgplant-", dir="/tmp") as name:
        folder = Path(name)
        plant = Plant(folder, sounds=silent_sounds(folder / "sounds"), direct_media=True)
        async with plant:
            await asyncio.to_thread(plant.onboard, len(KINDS))
            await plant.in_step()
            await asyncio.to_thread(plant.list_number, LISTED)
            await plant.listed(LISTED)
            yield Ground(plant, Traffic(plant.world, list(plant.lines), talk_seconds=0.5))


async def test_the_sound_of_a_call_that_is_put_through_goes_past_the_node(ground: Ground) -> None:
    ground.traffic.one(KINDS[0])
    count = await ground.traffic.count()
    assert (count.right, ground.plant.world.direct) == (1, 2)


async def test_a_node_is_drained_without_losing_a_call(ground: Ground) -> None:
    plant, traffic = ground.plant, Traffic(ground.plant.world, ground.plant.lines, talk_seconds=1.5)
    for _ in range(4):
        traffic.one(KINDS[0])
    async with asyncio.timeout(90):
        while not all(one.call.answered for one in traffic.placed):
            await asyncio.sleep(0.02)
    await plant.drain(ground.node)
    try:
        for _ in range(4):
            traffic.one(KINDS[0])
        await plant.world.over()
        nodes = [one.call.node for one in traffic.placed]
        count = await traffic.count()
    finally:
        await plant.drain(ground.node, drained=False)
    assert (count.offered, count.right) == (8, 8)
    assert ground.node.sip in nodes[:4]
    assert ground.node.sip not in nodes[4:]


@pytest.mark.parametrize("name", QUICK)
async def test_calls_end_as_they_should(ground: Ground, name: str) -> None:
    (fault,) = [one for one in FAULTS if one.name == name]
    without_after = Fault(fault.name, fault.begin, None)
    row = await run_fault(ground, without_after, seconds=2.0, before=1.0, after=2.0)
    assert row.count.offered > len(KINDS)
    assert row.held, row.count.told


async def test_changes_arrive_after_the_standby_was_promoted(ground: Ground) -> None:
    (fault,) = [one for one in FAULTS if one.name == "PostgreSQL killed: its standby promoted"]
    row = await run_fault(ground, fault, seconds=1.0, before=0.5, after=1.0)
    assert row.held, (row.note, row.count.told)
