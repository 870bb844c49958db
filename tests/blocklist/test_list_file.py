"""A source's list comes back from its file as it was, whatever the source did before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.blocklist.list_file import ListFile, to_bytes
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import SourceList

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


@pytest.mark.parametrize("groups", [1, 64, 65, 200])
def test_a_number_is_found_however_many_groups_there_are(groups: int) -> None:
    one = SourceList("tokyo")
    for sequence in range(1, groups + 1):
        one = one.apply([operation((True, sequence, 1, False), sequence)], sequence, "1" * 64)
    file = ListFile(memoryview(to_bytes(NodeList(one))))
    for sequence in range(1, groups + 1):
        (listing,) = file.find(FIRST + sequence, NOW)
        assert listing.terms.listed_at == NOW + timedelta(minutes=sequence)
    assert file.find(FIRST + groups + 1, NOW) == []
    assert file.load().list == one
