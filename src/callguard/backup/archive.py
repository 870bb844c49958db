"""The archive: a gzipped tar file of what a node cannot make anew, and a manifest at its end.

Everything in the data folder goes in, keys as well, but for what comes back by itself: the embedded
feed, a node's copy of the policies, sockets and half-written files; and but for what was said: a
recording that was erased must not come back, and one in clear is nobody's to keep. The database is
copied whole as it stands at one moment; before it the journal, so that a call is in one of both, or
in both, which does no harm: it has one name.

The file holds secrets and names. It is readable by its owner only, and is to be encrypted before it
leaves the machine.
"""

import gzip
import hashlib
import io
import json
import re
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from .. import __version__
from ..settings import Settings
from .database_copy import POSTGRESQL, SQLITE, copy_database, restore_database
from .errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
DATA = "data"
MAX_MANIFEST = 64 * 1024 * 1024
"""A hundred bytes for each file of the data folder."""

_LEFT_OUT = frozenset({"feed", "services.sock", "policies.db", "calls.json"})
_ASTERISK = frozenset({("asterisk", "log"), ("asterisk", "run")})
"""Of an Asterisk whose folder lies in the data folder: its log, its sockets."""
_NOT_YET = (".new", "-wal", "-shm", "-journal", ".tmp")
_NAME = re.compile(r"(?:[^\x00-\x1f\x7f/]+/)*[^\x00-\x1f\x7f/]+")
_CHUNK = 1 << 20


def make(settings: Settings, out: IO[bytes], now: datetime) -> dict[str, Any]:
    """Write a backup of this node to *out*; return its manifest.

    Raises:
        BackupError: something cannot be read.
        OSError: *out* cannot be written.

    """
    if not settings.data.is_dir():
        raise BackupError(f"there is no folder {settings.data}; set CALLGUARD_DATA")
    digests: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(dir=settings.data, prefix="backup.", suffix=".new") as folder,
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        for path in _files(settings):
            name = f"{DATA}/{path.relative_to(settings.data).as_posix()}"
            with suppress(FileNotFoundError), path.open("rb") as file:
                digests[name] = _add(archive, name, file)
        copy, revision = copy_database(settings, Path(folder))
        with copy.open("rb") as file:
            digests[f"{DATABASE}/{copy.name}"] = _add(archive, f"{DATABASE}/{copy.name}", file)
        manifest = {
            "format": FORMAT,
            "callguard": __version__,
            "made_at": now.isoformat(timespec="seconds"),
            "revision": revision,
            "files": digests,
        }
        _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
    return manifest


def restore(settings: Settings, file: IO[bytes]) -> dict[str, Any]:
    """Put a backup into an empty data folder, and an empty database; return its manifest.

    Nothing is written before everything has been read and compared with the manifest.

    Raises:
        BackupError: it is damaged, of a newer callguard, or something is there already.
        OSError: the data folder cannot be written.

    """
    data = settings.data
    if data.is_dir() and any(data.iterdir()):
        raise BackupError(f"{data} is not empty; stop callguard and move it away first")
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data, prefix="restore.", suffix=".new") as name:
        folder = Path(name)
        manifest = _unpack(file, folder)
        _check_revision(str(manifest.get("revision")))
        for kind in (SQLITE, POSTGRESQL):
            if (folder / DATABASE / kind).is_file():
                restore_database(settings, folder / DATABASE / kind)
        if (folder / DATA).is_dir():
            for path in (folder / DATA).iterdir():
                path.rename(data / path.name)
    return manifest


def _files(settings: Settings) -> Iterator[Path]:
    """Yield the files of the data folder that are to be kept, the same each time in one order."""
    database = settings.database_file.absolute()
    sounds = {one.absolute() for one in (settings.recordings, settings.spool) if one is not None}
    for path in sorted(settings.data.rglob("*")):
        within = path.relative_to(settings.data).parts
        if within[0] in _LEFT_OUT or within[:2] in _ASTERISK:
            continue
        if any(part.endswith(_NOT_YET) for part in path.parts):
            continue
        if sounds & {*path.absolute().parents}:
            continue
        if path.absolute() != database and path.is_file() and not path.is_symlink():
            yield path


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> str:
    """Add what *file* holds now, though it may grow meanwhile; return its digest."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    digest = hashlib.sha256()
    left = size
    while left and (data := file.read(min(left, _CHUNK))):
        digest.update(data)
        left -= len(data)
    if left:
        raise BackupError(f"{name} has become shorter while it was read; try again")
    file.seek(0)
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    archive.addfile(info, file)
    return digest.hexdigest()


def _unpack(file: IO[bytes], folder: Path) -> dict[str, Any]:
    """Write the members below *folder*, and see that they are what the manifest says."""
    digests: dict[str, str] = {}
    manifest: Any = None
    try:
        with (
            gzip.GzipFile(fileobj=file, mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as archive,
        ):
            for member in archive:
                _check_member(member, digests)
                content = archive.extractfile(member)
                assert content is not None, "a regular file"
                if member.name == MANIFEST:
                    manifest = json.loads(content.read(MAX_MANIFEST))
                    continue
                digests[member.name] = _write(content, folder / member.name)
            while packed.read(_CHUNK):
                pass  # to its end, where gzip's own checksum is
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise BackupError(f"this is no backup, or it is damaged: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise BackupError(f"this is no backup, or it is damaged: {error}") from error
    if not isinstance(manifest, dict):
        raise BackupError("this is no whole backup: it has no manifest")
    if manifest.get("format") != FORMAT:
        raise BackupError(
            f"the backup is of form {manifest.get('format')!r}, made by callguard "
            f"{manifest.get('callguard')!r}; this callguard, {__version__}, reads form {FORMAT}"
        )
    if manifest.get("files") != digests:
        raise BackupError("the backup is damaged: its files are not those of its manifest")
    return manifest


def _check_member(member: tarfile.TarInfo, known: dict[str, str]) -> None:
    parts = PurePosixPath(member.name).parts
    sound = (
        member.isreg()
        and _NAME.fullmatch(member.name)
        and ".." not in parts
        and (member.name == MANIFEST or (len(parts) > 1 and parts[0] in {DATA, DATABASE}))
        and member.name not in known
    )
    if not sound:
        raise BackupError(f"this is no backup of callguard: it holds {member.name!r}")


def _write(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        while data := content.read(_CHUNK):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def _check_revision(revision: str) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    from ..database.connection import migrations

    try:
        ScriptDirectory.from_config(migrations()).get_revision(revision)
    except CommandError as error:
        raise BackupError(
            f"the backup is of a newer callguard than this (its database is at {revision}); "
            "nothing was changed"
        ) from error
