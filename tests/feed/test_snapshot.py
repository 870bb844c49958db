"""A source's whole list: signed, cut into chunks, and put together again."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.errors import BatchError
from callguard.blocklist.listing import Category
from callguard.blocklist.source_list import SourceList
from callguard.feed import snapshot as module
from callguard.feed.snapshot import assemble, read_manifest
from callguard.feed.statement import Kind

from .police import NOW, Source, add, number, remove


@pytest.fixture
def source() -> Source:
    source = Source()
    source.signs(add(1, range(number(100), number(9_000)), evidence="A-17"))
    source.signs(add(2, 3, category=Category.REFUND), remove(3))
    return source


def read(source: Source) -> SourceList:
    token, chunks = source.snapshot()
    return assemble(read_manifest(token, source.trust(), NOW), chunks)


def test_a_list_is_the_same_afterwards(source: Source) -> None:
    assert read(source) == source.list
    assert read(source).digest() == source.list.digest()


def test_an_empty_list_has_no_chunk() -> None:
    source = Source()
    source.signs(add(1))
    source.signs(remove(1))
    assert source.snapshot()[1] == []
    assert read(source) == source.list


def test_a_large_list_comes_in_several_chunks(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 16)
    assert len(source.snapshot()[1]) > 1
    assert read(source) == source.list


@pytest.mark.parametrize("damage", ["lost", "cut", "swapped", "changed", "one more"])
def test_chunks_that_are_not_those_that_were_signed_are_refused(
    source: Source, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 16)
    token, chunks = source.snapshot()
    manifest = read_manifest(token, source.trust(), NOW)
    match damage:
        case "lost":
            chunks.pop()
        case "cut":
            chunks[0] = chunks[0][:-1]
        case "swapped":
            chunks[0], chunks[1] = chunks[1], chunks[0]
        case "changed":
            chunks[0] = bytes([chunks[0][0] ^ 1]) + chunks[0][1:]
        case _:
            chunks.append(b"")
    with pytest.raises(BatchError, match="source tokyo: snapshot 2: "):
        assemble(manifest, chunks)


def test_a_group_left_out_is_not_the_list_that_was_signed(source: Source) -> None:
    token, chunks = source.snapshot()
    manifest = read_manifest(token, source.trust(), NOW)
    *kept, (_, _, size, _) = manifest.groups
    shorter = b"".join(chunks)[:-size]
    forged = replace(manifest, groups=tuple(kept), chunks=(_sha256(shorter),))
    with pytest.raises(BatchError, match="the list is not the one that was signed"):
        assemble(forged, [shorter])


def test_a_count_that_is_not_the_bitmaps_is_refused(source: Source) -> None:
    token, chunks = source.snapshot()
    manifest = read_manifest(token, source.trust(), NOW)
    (terms, count, size, digest), *rest = manifest.groups
    lies = replace(manifest, groups=((terms, count + 1, size, digest), *rest))
    with pytest.raises(BatchError, match="group 0 is not"):
        assemble(lies, chunks)


def test_a_category_outside_the_sources_rights_is_refused(source: Source) -> None:
    token, _ = source.snapshot()
    rights = source.trust(categories=frozenset({Category.FAKE_POLICE}))
    with pytest.raises(BatchError, match="lists refund, for which the source has no right"):
        read_manifest(token, rights, NOW)


GROUP = {
    "category": "refund", "listed": "2026-11-24T03:00:00.000Z", "count": 1, "bytes": 30,
    "sha256": "0" * 64,
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        {"groups": [GROUP], "chunks": []},
        {"groups": [GROUP], "chunks": ["0" * 64] * 2},
        {"groups": [{**GROUP, "bytes": 2**40}], "chunks": ["0" * 64]},
        {"groups": [{**GROUP, "bytes": -1}], "chunks": ["0" * 64]},
        {"groups": [{**GROUP, "count": 0}], "chunks": ["0" * 64]},
        {"groups": [{**GROUP, "sha256": "x"}], "chunks": ["0" * 64]},
        {"groups": [{**GROUP, "category": "rude"}], "chunks": ["0" * 64]},
        {"groups": 5},
        {"groups": None},
        {"chunks": [5]},
        {"head": "short"},
    ],
)
def test_a_manifest_that_does_not_add_up_is_refused(content: dict[str, Any]) -> None:
    source = Source()
    token = source.signs_content(Kind.SNAPSHOT, **content)
    with pytest.raises(BatchError, match="source tokyo: snapshot 1: signed, but not a snapshot"):
        read_manifest(token, source.trust(), NOW)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_no_signed_content_is_a_fault_of_ours(content: Any) -> None:
    source = Source()
    token = source.signs_bytes(json.dumps(content), typ=Kind.SNAPSHOT.value)
    with pytest.raises(BatchError):
        read_manifest(token, source.trust(), NOW)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
