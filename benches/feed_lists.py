"""Police lists of any size for ``script/bench feed``: of several sources, the same in every run.

Three fifths of the numbers are scattered one by one over the mobile, fixed and 050 ranges, which is
the worst case for Roaring bitmaps; the others come in ranges of ten thousand (在庫番号). They have
the shapes of Japan's numbering plan and belong to nobody in particular.
"""

import random
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pyroaring import BitMap64

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import Group, SourceList

SOURCES = tuple(f"police-{n:02}" for n in range(20))
SINCE = datetime(2026, 10, 1, tzinfo=UTC)

_SINGLES = (
    (0.3, ((816010000000, 816099999999), (817010000000, 817099999999),
           (818010000000, 818099999999), (819010000000, 819099999999))),
    (0.2, ((81320000000, 81399999999), (81620000000, 81699999999), (8122200000, 8122999999),
           (81422200000, 81422999999), (81522000000, 81529999999), (81922000000, 81929999999))),
    (0.1, ((815010000000, 815099999999),)),
)  # fmt: skip
_RANGE = 10_000
_GROUPS = 28
"""Different terms in a source's list: four weeks of one batch a day."""
_MANY_GROUPS = 400
"""Of the first source, which publishes all day."""


def draw(total: int) -> Iterator[NodeList]:
    """Yield the list of each source; together they have about *total* numbers."""
    for position, source in enumerate(SOURCES):
        chance = random.Random(source)  # noqa: S311 - the same numbers in every run
        groups = min(_GROUPS if position else _MANY_GROUPS, max(total // 200, 1))
        yield _node_list(_draw_list(source, total // len(SOURCES), groups, chance))


def _node_list(one: SourceList) -> NodeList:
    heard_at = SINCE + timedelta(days=28)
    return NodeList(one, heard_at=heard_at, fresh_until=heard_at + timedelta(days=365))


def _draw_list(source: str, total: int, groups: int, chance: random.Random) -> SourceList:
    drawn: list[Group] = []
    listed = BitMap64()
    for n in range(groups):
        numbers = _draw_group(total // groups, chance) - listed
        listed |= numbers
        terms = Terms(
            Category.FAKE_POLICE if n % 7 else Category.FORWARDER_STOCK,
            SINCE + timedelta(hours=n),
            evidence=f"{source}-{n}",
        )
        drawn.append(Group.of(terms, numbers))
    head = f"{chance.getrandbits(256):064x}"
    return SourceList(source, groups, head, tuple(reversed(drawn)), listed)


def _draw_group(total: int, chance: random.Random) -> BitMap64:
    numbers = BitMap64()
    for share, spans in _SINGLES:
        for first, last in spans:
            numbers |= scattered(round(total * share / len(spans)), first, last, chance)
    while (missing := total - len(numbers)) > 0:
        start = chance.choice(("8150", "8170", "8180", "8190"))
        first = int(f"{start}{chance.randrange(1000, 10_000)}0000")
        numbers.add_range(first, first + min(_RANGE, missing))
    return numbers


def scattered(count: int, first: int, last: int, chance: random.Random) -> BitMap64:
    """Return *count* numbers, or a few less, between *first* and *last*."""
    drawn = array("I", chance.randbytes(4 * count))
    return BitMap64([first + one % (last - first) for one in drawn])
