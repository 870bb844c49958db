"""How much one address or session may ask for."""

from callguard.portal.limits import MOST_KEPT, Limit, Rate

RATE = Rate(burst=3, per_second=0.5)


def test_so_many_at_once_and_then_one_after_the_other() -> None:
    limit = Limit(RATE)
    assert [limit.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 2]
    assert limit.wait("a", 1.0) == 1
    assert limit.wait("a", 2.0) == 0
    assert limit.wait("a", 2.0) == 2


def test_who_was_quiet_has_all_again_and_no_more() -> None:
    limit = Limit(RATE)
    assert [limit.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 2]
    assert [limit.wait("a", 1000.0) for _ in range(4)] == [0, 0, 0, 2]


def test_one_is_not_in_the_way_of_another() -> None:
    limit = Limit(RATE)
    for _ in range(10):
        limit.wait("a", 0.0)
    assert limit.wait("b", 0.0) == 0


def test_the_memory_for_strangers_is_bounded() -> None:
    limit = Limit(RATE)
    for number in range(MOST_KEPT + 10):
        limit.wait(str(number), 0.0)
    assert len(limit._buckets) == MOST_KEPT
