"""The database, opened when it is first asked for."""

from pathlib import Path

import pytest

from callguard.database import DatabaseError
from callguard.portal.opening import PAUSE_SECONDS, Opening


def test_it_is_opened_once(tmp_path: Path) -> None:
    opening = Opening(f"sqlite:///{tmp_path / 'households.db'}")
    assert opening() is opening()
    opening.close()


def test_after_a_failure_nobody_waits_for_the_next_at_once(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "households.db"
    path.write_bytes(b"damaged" * 1000)
    opening = Opening(f"sqlite:///{path}", lambda: now[0])
    with pytest.raises(DatabaseError):
        opening()
    path.unlink()
    with pytest.raises(DatabaseError):
        opening()
    now[0] += PAUSE_SECONDS
    opening()
    opening.close()
