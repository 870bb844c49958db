"""Writes what ``callguard init`` was told: all of it, or nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

from .answers import LINE, MAIL
from .words import SetupError

KEPT = ".before"
"""Behind the name of a settings' file that was there, and is written over."""


def write_settings(path: Path, text: str, secrets: Mapping[str, str], *, force: bool) -> bool:
    """Write the settings' file and the secrets beside it; tell whether anything is new.

    A secret that was made stays: telephones have been given it. So whatever was interrupted can be
    done again. What somebody typed, of the line and the mail server, is what was typed last.

    Raises:
        SetupError: another settings' file is there, and *force* does not allow to write over it; or
            a file cannot be written.
        OSError: the file that is there cannot be read.

    """
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before is not None and before != text and not force:
        raise SetupError("there", path=path, kept=path.name)
    try:
        new = _write_secrets(secrets_folder(path), secrets)
        if before == text:
            return new
        if before is not None:
            _write(path.with_name(path.name + KEPT), before, 0o600)
        _write(path, text, 0o640)
    except OSError as error:
        raise SetupError("unwritten", path=path, why=error.strerror) from error
    return True


def secrets_folder(path: Path) -> Path:
    """Return where the secrets of a settings' file are."""
    return path.absolute().parent / "secrets"


def _write_secrets(folder: Path, secrets: Mapping[str, str]) -> bool:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = False
    for name, secret in secrets.items():
        path, text = folder / name, f"{secret}\n"
        if not path.exists() or (name in {LINE, MAIL} and path.read_text(encoding="utf-8") != text):
            _write(path, text, 0o600)
            new = True
    return new


def _write(path: Path, text: str, mode: int) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    new.replace(path)
