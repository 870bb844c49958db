"""A recorded call for ``script/bench portal``: its sound is read, decrypted and sent like any."""

import wave
from datetime import datetime

from sqlalchemy import update

from callguard.calllog.models import CallRecord
from callguard.calllog.outcome import Outcome
from callguard.database import Database
from callguard.recordings.keys import NodeKey
from callguard.recordings.registering import Registering
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Shelf
from callguard.recordings.spool import Spool
from callguard.settings import Settings

SECONDS = 60
"""How long the recorded conversation is."""


def record_call(database: Database, settings: Settings, call_id: str, *, now: datetime) -> None:
    """Have a call of the log recorded, as if somebody had taken it, and Asterisk recorded it."""
    with database.transaction() as session:
        taken = update(CallRecord).where(CallRecord.call_id == call_id)
        session.execute(taken.values(outcome=Outcome.ANSWERED))
    spool = settings.data / "bench-spool"
    spool.mkdir(exist_ok=True)
    with wave.open(str(spool / f"call-{call_id}.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(b"\x10\x00\xf0\xff" * (4000 * SECONDS))
    key, shelf = NodeKey(settings.recordings_key), Shelf(settings.recordings)
    for left in Spool(spool).left():
        seal(left, shelf, key, Flaw.NONE)
    Registering(database, shelf, key).register(now)
