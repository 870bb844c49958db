"""Who fails has to wait, longer each time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.lockout import (
    FORGOTTEN,
    LONGEST,
    Lockout,
    Subject,
    account,
    account_at,
    from_address,
)
from callguard.people.models import Attempt

from .conftest import NOW

WHOSE, WHERE = account("hanako@example.jp"), from_address("192.0.2.7")


@pytest.fixture
def lockout(database: Database) -> Lockout:
    return Lockout(database)


def wait(lockout: Lockout, *subjects: Subject, now: datetime = NOW) -> timedelta:
    """Try, and fail: return how long one has to wait first."""
    try:
        lockout.admit(*subjects, now=now)
    except PeopleError as error:
        assert error.wait is not None  # noqa: PT017
        return error.wait
    return timedelta()


def test_the_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    pauses = [WHOSE.pause(failed).total_seconds() for failed in range(4, 14)]
    assert pauses == [0, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    assert WHOSE.pause(10**9) == LONGEST


def test_after_five_failures_one_waits_and_is_told_how_long(lockout: Lockout) -> None:
    assert not any(wait(lockout, WHOSE) for _ in range(5))
    with pytest.raises(PeopleError, match="wait 30 seconds, or sign in with a passkey") as refused:
        lockout.admit(WHOSE, now=NOW)
    assert refused.value.kind is Fault.WAIT
    assert wait(lockout, WHOSE, now=NOW + timedelta(seconds=10)) == timedelta(seconds=20)
    assert not wait(lockout, WHOSE, now=NOW + timedelta(seconds=30))
    assert wait(lockout, WHOSE, now=NOW + timedelta(seconds=30)) == timedelta(seconds=60)


def test_trying_while_one_has_to_wait_makes_it_no_longer(lockout: Lockout) -> None:
    for _ in range(5):
        wait(lockout, WHOSE)
    for _ in range(20):
        assert wait(lockout, WHOSE, now=NOW + timedelta(seconds=1)) == timedelta(seconds=29)


def test_success_clears_the_account(lockout: Lockout) -> None:
    for _ in range(5):
        wait(lockout, WHOSE, WHERE)
    lockout.succeeded(cleared=WHOSE, counted=WHERE)
    assert not any(wait(lockout, WHOSE) for _ in range(5))


def test_signing_in_to_ones_own_account_does_not_pay_for_guessing_at_others(
    lockout: Lockout,
) -> None:
    mine = account("attacker@example.jp")
    guesses = 0
    for at in range(30):
        if wait(lockout, account(f"victim{at}@example.jp"), WHERE):
            break
        guesses += 1
        if not wait(lockout, mine, WHERE):
            lockout.succeeded(cleared=mine, counted=WHERE)
    assert guesses == WHERE.free


def test_an_account_is_locked_for_one_address_and_another(lockout: Lockout) -> None:
    for at in range(5):
        wait(lockout, WHOSE, from_address(f"198.51.100.{at}"))
    assert wait(lockout, WHOSE, from_address("203.0.113.9"))


def test_who_fails_elsewhere_does_not_lock_the_family_out_at_home(lockout: Lockout) -> None:
    for _ in range(5):
        wait(lockout, WHOSE)
    assert not wait(lockout, account_at("hanako@example.jp", "192.0.2.7"))


def test_a_quiet_day_makes_failures_forgotten(lockout: Lockout, database: Database) -> None:
    for _ in range(8):
        wait(lockout, WHOSE)
    later = NOW + FORGOTTEN
    assert not any(wait(lockout, WHOSE, now=later) for _ in range(5))
    with database.reading() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1


def test_an_ipv6_household_is_one_address(lockout: Lockout) -> None:
    assert from_address("2001:db8:1:2::1") == from_address("2001:db8:1:2:ffff::9")
    assert from_address("2001:db8:1:3::1") != from_address("2001:db8:1:2::1")
    assert from_address("no address").key.startswith("address:")


def test_many_at_the_same_moment_are_counted_as_many(lockout: Lockout) -> None:
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: wait(lockout, WHOSE, WHERE), range(12)))
    assert waits.count(timedelta()) == WHOSE.free


def test_what_strangers_type_is_not_kept(lockout: Lockout, database: Database) -> None:
    wait(lockout, account("x" * 10**6 + "\x00\ud800"), WHERE)
    with database.reading() as session:
        keys = [one.subject for one in session.scalars(select(Attempt))]
    assert all(len(key) <= 80 and "192.0.2.7" not in key for key in keys)
