"""What was said is in no backup: an erased recording must not come back."""

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from callguard.backup.archive import make
from callguard.database import Database
from callguard.settings import Settings

from ..recordings.left import CALL, leave, tone

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_neither_in_clear_nor_encrypted(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    Database(settings.households).close()
    leave(settings.data / "asterisk" / "spool" / "recordings", f"call-{CALL}.wav", tone(1.0))
    settings.recordings.mkdir()
    (settings.recordings / f"{CALL}.cgr").write_bytes(b"noise")
    settings.recordings_key.write_bytes(b"k" * 32)
    out = io.BytesIO()
    make(settings, out, NOW)
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        names = archive.getnames()
    assert not [name for name in names if CALL in name]
    assert "data/recordings.key" in names
