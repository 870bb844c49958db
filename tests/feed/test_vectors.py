"""``docs/feed-vectors``: what callguard makes of the files that others test against."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from callguard.blocklist.errors import (
    BatchError,
    FeedError,
    ForkedFeed,
    MissingBatch,
    ReplayedBatch,
    TrustError,
)
from callguard.blocklist.moments import read_moment
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import bitmap
from callguard.blocklist.roaring import canonical
from callguard.blocklist.source_list import SourceList
from callguard.feed.chain import Step, apply_batch, apply_heartbeat, apply_snapshot
from callguard.feed.snapshot import read_manifest
from callguard.feed.trusted_source import SourceTrust, read_source

from .vector_files import FOLDER, build, spans

SIGNATURE = "the signature of a [a-z]+ does not hold"
REFUSALS: dict[str, tuple[type[FeedError], str]] = {
    "form": (BatchError, SIGNATURE),
    "typ": (BatchError, "where a [a-z]+ belongs"),
    "key": (TrustError, "is not its own|held until|holds only from"),
    "signature": (BatchError, SIGNATURE),
    "content": (BatchError, "signed, but not a"),
    "source": (BatchError, "in its stream"),
    "future": (BatchError, "in the future"),
    "key-time": (BatchError, "when key [a-z0-9-]+ did not hold"),
    "category": (BatchError, "for which the source has no right"),
    "fork": (ForkedFeed, "two histories|another batch"),
    "replay": (ReplayedBatch, "again|not newer"),
    "missing": (MissingBatch, "does not follow|the last that arrived"),
    "date": (BatchError, "dated before what the source said last"),
    "set": (BatchError, "does not make the list|is not the one that was signed"),
    "chunk": (BatchError, "is damaged|telephone numbers"),
}
"""How callguard says what ``docs/feed-format.md`` gives a word for."""


def table(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


CHAIN: list[dict[str, Any]] = table("chain")
TRUST: dict[str, SourceTrust] = {
    name: read_source(name, entry) for name, entry in table("sources").items()
}


class Node:
    """What a node keeps of one source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.trust = TRUST[source]
        self.kept = NodeList(SourceList(source))

    def takes(self, name: str) -> None:
        """Take one of the files in, when it is issued."""
        token = file(name)
        kind = "heartbeat" if name.endswith("heartbeat") else "batch"
        self.kept = self.step(kind, token, _issued(token)).kept

    def step(self, kind: str, token: bytes, now: str, chunks: Sequence[bytes] = ()) -> Step:
        at = read_moment(now)
        if kind == "batch":
            return apply_batch(self.kept, token, self.trust, at)
        if kind == "heartbeat":
            return apply_heartbeat(self.kept, token, self.trust, at)
        return apply_snapshot(self.kept, read_manifest(token, self.trust, at), chunks, self.trust)


def _issued(token: bytes) -> str:
    payload = token.split(b".")[1]
    content = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    return str(content["issued"])


def test_writing_the_files_again_changes_nothing() -> None:
    there = {
        str(path.relative_to(FOLDER)): path.read_bytes()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix != ".md"
    }
    assert build() == there


def test_the_public_keys_are_those_of_the_private_ones() -> None:
    for one in TRUST.values():
        for kid, trusted in one.keys.items():
            private = OKPKey.import_key(table("keys")[kid])
            assert private.thumbprint() == trusted.key.thumbprint()


@pytest.mark.parametrize("source", TRUST)
def test_a_chain_of_batches_makes_these_lists(source: str) -> None:
    node = Node(source)
    for entry in CHAIN:
        if not entry["file"].startswith(f"{source}/"):
            continue
        token = file(entry["file"])
        node.kept = node.step("batch", token, entry["now"]).kept
        assert hashlib.sha256(token).hexdigest() == node.kept.list.head == entry["digest"]
        assert node.kept.list.digest() == entry["set"]
        assert spans(node.kept.held) == entry["held"]
        groups = {group.terms.line(): group for group in node.kept.list.groups}
        assert sorted(groups) == [group["terms"] for group in entry["groups"]]
        for group in entry["groups"]:
            found = groups[group["terms"]]
            assert spans(found.numbers) == group["numbers"]
            assert (len(found.data), found.digest) == (group["bytes"], group["sha256"])


@pytest.mark.parametrize("entry", CHAIN, ids=lambda entry: str(entry["file"]))
def test_a_set_digest_is_taken_over_the_lines_of_its_groups(entry: dict[str, Any]) -> None:
    lines = "".join(f"{one['terms']}\n{one['sha256']}\n" for one in entry["groups"])
    assert hashlib.sha256(lines.encode()).hexdigest() == entry["set"]


@pytest.mark.parametrize("source", TRUST)
def test_a_snapshot_and_a_heartbeat_bring_a_new_node_where_the_chain_ends(source: str) -> None:
    follower, beginner = Node(source), Node(source)
    for entry in CHAIN:
        if entry["file"].startswith(f"{source}/"):
            follower.takes(entry["file"])
    token = file(f"{source}/snapshot")
    paths = sorted((FOLDER / source).glob("snapshot.*"))
    chunks = [path.read_bytes() for path in paths]
    beginner.kept = beginner.step("snapshot", token, _issued(token), chunks).kept
    assert beginner.kept.list.digest() == follower.kept.list.digest()
    assert beginner.kept.list.head == follower.kept.list.head
    follower.takes(f"{source}/heartbeat")
    assert follower.kept.heard_at == read_moment(_issued(file(f"{source}/heartbeat")))


@pytest.mark.parametrize("entry", table("bitmaps"), ids=lambda entry: str(entry["name"]))
def test_a_set_has_this_bitmap(entry: dict[str, Any]) -> None:
    parts = [range(one["first"], one["last"] + 1, one["step"]) for one in entry["numbers"]]
    singly = bitmap(range(number, number + 1) for part in parts for number in part)
    in_spans = bitmap(part for part in parts if part.step == 1) | singly
    for numbers in (singly, in_spans):
        data = canonical(numbers)
        assert len(numbers) == entry["count"]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
        assert entry.get("hex", data.hex()) == data.hex()


@pytest.mark.parametrize(
    "entry", table("refused"), ids=lambda entry: f"{entry['kind']}: {entry['why']}"
)
def test_what_is_refused(entry: dict[str, Any]) -> None:
    node = Node(entry["source"])
    for name in entry["taken"]:
        node.takes(name)
    before = node.kept
    error, why = REFUSALS[entry["refused"]]
    chunks = [base64.b64decode(one) for one in entry.get("chunks", [])]
    with pytest.raises(error, match=why) as refused:
        node.step(entry["kind"], entry["statement"].encode(), entry["now"], chunks)
    assert type(refused.value) is error
    assert node.kept is before


def test_the_page_has_a_word_for_each_refusal() -> None:
    page = (FOLDER.parent / "feed-format.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\| `([a-z-]+)` \|$", page, re.MULTILINE))
    assert words == {*REFUSALS, "size", "groups"}
    assert {entry["refused"] for entry in table("refused")} == set(REFUSALS)
