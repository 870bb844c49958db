"""Writes what ``callguard init`` was told: all of it, or nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

KEPT = ".before"
"""Behind the name of a settings' file that was there, and is written over."""


class SetupError(Exception):
    """What is there already is in the way; the message says what to do."""


def write_settings(path: Path, text: str, secrets: Mapping[str, str], *, force: bool) -> bool:
    """Write the settings' file and the secrets beside it; tell whether anything is new.

    A secret that is there already stays: telephones have been given it. So whatever was interrupted
    can be done again.

    Raises:
        SetupError: another settings' file is there, and *force* does not allow to write over it.
        OSError: a file cannot be written.

    """
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before is not None and before != text and not force:
        raise SetupError(
            f"{path} is there already and says something else; give --force to write it anew (what "
            f"it says is kept in {path.name}{KEPT}), or set CALLGUARD_CONFIG to another file"
        )
    folder = secrets_folder(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, secret in secrets.items():
        if not (folder / name).exists():
            _write(folder / name, f"{secret}\n", 0o600)
    if before == text:
        return False
    if before is not None:
        _write(path.with_name(path.name + KEPT), before, 0o600)
    _write(path, text, 0o640)
    return True


def secrets_folder(path: Path) -> Path:
    """Return where the secrets of a settings' file are."""
    return path.absolute().parent / "secrets"


def _write(path: Path, text: str, mode: int) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    new.replace(path)
