"""A source's list comes back from its file as it was, whatever the source did before."""

import contextlib
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist.errors import StoreError
from callguard.blocklist.list_file import ListFile
from callguard.blocklist.listing import Category, Terms, Trial
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.roaring import DAMAGED
from callguard.blocklist.source_list import SourceList

from .list_bytes import to_bytes

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FIRST = 81422990000

Step = tuple[bool, int, int, bool]
"""Whether numbers are added, the first of them, how many, and whether on trial."""
steps = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3_000), st.sampled_from((1, 5, 2_000)), st.booleans()),
    max_size=12,
)


def operation(step: Step, minute: int) -> Operation:
    adds, first, count, simulated = step
    span = (range(FIRST + first, FIRST + first + count),)
    if not adds:
        return Remove(span)
    listed_at = NOW + timedelta(minutes=minute)
    return Add(span, Terms(Category.FAKE_POLICE, listed_at, simulated=simulated))


def written_and_read(one: SourceList) -> SourceList:
    return ListFile(memoryview(to_bytes(NodeList(one)))).load().list


@given(steps)
@settings(deadline=None)
def test_a_list_that_is_read_again_after_each_batch_is_what_the_batches_say(
    taken: list[Step],
) -> None:
    one = SourceList("tokyo")
    real: dict[int, Terms] = {}
    trial: dict[int, Terms] = {}
    for minute, step in enumerate(taken, 1):
        said = operation(step, minute)
        for number in said.numbers[0]:
            if isinstance(said, Add):
                (trial if said.terms.simulated else real)[number] = said.terms
            else:
                real.pop(number, None)
                trial.pop(number, None)
        after = one.apply([said], minute, "1" * 64)
        one = written_and_read(after)
        assert one == after
        assert one.digest() == after.digest()
    assert set(one.listed) == real.keys()
    assert set(one.whole()) == real.keys() | trial.keys()
    file = ListFile(memoryview(to_bytes(NodeList(one))))
    for number in range(FIRST, FIRST + 5_100, 97):
        said_of_it = {terms[number] for terms in (real, trial) if number in terms}
        assert {listing.terms for listing in file.find(number, NOW)} == said_of_it
        assert one.find(number) == real.get(number, trial.get(number))


@pytest.mark.parametrize("groups", [1, 32, 33, 200, 600])
def test_a_number_is_found_however_many_groups_there_are(groups: int) -> None:
    one = list_of(groups)
    file = ListFile(memoryview(to_bytes(NodeList(one))))
    for sequence in range(1, groups + 1):
        (listing,) = file.find(FIRST + sequence, NOW)
        assert listing.terms.listed_at == NOW + timedelta(minutes=sequence)
    assert file.find(FIRST + groups + 1, NOW) == []
    assert file.load().list == one


def test_a_number_may_be_in_two_groups_however_many_there_are() -> None:
    one = list_of(100).apply([operation((True, 5, 2, True), 101)], 101, "1" * 64)
    file = ListFile(memoryview(to_bytes(NodeList(one))))
    trials = [found.trial for found in file.find(FIRST + 5, NOW)]
    assert trials == [Trial.SIMULATED, None]


def test_the_file_before_changes_nothing_in_the_next() -> None:
    one = list_of(100)
    before = ListFile(memoryview(to_bytes(NodeList(one))))
    after = one.apply([operation((True, 90, 20, False), 101)], 101, "1" * 64)
    assert to_bytes(NodeList(after), before) == to_bytes(NodeList(after))


def list_of(groups: int) -> SourceList:
    """A list of one number a batch."""
    steps = [operation((True, minute, 1, False), minute) for minute in range(1, groups + 1)]
    return SourceList("tokyo").apply(steps, groups, "1" * 64)


