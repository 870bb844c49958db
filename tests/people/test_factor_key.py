"""The secrets of second factors, sealed: what stands in the database makes no codes."""

from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.people.ceremonies import Device
from callguard.people.factor_key import FactorKey, SealedByAnother, is_clear
from callguard.people.models import Ceremony, Person
from callguard.people.second_factor import SecondFactor, new_secret, seal_old

from .conftest import KEY, NOW, Family
from .test_second_factor import STEP, code_at

OTHER = FactorKey(lambda: bytes(32))


def kept(database: Database, person: int) -> str:
    """Return what stands in the database of a person's second factor."""
    with database.reading() as session:
        found = session.scalar(select(Person.totp).where(Person.id == person))
    assert found is not None
    return found


def test_what_is_sealed_is_opened_for_its_owner_only_and_fits_its_column() -> None:
    secret = new_secret()
    sealed = KEY.seal(secret, b"one")
    assert KEY.open(sealed, b"one") == secret
    assert KEY.seal(secret, b"one") != sealed
    assert len(sealed) == 64
    for key, owner, text in (
        (KEY, b"other", sealed),
        (OTHER, b"one", sealed),
        (KEY, b"one", sealed[:-4] + "AAA="),
        (KEY, b"one", "no base 64 at all, and longer than a secret"),
    ):
        with pytest.raises(SealedByAnother):
            key.open(text, owner)


def test_the_file_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "second-factor.key"
    sealed = FactorKey.in_file(path).seal(new_secret(), b"one")
    assert FactorKey.in_file(path).open(sealed, b"one")
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"short")
    with pytest.raises(SealedByAnother):
        FactorKey.in_file(path).open(sealed, b"one")


def test_no_secret_stands_in_the_database(family: Family) -> None:
    person, device = family.manager, family.device(family.manager)
    second, by = SecondFactor(family.database, KEY), family.by(family.manager)
    offered = second.begin(device=device, now=NOW)
    with family.database.reading() as session:
        begun = session.scalars(select(Ceremony.data)).all()
    assert offered.secret not in str(begun)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    assert not is_clear(kept(family.database, person))


def test_secrets_of_before_count_and_are_sealed_at_the_start(family: Family) -> None:
    person, device = family.manager, family.device(family.manager)
    second, by = SecondFactor(family.database, KEY), family.by(family.manager)
    offered = second.begin(device=device, now=NOW)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    with family.database.transaction() as session:
        row = session.get(Person, person)
        assert row is not None
        row.totp = offered.secret
    assert second.use(person, code_at(offered, NOW + STEP), now=NOW + STEP)
    assert seal_old(family.database, KEY) == 1
    assert not is_clear(kept(family.database, person))
    assert seal_old(family.database, KEY) == 0
    later = NOW + 2 * STEP
    assert second.use(person, code_at(offered, later), now=later)


def test_under_another_key_recovery_codes_still_let_in(family: Family) -> None:
    person = family.manager
    device: Device = family.device(person)
    second, by = SecondFactor(family.database, KEY), family.by(person)
    offered = second.begin(device=device, now=NOW)
    codes = second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    elsewhere, later = SecondFactor(family.database, OTHER), NOW + STEP
    assert not elsewhere.use(person, code_at(offered, later), now=later)
    assert elsewhere.use(person, codes[0], now=later)
