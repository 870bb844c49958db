"""Calls handed over as evidence: a signed archive, made by somebody, on a stated basis.

The archive is a ZIP file::

    calls.json        every call, as the log has it
    calls.csv         the same for a spreadsheet
    recordings/*.wav  what was recorded of calls, if that is wanted; by the calls' names
    MANIFEST.json     who exported what, when and on what basis; SHA-256 of the files above
    MANIFEST.jws      the same manifest, signed by the node
    KEY.json          the node's public key, whose thumbprint is its name

``verify`` needs nothing else. That the key is this node's, and not a forger's, is seen by its name,
which the node tells (``callguard calls verify`` compares them).
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ..database import Database
from ..delimited import written
from ..households.models import Household
from ..numbers import format_number
from ..screening.policy import JST
from ..trail import Doer, What, record
from .errors import EvidenceError
from .log import MAX_PAGE, Call, CallLog
from .signing import node_key, public_form, read_public, sign, signed_content

FORMAT = 1
MAX_CALLS = 50_000
"""Calls in one archive: about 30 MB of JSON in memory."""
MIN_BASIS, MAX_BASIS = 4, 500
"""Characters of the basis: a word at least."""
MAX_ARCHIVE = 64 * 1024 * 1024
"""Bytes that ``verify`` unpacks of one file; a security limit: anybody may hand in an archive."""
MAX_RECORDINGS = 200
MAX_SECONDS = 3 * 3600
"""Recordings in one archive, and how long they may be in all: 173 MB in memory, and as much again
while it is packed."""
MAX_SOUND = MAX_SECONDS * 16_000 + 1024
"""Bytes that ``verify`` unpacks of one recording."""

_COLUMNS = (
    *("at", "call_id", "action", "reason", "outcome", "ended_at", "seconds"),
    *("origin", "number", "name", "defence"),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive as it is handed over."""

    name: str
    """A file name, of plain characters."""
    content: bytes
    calls: int
    key_name: str
    """The thumbprint of the key that signed it."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What an archive that holds says of itself."""

    exported_by: str
    exported_at: str
    basis: str
    calls: int
    line: str
    since: str | None
    until: str | None
    key_name: str
    """The thumbprint of the key that signed it; whose that is must be known otherwise."""


