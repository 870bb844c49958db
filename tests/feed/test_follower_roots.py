"""Who is trusted, as root files over ``callguard:trust`` say it while the follower runs."""

import pytest
import redis
import redis.asyncio
from joserfc.jwk import OKPKey

from callguard.blocklist.live import LiveIndex
from callguard.feed import trust_stream
from callguard.feed.streams import TRUST_STREAM

from .node import NUMBERS, Boot, Clock, Police, eventually, full_disk, impatient, trusting
from .operator import new_key


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


async def test_a_new_source_is_followed_and_a_removed_one_out_of_force(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
) -> None:
    tokyo.lists(1)
    osaka.lists(2)
    node = boot()
    await node.enforces(1)
    trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
    await node.enforces(2)
    assert node.store.stamps().keys() == {"osaka"}
    assert ("tokyo", set()) in node.told()
    assert node.follower.state.sources.keys() == {"osaka"}
    tokyo.lists(3)
    osaka.lists(4)
    await node.enforces(2, 4)
    both = trusting(operator, tokyo.trust(), osaka.trust(), version=3)
    trust_stream.publish(client, {3: both})
    await node.enforces(1, 2, 3, 4)


async def test_a_removed_source_stays_out_of_force_when_the_node_starts_again(
    boot: Boot, tokyo: Police, clock: Clock, operator: OKPKey
) -> None:
    tokyo.lists(1)
    node = boot()
    await node.enforces(1)
    await node.stop()
    node.trust.install(trusting(operator, version=2), clock())
    assert boot().enforced() == set()


async def test_a_root_file_that_is_lost_takes_no_list_out_of_force(
    boot: Boot, tokyo: Police
) -> None:
    tokyo.lists(1)
    node = boot()
    await node.enforces(1)
    await node.stop()
    node.trust.path.unlink()
    node.follower.load()
    assert node.enforced() == {1}


async def test_roots_are_taken_in_one_after_the_other(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
) -> None:
    roots = {
        1: trusting(operator, tokyo.trust()),
        2: trusting(operator, version=2),
        3: trusting(operator, osaka.trust(), version=3),
    }
    trust_stream.publish(client, roots)
    osaka.lists(2)
    node = boot()
    await node.enforces(2)
    assert node.follower.state.alarms[""] == 0


async def test_a_source_that_only_tries_is_not_enforced_until_a_root_says_so(
    boot: Boot, tokyo: Police, client: redis.Redis, operator: OKPKey, clock: Clock
) -> None:
    tokyo.lists(1)
    node = boot(tokyo.trust(shadow=True))
    await eventually(lambda: node.sequence() == 1)
    assert node.enforced() == set()
    assert LiveIndex(node.store).on_trial(NUMBERS[1], clock()) is not None
    trust_stream.publish(client, {2: trusting(operator, tokyo.trust(), version=2)})
    await node.enforces(1)
    assert node.told()[-1] == ("tokyo", {1})
    again = trusting(operator, tokyo.trust(shadow=True), version=3)
    trust_stream.publish(client, {3: again})
    await node.enforces()


async def test_a_source_is_on_trial_as_soon_as_the_disk_takes_its_list(
    boot: Boot, tokyo: Police, client: redis.Redis, operator: OKPKey
) -> None:
    tokyo.lists(1)
    node = boot()
    await node.enforces(1)
    obstacle = node.store.folder / "tokyo.list.new"
    obstacle.mkdir()
    trial = trusting(operator, tokyo.trust(shadow=True), version=2)
    trust_stream.publish(client, {2: trial})
    await eventually(node.fault)
    assert node.enforced() == {1}
    obstacle.rmdir()
    await node.enforces()
    await eventually(lambda: not node.fault())
    assert node.follower.state.alarms["tokyo"] == 1


async def test_a_root_that_is_rolled_back_or_forged_is_refused(
    boot: Boot,
    tokyo: Police,
    osaka: Police,
    client: redis.Redis,
    operator: OKPKey,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokyo.lists(1)
    osaka.lists(2)
    node = boot(osaka.trust())
    first = node.trust.path.read_bytes()
    await node.enforces(2)
    trust_stream.publish(client, {2: trusting(operator, tokyo.trust(), version=2)})
    await node.enforces(1)
    second = node.trust.path.read_bytes()
    alarms = node.follower.state.alarms
    for version, data, why in (
        (3, first, "root version 1 is not newer than version 2, which is in force"),
        (4, trusting(new_key(), osaka.trust(), version=4), "root version 4 lacks 1 signature"),
        (5, b"garbage", "; who is trusted stays as it was"),
    ):
        trust_stream.publish(client, {version: data})
        await eventually(lambda version=version: alarms[""] == version - 2)  # type: ignore[misc]
        assert why in caplog.messages[-1]
    looked = node.follower._roots.looked_again
    await eventually(lambda: node.follower._roots.looked_again > looked)
    assert alarms[""] == 3
    assert node.enforced() == {1}
    assert node.trust.path.read_bytes() == second
    trust_stream.publish(client, {6: trusting(operator, osaka.trust(), version=6)})
    await node.enforces(2)


async def test_the_next_root_comes_through_once_a_strangers_is_deleted(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
) -> None:
    osaka.lists(2)
    node = boot()
    trust_stream.publish(client, {2**63: b"garbage"})
    await eventually(lambda: node.follower.state.alarms[""] == 1)
    client.delete(TRUST_STREAM)
    trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
    await node.enforces(2)


async def test_a_root_waits_for_room_on_the_disk(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
) -> None:
    tokyo.lists(1)
    node = boot()
    await node.enforces(1)
    with full_disk():
        trust_stream.publish(client, {2: trusting(operator, version=2)})
        await eventually(lambda: node.follower.state.alarms[""] == 1)
        assert node.enforced() == {1}
    await node.enforces()


async def test_a_list_that_cannot_be_removed_is_alarmed(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
) -> None:
    node = boot()
    await eventually(lambda: node.follower.state.connected)
    node.store.folder.mkdir(exist_ok=True)
    node.store.path("tokyo").mkdir()
    osaka.lists(2)
    trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
    await node.enforces(2)
    assert node.follower.state.alarms["tokyo"] == 1
