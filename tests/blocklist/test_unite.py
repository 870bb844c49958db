"""The union, written by a process of its own."""

import asyncio
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.blocklist.union import Union
from callguard.blocklist.unite import unite

from ..feed.police import add, number


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    store = ListStore(tmp_path / "lists")
    for last, source in enumerate(("tokyo", "osaka")):
        store.save(NodeList(SourceList(source).apply([add(last)], 1, "1" * 64)))
    return store


async def test_it_is_that_of_the_lists(store: ListStore) -> None:
    assert await unite(store, ["tokyo", "osaka"])
    union = Union.open(store.union)
    assert union.covered.keys() == {"tokyo", "osaka"}
    assert [number(last) in union.numbers for last in range(3)] == [True, True, False]


async def test_one_that_stands_is_not_written_again(store: ListStore) -> None:
    await unite(store, ["tokyo", "osaka"])
    before = store.union.stat().st_ino
    assert not await unite(store, ["tokyo", "osaka"])
    assert store.union.stat().st_ino == before


async def test_one_that_cannot_be_written_says_why_in_one_line(store: ListStore) -> None:
    store.union.mkdir()
    with pytest.raises(StoreError, match="the union of the lists cannot be written: ") as caught:
        await unite(store, ["tokyo", "osaka"])
    assert "\n" not in str(caught.value)


async def test_it_ends_with_who_waits_for_it(store: ListStore) -> None:
    waiting = asyncio.create_task(unite(store, ["tokyo", "osaka"]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