class Sounds(Protocol):
    """Where the recordings of calls are had."""

    def seconds(self, household_id: int, call_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how long the recordings are of those calls that have one."""

    def sound(self, household_id: int, call_id: str) -> bytes | None:
        """Return a recording, a WAV file; None if it cannot be had here."""


class Evidence:
    """Makes archives of the calls in *database*, signed by the key in the file *key*.

    With *sounds* an archive holds the calls' recordings too.
    """

    def __init__(self, database: Database, key: Path, sounds: Sounds | None = None) -> None:
        self._database = database
        self._key = key
        self._sounds = sounds

    def export(
        self,
        household_id: int,
        *,
        call_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        basis: str,
        by: Doer,
        now: datetime,
    ) -> Archive:
        """Return an archive of one call, or of those from ``since`` to before ``until``.

        ``basis`` says by what right: the subscriber's wish, a warrant with its number. The export
        is in the audit trail before the archive is handed out.

        Raises:
            EvidenceError: no basis is given, neither a call nor a period is named, there are too
                many calls or recordings or no calls, or the key cannot be used.
            NoSuchCall: the household has no such call.
            DatabaseError: the database does not answer.

        """
        basis = " ".join(basis.split())
        if not MIN_BASIS <= len(basis) <= MAX_BASIS or not basis.isprintable():
            raise EvidenceError(
                f"the basis of the export is missing: write it in {MIN_BASIS} to {MAX_BASIS} "
                "characters, such as who asked for the calls and by what right"
            )
        log = CallLog(self._database)
        if call_id is not None:
            calls: Sequence[Call] = [log.call(household_id, call_id)]
        elif since is not None and until is not None:
            calls = _of_period(log, household_id, since, until)
        else:
            raise EvidenceError("nothing to export: name one call, or the first and last day")
        key = node_key(self._key)
        with self._database.reading() as session:
            household = session.get(Household, household_id)
            line = format_number(household.line) if household else ""
        files = {"calls.json": _json(calls), "calls.csv": _csv(calls)}
        missing = self._add_recordings(household_id, calls, files)
        manifest = {
            "format": FORMAT,
            "line": line,
            "call": call_id,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "calls": len(calls),
            "recordings": len(files) - 2,
            "recordings_elsewhere": missing,
            "exported_by": by.who,
            "exported_at": now.isoformat(),
            "basis": basis,
            "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2).encode()
        content = _zip(
            {
                **files,
                "MANIFEST.json": text,
                "MANIFEST.jws": sign(text, key),
                "KEY.json": json.dumps(public_form(key), indent=2).encode(),
            },
            now,
        )
        with self._database.transaction() as session:
            record(
                session,
                by,
                What.EXPORT_EVIDENCE,
                household_id=household_id,
                now=now,
                calls=len(calls),
                recordings=len(files) - 2,
                call=call_id,
                since=manifest["since"],
                until=manifest["until"],
                basis=basis,
                sha256=hashlib.sha256(content).hexdigest(),
            )
        name = f"callguard-{now.astimezone(JST):%Y%m%d-%H%M%S}.zip"
        return Archive(name, content, len(calls), str(key.kid))

    def _add_recordings(
        self, household_id: int, calls: Sequence[Call], files: dict[str, bytes]
    ) -> list[str]:
        """Add the calls' recordings to *files*; return the calls whose own cannot be had here."""
        if self._sounds is None:
            return []
        lengths = self._sounds.seconds(household_id, [call.call_id for call in calls])
        if len(lengths) > MAX_RECORDINGS or sum(lengths.values()) > MAX_SECONDS:
            raise EvidenceError(
                f"there are more than {MAX_RECORDINGS} recordings, or {MAX_SECONDS // 3600} hours "
                "of them; export shorter periods, or without recordings"
            )
        missing = []
        for call_id in lengths:
            sound = self._sounds.sound(household_id, call_id)
            if sound is None:
                missing.append(call_id)
            else:
                files[f"recordings/{call_id}.wav"] = sound
        return missing


def verify(content: bytes) -> Verified:
    """Check an archive: its signature, and that its files are those that were signed.

    Raises:
        EvidenceError: it does not hold; the message says what is wrong.

    """
    files = _unzip(content)
    try:
        key = read_public(json.loads(files["KEY.json"]))
        signed = signed_content(files["MANIFEST.jws"].strip(), key)
        if signed != files["MANIFEST.json"]:
            raise EvidenceError("MANIFEST.json is not the manifest that was signed")
        manifest = json.loads(signed)
        digests: Mapping[str, str] = manifest["sha256"]
        for name in ("calls.json", "calls.csv", *digests):
            if hashlib.sha256(files[name]).hexdigest() != digests[name]:
                raise EvidenceError(f"{name} has been changed since it was exported")
        return Verified(
            exported_by=str(manifest["exported_by"]),
            exported_at=str(manifest["exported_at"]),
            basis=str(manifest["basis"]),
            calls=int(manifest["calls"]),
            line=str(manifest["line"]),
            since=manifest["since"],
            until=manifest["until"],
            key_name=str(key.kid),
        )
    except KeyError as error:
        raise EvidenceError(f"this is no archive of evidence: it has no {error.args[0]}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceError("this is no archive of evidence: its manifest is damaged") from error


def call_to_json(call: Call) -> dict[str, Any]:
    """Return a call as JSON values, for an archive and for programs."""
    return {
        "call_id": call.call_id,
        "at": call.at.isoformat(),
        "action": call.action.value,
        "reason": call.reason.value,
        "defence": call.defence,
        "caller": dict(call.caller),
        "evidence": dict(call.evidence),
        "name": call.name,
        "outcome": call.outcome.value if call.outcome else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "seconds": call.seconds,
    }


def _of_period(log: CallLog, household_id: int, since: datetime, until: datetime) -> list[Call]:
    calls: list[Call] = []
    before: str | None = None
    while True:
        page = log.calls(household_id, since=since, until=until, before=before, limit=MAX_PAGE)
        calls += page.calls
        before = page.older
        if before is None:
            break
        if len(calls) >= MAX_CALLS:
            raise EvidenceError(
                f"there are more than {MAX_CALLS:,} calls in this period; export shorter ones"
            )
    if not calls:
        raise EvidenceError("there is no call in this period, and so nothing to export")
    return calls


def _json(calls: Sequence[Call]) -> bytes:
    return json.dumps([call_to_json(call) for call in calls], ensure_ascii=False, indent=1).encode()


def _csv(calls: Sequence[Call]) -> bytes:
    table: list[tuple[str, ...]] = [_COLUMNS]
    table += (
        (
            call.at.astimezone(JST).isoformat(timespec="seconds"),
            call.call_id,
            call.action.value,
            call.reason.value,
            call.outcome.value if call.outcome else "",
            call.ended_at.astimezone(JST).isoformat(timespec="seconds") if call.ended_at else "",
            "" if call.seconds is None else str(call.seconds),
            call.origin.value,
            "" if call.number is None else format_number(call.number),
            call.name,
            call.defence,
        )
        for call in calls
    )
    return written(table)


def _zip(files: Mapping[str, bytes], now: datetime) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, now.astimezone(JST).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return archive.getvalue()


def _unzip(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > 16 + MAX_RECORDINGS:
                raise EvidenceError("this is no archive of evidence: it holds too many files")
            files = {}
            room = MAX_SOUND + 4 * MAX_ARCHIVE  # for all of it together
            for entry in archive.infolist():
                most = MAX_SOUND if entry.filename.startswith("recordings/") else MAX_ARCHIVE
                most = min(most, room)
                with archive.open(entry) as file:
                    data = file.read(most + 1)
                room -= len(data)
                if len(data) > most:
                    raise EvidenceError(f"{entry.filename[:40]!r} is too large to be looked at")
                files[entry.filename] = data
            return files
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError) as error:
        raise EvidenceError("this is no archive of evidence: it is no ZIP file") from error
    except (RuntimeError, EOFError) as error:  # zipfile's, of a password or of a way of packing
        raise EvidenceError("this archive cannot be unpacked: it is damaged or locked") from error