KEPT = NodeList(
    SourceList("tokyo").apply(
        [operation((True, 0, 5, False), 1), operation((True, 3, 5, True), 1)], 1, "1" * 64
    ),
    shadow=True,
    held=BitMap64([FIRST, FIRST + 1]),
    held_since=1,
    additions=((NOW - timedelta(hours=2), 7), (NOW, 5)),
    heard_at=NOW,
    fresh_until=NOW + timedelta(hours=1),
)
DATA = to_bytes(KEPT)
START = DATA.index(b"{")
END = DATA.index(b"\n", START) + 1


@pytest.mark.parametrize("kept", [KEPT, NodeList(KEPT.list), NodeList(SourceList("tokyo"))])
def test_what_a_node_keeps_comes_back_as_it_was(kept: NodeList) -> None:
    file = ListFile(memoryview(to_bytes(kept)))
    assert file.load() == kept
    assert file.source == "tokyo"
    assert file.version == (kept.list.sequence, kept.list.head)
    assert all(number in file.whole for number in kept.list.whole())


def test_a_file_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "tokyo.list"
    path.write_bytes(DATA)
    file = ListFile.open(path)
    path.unlink()
    assert file.load() == KEPT


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokyo.list"
    path.touch()
    with pytest.raises(StoreError, match="it is empty"):
        ListFile.open(path)


def sealed(header: bytes, body: bytes) -> bytes:
    """Return a file of anything, with its digests."""
    digests = f"{hashlib.sha256(header).hexdigest()} {hashlib.sha256(body).hexdigest()}\n"
    return b"callguard list 2\n" + digests.encode() + header + body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATA.replace(b"list 2", b"list 3", 1),
        b"callguard list 2\n",
        b"callguard list 2\n{}\n",
        DATA[: END - 1],
        DATA[:-1],
        DATA + b"x",
        sealed(b"{\n", b""),
        sealed(b"null\n", b""),
        sealed(b"{}\n", b""),
        sealed(b'{"groups": "x", "blocks": 0, "body": 0}\n', b""),
        sealed(b'{"groups": 0, "blocks": 0, "body": 0}\n', b""),
        sealed(DATA[START:END], bytes(len(DATA) - END)),
        sealed(DATA[START:END], b"\xff" * (len(DATA) - END)),
        sealed(b"x" * 70_000 + b"\n", b""),
    ],
    ids=lambda data: repr(data[-20:]),
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        ListFile(memoryview(data))


HEADER = json.loads(DATA[START:END])


@pytest.mark.parametrize(
    "header",
    [
        *(
            {name: value for name, value in HEADER.items() if name != left_out}
            for left_out in (
                "source",
                "sequence",
                "head",
                "groups",
                "unions",
                "trials",
                "body",
                "shadow",
            )
        ),
        {**HEADER, "trials": None},
        {**HEADER, "sequence": "1"},
    ],
    ids=lambda header: "".join(HEADER.keys() - header.keys()) or "of another type",
)
def test_a_header_that_lacks_what_a_look_up_needs_is_refused(header: dict[str, object]) -> None:
    data = sealed(json.dumps(header).encode() + b"\n", DATA[END:])
    with pytest.raises(StoreError):
        ListFile(memoryview(data))


@pytest.mark.parametrize("name", [b"category", b"listed"])
def test_damaged_terms_raise_when_asked(name: bytes) -> None:
    damaged = DATA.replace(name, name.upper())
    with pytest.raises(DAMAGED, match="terms that are none"):
        ListFile(memoryview(damaged)).find(FIRST + 3, NOW)


@given(st.integers(END, len(DATA) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_damage_to_the_body_is_refused_or_raises_when_asked_and_is_never_loaded(
    place: int, flaw: int
) -> None:
    damaged = DATA[:place] + bytes([DATA[place] ^ flaw]) + DATA[place + 1 :]
    try:
        file = ListFile(memoryview(damaged))
    except StoreError:
        return
    with pytest.raises(StoreError, match="it is damaged"):
        file.load()
    with contextlib.suppress(*DAMAGED):
        file.find(FIRST + 3, NOW)
