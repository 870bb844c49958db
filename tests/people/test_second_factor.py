"""Codes of the app and recovery codes: each counts once."""

from datetime import datetime, timedelta

import pyotp
import pytest

from callguard.database import Database
from callguard.people.ceremonies import Device
from callguard.people.errors import Fault, PeopleError
from callguard.people.rights import Role
from callguard.people.second_factor import RECOVERY_CODES, SecondFactor, SetUp
from callguard.trail import What

from .conftest import KEY, NOW, Family

STEP = timedelta(seconds=30)


def code_at(offered: SetUp, now: datetime) -> str:
    """What the app shows."""
    return pyotp.TOTP(offered.secret).at(now)


@pytest.fixture
def second(database: Database) -> SecondFactor:
    return SecondFactor(database, KEY)


@pytest.fixture
def device(family: Family) -> Device:
    return family.device(family.manager)


@pytest.fixture
def app(family: Family, second: SecondFactor, device: Device) -> tuple[SetUp, tuple[str, ...]]:
    """The manager's app, its first code used, and the recovery codes."""
    offered = second.begin(device=device, now=NOW)
    by = family.by(family.manager)
    return offered, second.finish(
        offered.token, code_at(offered, NOW), device=device, by=by, now=NOW
    )


def test_what_is_offered_is_shown_as_a_link_for_the_app(
    second: SecondFactor, device: Device
) -> None:
    offered = second.begin(device=device, now=NOW)
    assert offered.uri.startswith("otpauth://totp/callguard:")
    assert f"secret={offered.secret}" in offered.uri
    assert second.again(offered.token, device=device, now=NOW) == offered


def test_it_is_in_force_only_when_a_code_of_it_was_typed(
    family: Family, second: SecondFactor, device: Device
) -> None:
    offered, by = second.begin(device=device, now=NOW), family.by(family.manager)
    with pytest.raises(PeopleError) as refused:
        second.finish(offered.token, "000000", device=device, by=by, now=NOW)
    assert refused.value.kind is Fault.CODE
    assert not second.use(family.manager, code_at(offered, NOW), now=NOW)
    codes = second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    assert len(set(codes)) == RECOVERY_CODES
    assert len(family.deeds(What.SET_SECOND_FACTOR)) == 1
    with pytest.raises(PeopleError) as again:
        second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    assert again.value.kind is Fault.TOO_LATE


def test_another_person_cannot_finish_it(
    family: Family, second: SecondFactor, device: Device
) -> None:
    offered = second.begin(device=device, now=NOW)
    jiro = family.device(family.add("次郎", Role.MANAGER))
    code, by = code_at(offered, NOW), family.by(family.manager)
    with pytest.raises(PeopleError):
        second.finish(offered.token, code, device=jiro, by=by, now=NOW)
    with pytest.raises(PeopleError):
        second.again(offered.token, device=jiro, now=NOW)


def test_a_code_counts_once_and_none_before_it(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    offered, _ = app
    later = NOW + 4 * STEP
    assert not second.use(family.manager, code_at(offered, NOW), now=NOW)
    assert second.use(family.manager, code_at(offered, later), now=later)
    assert not second.use(family.manager, code_at(offered, later), now=later)
    assert not second.use(family.manager, code_at(offered, later - STEP), now=later)
    assert second.use(family.manager, code_at(offered, later + STEP), now=later)


def test_a_code_may_be_half_a_minute_early_or_late_and_no_more(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    offered, _ = app
    later = NOW + 10 * STEP
    assert not second.use(family.manager, code_at(offered, later - 2 * STEP), now=later)
    assert not second.use(family.manager, code_at(offered, later + 2 * STEP), now=later)
    assert second.use(family.manager, code_at(offered, later - STEP), now=later)


def test_a_code_is_read_as_people_write_it(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    offered, codes = app
    for at, form in enumerate((" {0:.3} {1} ", "{0:.3}-{1}", "{0:.3}　{1}"), start=2):
        now = NOW + at * STEP
        code = code_at(offered, now)
        assert second.use(family.manager, form.format(code, code[3:]), now=now)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code_at(offered, NOW + 9 * STEP))
    assert second.use(family.manager, wide, now=NOW + 9 * STEP)
    assert second.use(family.manager, codes[0].upper().replace("-", " "), now=NOW)
    assert second.use(family.manager, codes[1].replace("0", "o").replace("1", "l"), now=NOW)


def test_a_recovery_code_counts_once(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    codes = app[1]
    assert second.use(family.manager, codes[3], now=NOW)
    assert not second.use(family.manager, codes[3], now=NOW)
    assert second.recovery_codes_left(family.manager) == RECOVERY_CODES - 1


def test_new_recovery_codes_replace_the_old(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    new = second.new_recovery_codes(family.manager, by=family.by(family.manager), now=NOW)
    assert not second.use(family.manager, app[1][0], now=NOW)
    assert second.use(family.manager, new[0], now=NOW)
    assert len(family.deeds(What.MAKE_RECOVERY_CODES)) == 1


def test_recovery_codes_are_stored_as_digests(
    family: Family, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    from sqlalchemy import text

    with family.database.reading() as session:
        rows = str(session.execute(text("SELECT * FROM recovery_codes")).all())
    assert not any(code in rows or code.replace("-", "") in rows for code in app[1])


def test_a_persons_codes_let_nobody_else_in(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    jiro = family.add("次郎", Role.MANAGER)
    device = family.device(jiro)
    own = second.begin(device=device, now=NOW)
    code = code_at(own, NOW)
    second.finish(own.token, code, device=device, by=family.by(jiro), now=NOW)
    later = NOW + 3 * STEP
    assert not second.use(jiro, code_at(app[0], later), now=later)
    assert not second.use(jiro, app[1][0], now=later)


HOSTILE = ["", "12345", "1234567", "abcdef", "¹²³⁴⁵⁶", "\x00" * 6, "ー" * 9, "9" * 10**6, "\ud800"]


def test_whatever_else_is_typed_does_not_count(
    family: Family, second: SecondFactor, app: tuple[SetUp, tuple[str, ...]]
) -> None:
    assert not any(second.use(family.manager, code, now=NOW) for code in HOSTILE)
