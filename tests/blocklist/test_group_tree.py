"""The unions over a list's groups: few, right, and made anew only where groups have changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist.group_tree import FAN, TOP, Part, build, span, widths
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.source_list import Group, union

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FIRST = 81422990000


def group(position: int, *lasts: int) -> Group:
    """The group of batch *position*, by default with a number that no other has."""
    terms = Terms(Category.FAKE_POLICE, NOW + timedelta(minutes=position))
    return Group.of(terms, BitMap64([FIRST + last for last in lasts or (position,)]))


def groups(count: int) -> list[Group]:
    return [group(position) for position in reversed(range(count))]


def nothing(_: int, __: int) -> Part | None:
    return None


class Before:
    """What a list had, as its file tells; it notes what it was asked for."""

    def __init__(self, listed: list[Group]) -> None:
        self.listed = listed
        self.levels = build(listed, nothing)

    def __call__(self, level: int, position: int) -> Part | None:
        if level >= len(self.levels) or position >= len(self.levels[level]):
            return None
        under = self.listed[span(len(self.listed), level, position)]
        return b"".join(bytes.fromhex(one.digest) for one in under), self.levels[level][position]


def numbers(data: bytes | memoryview) -> BitMap64:
    return BitMap64.deserialize(bytes(data))


def assert_whole(listed: list[Group], levels: list[list[bytes | memoryview]]) -> None:
    """Check that each union is that of its groups, and that each group is under one a level."""
    assert [len(unions) for unions in levels] == widths(len(listed))
    for level, unions in enumerate(levels):
        under = [listed[span(len(listed), level, place)] for place in range(len(unions))]
        assert [one for part in reversed(under) for one in part] == listed
        for part, data in zip(under, unions, strict=True):
            assert numbers(data) == union(part)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (TOP, []), (TOP + 1, [3]), (TOP * FAN, [TOP]), (TOP * FAN + 1, [TOP + 1, 3])],
)
def test_a_list_has_as_many_levels_as_it_needs(count: int, expected: list[int]) -> None:
    assert widths(count) == expected
    listed = groups(count)
    assert_whole(listed, build(listed, nothing))


def test_a_batch_makes_the_youngest_union_anew_and_no_other() -> None:
    before = Before(groups(100))
    listed = [group(100), *before.listed]
    (unions,) = build(listed, before)
    assert_whole(listed, [unions])
    kept = [one is other for one, other in zip(unions, before.levels[0], strict=True)]
    assert kept == [True] * 6 + [False]


def test_a_number_that_leaves_a_group_leaves_the_unions_over_it() -> None:
    before = Before([group(place, place, 1000 + place) for place in reversed(range(100))])
    listed = [*before.listed]
    listed[-1] = group(0, 1000)
    (unions,) = build(listed, before)
    assert_whole(listed, [unions])
    assert unions[1] is before.levels[0][1]


def test_a_group_that_is_gone_moves_the_younger_ones_up() -> None:
    before = Before(groups(100))
    listed = [one for one in before.listed if one is not before.listed[50]]
    levels = build(listed, before)
    assert_whole(listed, levels)
    assert levels[0][:3] == before.levels[0][:3]


CHANGES = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 3)), max_size=6)


@given(st.integers(0, 80), CHANGES)
def test_unions_that_are_used_again_are_as_if_made_anew(
    count: int, changes: list[tuple[int, int]]
) -> None:
    listed = groups(count)
    for step, (place, what) in enumerate(changes):
        before = Before(listed)
        listed = [*listed]
        if what == 0 or place >= len(listed):
            listed.insert(0, group(1000 + step, 5, 2000 + step))
        elif what == 1:
            del listed[place]
        else:
            listed[place] = group(place, 5, what)
        assert build(listed, before) == build(listed, nothing)
