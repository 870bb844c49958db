"""What the node's processes count of the journal, in memory that they share."""

from callguard.calllog.counts import Counts


def test_a_successor_goes_on_counting_and_has_no_fault_yet() -> None:
    counts = Counts(2)
    slot = counts.slot(1)
    slot.lost, slot.faulty = 3, True
    slot.tell()
    assert (counts.total().lost, counts.total().faulty) == (3, 1)
    counts.slot(1)
    assert (counts.total().lost, counts.total().faulty) == (3, 0)
