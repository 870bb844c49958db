"""The queue: each delivery to one sender, tried again, given up, and never sent twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from callguard.notify.desk import Desk
from callguard.notify.faults import Failure, Fault
from callguard.notify.models import Channel
from callguard.notify.queue import (
    CLAIM_HOLDS,
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
    NEWS_KEPT,
    Queue,
    Result,
)

from .family import Family

BUSY = Failure(Fault.BUSY, 451)


def sender(family: Family, name: str = "one") -> Queue:
    return Queue(family.database, name, jitter=lambda: 1.0)


@pytest.fixture
def waiting(family: Family) -> Family:
    """A family with one delivery that is due."""
    family.channel("manager")
    family.tell()
    Desk(family.database).hand_out(now=family.now)
    return family


def results(family: Family) -> list[str]:
    return [one.result for one in family.deliveries()]


def fault(family: Family) -> str:
    with family.database.reading() as session:
        return session.query(Channel).one().fault


def test_a_delivery_is_claimed_by_one_sender(waiting: Family) -> None:
    assert len(sender(waiting).claim(10, now=waiting.now)) == 1
    assert sender(waiting).claim(10, now=waiting.now) == []
    assert sender(waiting, "two").claim(10, now=waiting.now) == []


def test_what_is_not_due_is_not_claimed(waiting: Family) -> None:
    early = waiting.now - timedelta(seconds=1)
    assert sender(waiting).claim(10, now=early) == []


def test_a_delivery_that_was_sent_is_done(waiting: Family) -> None:
    queue = sender(waiting)
    delivery = waiting.claim(queue)
    assert queue.sending(delivery, now=waiting.now)
    queue.done(delivery, Result.SENT, now=waiting.now)
    assert results(waiting) == ["sent"]
    assert queue.claim(10, now=waiting.later(days=9)) == []


def test_the_step_that_cannot_be_undone_is_taken_once(waiting: Family) -> None:
    queue = sender(waiting)
    delivery = waiting.claim(queue)
    assert queue.sending(delivery, now=waiting.now)
    assert not queue.sending(delivery, now=waiting.now)
    assert not sender(waiting, "two").sending(delivery, now=waiting.now)


def test_a_fault_that_may_pass_is_tried_again_after_ever_longer_pauses(waiting: Family) -> None:
    queue = sender(waiting)
    begin, pauses = waiting.now, []
    while delivery := queue.claim(1, now=waiting.now):
        ended = queue.failed(delivery[0], BUSY, now=waiting.now)
        if ended:
            break
        (row,) = waiting.deliveries()
        pauses.append(row.due_at - waiting.now)
        waiting.now = row.due_at
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert results(waiting) == ["given-up"]
    assert waiting.now - begin > GIVE_UP_AFTER - LONGEST_PAUSE


def test_pauses_differ_so_that_many_do_not_come_back_at_once(waiting: Family) -> None:
    queue = Queue(waiting.database, "one", jitter=lambda: 1.2)
    queue.failed(waiting.claim(queue), BUSY, now=waiting.now)
    (row,) = waiting.deliveries()
    assert row.due_at == waiting.now + 1.2 * FIRST_PAUSE


def test_a_fault_that_lasts_is_not_tried_again(waiting: Family) -> None:
    queue = sender(waiting)
    ended = queue.failed(waiting.claim(queue), Failure(Fault.ADDRESS, 550), now=waiting.now)
    assert ended is Result.REFUSED
    assert fault(waiting) == "address 550"
    assert queue.claim(10, now=waiting.later(days=1)) == []


def test_a_fault_is_forgotten_once_a_message_has_arrived(waiting: Family) -> None:
    queue = sender(waiting)
    queue.failed(waiting.claim(queue), BUSY, now=waiting.now)
    assert fault(waiting) == "busy 451"
    waiting.later(minutes=2)
    queue.done(waiting.claim(queue), Result.SENT, now=waiting.now)
    assert fault(waiting) == ""


def test_after_a_crash_before_the_last_step_it_is_tried_again_at_once(waiting: Family) -> None:
    waiting.claim(sender(waiting))
    again = sender(waiting)
    assert again.recover(now=waiting.now, restarted=True) == 0
    assert waiting.claim(again)


def test_after_a_crash_in_the_last_step_it_is_unknown_and_not_sent_again(waiting: Family) -> None:
    queue = sender(waiting)
    queue.sending(waiting.claim(queue), now=waiting.now)
    again = sender(waiting)
    assert again.recover(now=waiting.now, restarted=True) == 1
    assert results(waiting) == ["unknown"]
    assert again.claim(10, now=waiting.later(days=1)) == []


def test_a_push_message_is_sent_again_since_a_browser_shows_it_once(family: Family) -> None:
    family.channel("manager", "push", "{}")
    family.tell()
    Desk(family.database).hand_out(now=family.now)
    queue = sender(family)
    queue.sending(family.claim(queue), now=family.now)
    assert queue.recover(now=family.now, restarted=True) == 0
    assert queue.sending(family.claim(queue), now=family.now)


def test_another_sender_takes_over_only_from_one_that_is_long_dead(waiting: Family) -> None:
    waiting.claim(sender(waiting))
    other = sender(waiting, "two")
    assert other.recover(now=waiting.now, restarted=True) == 0
    assert other.claim(10, now=waiting.now) == []
    waiting.now += CLAIM_HOLDS
    other.recover(now=waiting.now)
    assert waiting.claim(other)


def test_a_sender_whose_delivery_was_taken_over_may_not_send_it(waiting: Family) -> None:
    slow, other = sender(waiting), sender(waiting, "two")
    delivery = waiting.claim(slow)
    waiting.now += CLAIM_HOLDS
    other.recover(now=waiting.now)
    waiting.claim(other)
    assert not slow.sending(delivery, now=waiting.now)


def test_of_one_channel_there_is_one_delivery_at_a_time(waiting: Family) -> None:
    waiting.tell()
    waiting.channel("member")
    waiting.tell()
    Desk(waiting.database).hand_out(now=waiting.now)
    queue = sender(waiting)
    first = queue.claim(10, now=waiting.now)
    assert len({one.channel_id for one in first}) == len(first) == 2
    assert queue.claim(10, now=waiting.now) == []
    for one in first:
        queue.done(one, Result.SENT, now=waiting.now)
    assert len(queue.claim(10, now=waiting.now)) >= 1


def test_two_senders_at_once_never_send_the_same(family: Family) -> None:
    for _ in range(12):
        family.channel("manager", "apprise", "line")
    family.tell()
    Desk(family.database).hand_out(now=family.now)
    sent: Counter[int] = Counter()

    def work(name: str) -> None:
        queue = sender(family, name)
        for _ in range(12):
            for delivery in queue.claim(2, now=family.now):
                if queue.sending(delivery, now=family.now):
                    sent[delivery.id] += 1
                    queue.done(delivery, Result.SENT, now=family.now)

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, ["one", "two", "three"]))
    assert set(sent.values()) == {1}
    assert len(sent) == 12


def test_what_is_postponed_is_not_counted_as_a_try(waiting: Family) -> None:
    queue = sender(waiting)
    queue.postpone(waiting.claim(queue), waiting.now + timedelta(hours=1))
    assert queue.claim(10, now=waiting.now) == []
    waiting.later(hours=1)
    assert waiting.claim(queue).tries == 0


def test_the_backlog_counts_what_is_due_and_since_when(waiting: Family) -> None:
    queue = sender(waiting)
    begin = waiting.now
    waiting.later(minutes=5)
    waiting.tell()
    backlog = queue.backlog(now=waiting.now)
    assert (backlog.waiting, backlog.oldest) == (2, begin)
    Desk(waiting.database).hand_out(now=waiting.now)
    while claimed := queue.claim(1, now=waiting.now):
        queue.done(claimed[0], Result.SENT, now=waiting.now)
    assert queue.backlog(now=waiting.now).waiting == 0


def test_old_news_is_forgotten_but_not_while_it_waits(waiting: Family) -> None:
    queue = sender(waiting)
    waiting.now += NEWS_KEPT + timedelta(days=1)
    assert queue.forget_old(now=waiting.now) == 0
    queue.done(waiting.claim(queue), Result.SENT, now=waiting.now)
    assert queue.forget_old(now=waiting.now) == 1
    assert (waiting.news(), waiting.deliveries()) == ([], [])
