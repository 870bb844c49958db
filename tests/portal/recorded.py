"""Recordings of calls in a household's log, for the tests of the pages."""

from pathlib import Path
from tempfile import TemporaryDirectory

from callguard.recordings.keys import NodeKey
from callguard.recordings.registering import Registering
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Shelf
from callguard.recordings.spool import Spool

from ..recordings.left import leave, tone, wav
from .site import NOON, Site


def record_call(
    site: Site, call_id: str, *, kind: str = "call", flaw: Flaw = Flaw.NONE, seconds: float = 1.0
) -> bytes:
    """Record a call of the log, as if Asterisk had; return the WAV file that can be heard."""
    said, settings = tone(seconds), site.settings
    shelf, key = Shelf(settings.recordings, reserve=0), NodeKey(settings.recordings_key)
    with TemporaryDirectory(prefix="callguard-spool-") as folder:
        spool = Path(folder)
        leave(spool, f"{kind}-{call_id}.wav", said)
        (left,) = Spool(spool).left()
        assert seal(left, shelf, key, flaw)
    assert Registering(site.database, shelf, key).register(NOON) == 1
    return wav(said)
