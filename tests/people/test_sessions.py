"""Devices signed in."""

from datetime import timedelta

import pytest

from callguard.people.errors import Fault, PeopleError
from callguard.people.rights import Role
from callguard.people.sessions import IDLE, LONGEST, Sessions
from callguard.trail import What

from .conftest import HOME, NOW, Family

MINUTE = timedelta(minutes=1)


def start(sessions: Sessions, person: int) -> str:
    agent = "Mozilla/5.0 (iPhone) Safari/604.1"
    return sessions.start(person, agent=agent, address=HOME, how="passkey", now=NOW)


def test_a_device_signed_in_is_found_by_its_cookie(family: Family, sessions: Sessions) -> None:
    found = sessions.find(start(sessions, family.manager), now=NOW)
    assert found is not None
    assert (found.person_id, found.name, found.device) == (
        family.manager,
        "花子",
        "Safari (iPhone)",
    )
    assert family.deeds(What.SIGN_IN) == [
        (None, "花子", {"how": "passkey", "device": "Safari (iPhone)"})
    ]


@pytest.mark.parametrize("cookie", ["", "x", "\x00" * 43, "あ" * 43, "A" * 43, "a" * 10**6])
def test_any_other_cookie_finds_nobody(family: Family, sessions: Sessions, cookie: str) -> None:
    start(sessions, family.manager)
    assert sessions.find(cookie, now=NOW) is None


def test_the_cookie_itself_is_stored_nowhere(family: Family, sessions: Sessions) -> None:
    from sqlalchemy import text

    token = start(sessions, family.manager)
    with family.database.reading() as session:
        rows = session.execute(text("SELECT * FROM sessions")).all()
    assert token not in str(rows)


def test_when_a_device_was_seen_is_kept_to_five_minutes(family: Family, sessions: Sessions) -> None:
    token = start(sessions, family.manager)

    def seen() -> timedelta:
        return sessions.of_person(family.manager, now=NOW)[0].seen_at - NOW

    sessions.find(token, now=NOW + 4 * MINUTE)
    assert seen() == timedelta()
    sessions.find(token, now=NOW + 5 * MINUTE)
    assert seen() == 5 * MINUTE


def test_a_device_unused_for_a_month_is_signed_out(family: Family, sessions: Sessions) -> None:
    token = start(sessions, family.manager)
    assert sessions.find(token, now=NOW + IDLE - MINUTE) is not None
    assert sessions.find(token, now=NOW + 2 * IDLE) is None


def test_half_a_year_is_the_end_however_often_it_is_used(
    family: Family, sessions: Sessions
) -> None:
    token, now = start(sessions, family.manager), NOW
    while now < NOW + LONGEST:
        assert sessions.find(token, now=now) is not None
        now += timedelta(days=20)
    assert sessions.find(token, now=now) is None


def test_what_is_over_is_swept_up_when_somebody_signs_in(
    family: Family, sessions: Sessions
) -> None:
    start(sessions, family.manager)
    sessions.start(family.manager, agent="", address=HOME, how="password", now=NOW + 2 * IDLE)
    assert family.devices() == 1


def test_a_proof_is_recent_for_ten_minutes(family: Family, sessions: Sessions) -> None:
    token = start(sessions, family.manager)
    found = sessions.find(token, now=NOW)
    assert found is not None
    assert found.proved_recently(NOW + 10 * MINUTE)
    assert not found.proved_recently(NOW + 11 * MINUTE)
    sessions.prove(found.id, now=NOW + 20 * MINUTE)
    again = sessions.find(token, now=NOW + 21 * MINUTE)
    assert again is not None
    assert again.proved_recently(NOW + 21 * MINUTE)


def test_a_device_is_signed_out_at_once(family: Family, sessions: Sessions) -> None:
    here, there = start(sessions, family.manager), start(sessions, family.manager)
    lost = sessions.find(there, now=NOW)
    assert lost is not None
    by = family.by(family.manager)
    sessions.end(lost.id, person_id=family.manager, by=by, now=NOW)
    assert sessions.find(there, now=NOW) is None
    assert sessions.find(here, now=NOW) is not None
    with pytest.raises(PeopleError) as again:
        sessions.end(lost.id, person_id=family.manager, by=by, now=NOW)
    assert again.value.kind is Fault.NO_SUCH_DEVICE
    assert len(family.deeds(What.SIGN_OUT_DEVICE)) == 1


def test_nobody_signs_out_another_persons_device(family: Family, sessions: Sessions) -> None:
    token = start(sessions, family.manager)
    found = sessions.find(token, now=NOW)
    assert found is not None
    jiro = family.add("次郎", Role.MANAGER)
    with pytest.raises(PeopleError):
        sessions.end(found.id, person_id=jiro, by=family.by(jiro), now=NOW)
    assert sessions.end_others(0, person_id=jiro, by=family.by(jiro), now=NOW) == 0
    assert sessions.find(token, now=NOW) is not None


def test_all_other_devices_are_signed_out(family: Family, sessions: Sessions) -> None:
    tokens = [start(sessions, family.manager) for _ in range(3)]
    here = sessions.find(tokens[0], now=NOW)
    assert here is not None
    by = family.by(family.manager)
    assert sessions.end_others(here.id, person_id=family.manager, by=by, now=NOW) == 2
    assert [sessions.find(one, now=NOW) is not None for one in tokens] == [True, False, False]
    assert family.deeds(What.SIGN_OUT_DEVICE)[-1][2] == {"others": 2}


def test_a_person_who_is_gone_signs_in_nowhere(family: Family, sessions: Sessions) -> None:
    with pytest.raises(PeopleError) as refused:
        start(sessions, 999_999)
    assert refused.value.kind is Fault.NO_SUCH_PERSON
