"""What was begun counts once, for a while, for who began it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from callguard.database import Database
from callguard.people.ceremonies import LASTS, Ceremonies, Kind
from callguard.people.errors import Fault, PeopleError
from callguard.people.models import Ceremony
from callguard.people.sessions import Sessions

from .conftest import NOW, Family


@pytest.fixture
def ceremonies(database: Database) -> Ceremonies:
    return Ceremonies(database)


def test_it_is_looked_at_any_number_of_times_and_taken_once(ceremonies: Ceremonies) -> None:
    token = ceremonies.begin(Kind.SIGN_IN, {"a": 1}, device=None, now=NOW)
    for _ in range(2):
        assert ceremonies.look(token, Kind.SIGN_IN, device=None, now=NOW) == {"a": 1}
    assert ceremonies.take(token, Kind.SIGN_IN, device=None, now=NOW) == {"a": 1}
    with pytest.raises(PeopleError) as again:
        ceremonies.take(token, Kind.SIGN_IN, device=None, now=NOW)
    assert again.value.kind is Fault.TOO_LATE


def test_it_is_over_after_a_while_and_swept_up(ceremonies: Ceremonies, database: Database) -> None:
    token = ceremonies.begin(Kind.SIGN_IN, {}, device=None, now=NOW)
    later = NOW + LASTS[Kind.SIGN_IN]
    with pytest.raises(PeopleError):
        ceremonies.take(token, Kind.SIGN_IN, device=None, now=later)
    ceremonies.begin(Kind.SIGN_IN, {}, device=None, now=later)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ceremony)) == 1


def test_it_counts_for_nothing_else(ceremonies: Ceremonies) -> None:
    token = ceremonies.begin(Kind.SIGN_IN, {}, device=None, now=NOW)
    with pytest.raises(PeopleError):
        ceremonies.take(token, Kind.CONFIRM, device=None, now=NOW)


def test_another_device_cannot_finish_it(family: Family, ceremonies: Ceremonies) -> None:
    mine, other = family.device(family.manager), family.device(family.manager)
    token = ceremonies.begin(Kind.CONFIRM, {}, device=mine, now=NOW)
    for device in (other, None):
        with pytest.raises(PeopleError):
            ceremonies.take(token, Kind.CONFIRM, device=device, now=NOW)
    assert ceremonies.take(token, Kind.CONFIRM, device=mine, now=NOW) == {}


def test_a_device_signed_out_cannot_finish_it(family: Family, ceremonies: Ceremonies) -> None:
    device = family.device(family.manager)
    token = ceremonies.begin(Kind.CONFIRM, {}, device=device, now=NOW)
    Sessions(family.database).end(
        device.session_id,
        person_id=family.manager,
        by=family.by(family.manager),
        now=NOW + timedelta(seconds=1),
    )
    with pytest.raises(PeopleError):
        ceremonies.look(token, Kind.CONFIRM, device=device, now=NOW)


def test_what_nobody_began_is_over(ceremonies: Ceremonies) -> None:
    ceremonies.begin(Kind.SIGN_IN, {}, device=None, now=NOW)
    for token in ("", "\x00" * 43, "x" * 43, "あ" * 43):
        with pytest.raises(PeopleError) as refused:
            ceremonies.take(token, Kind.SIGN_IN, device=None, now=NOW)
        assert refused.value.kind is Fault.TOO_LATE
