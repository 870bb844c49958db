"""Secret keys of this node in files that their owner only can read."""

import contextlib
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def node_secret(path: Path, *, lost: str) -> bytes:
    """Return the key in the file *path*, 32 bytes; it is made when it is first needed.

    ``lost`` says what is lost with the key, for whoever finds it damaged.

    Raises:
        OSError: it cannot be read or made, or is damaged.

    """
    if not path.exists():
        keep_secret(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise OSError(f"it is damaged; delete it, and {lost}")
    return key


def keep_secret(path: Path, content: bytes) -> None:
    """Write a new secret whole, or leave that of a process that was quicker.

    Raises:
        OSError: it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink()
