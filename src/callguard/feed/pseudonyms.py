"""What a node calls its homes, and itself, when it reports: HMAC-SHA256 under a key of its own.

Without the key nobody can try all telephone numbers to find whose home it is; with it, two reports
of one home are seen to be of one.
"""

import contextlib
import hmac
import os
import secrets
from pathlib import Path

from ..blocklist.errors import StoreError

_KEY_BYTES = 32


class Pseudonyms:
    """Names that tell nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_folder(cls, folder: Path) -> "Pseudonyms":
        """Read the key in *folder*; the first time, make it.

        Raises:
            StoreError: it cannot be read or written, or is not one.

        """
        path = folder / "key"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                _make(path)
            key = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be used: {error.strerror}") from error
        if len(key) != _KEY_BYTES:
            raise StoreError(f"{path} is damaged; delete it, and homes get other names")
        return cls(key)

    def home(self, line: int) -> str:
        """Return the pseudonym of the home whose number is *line* (E.164 digits)."""
        return self._name(f"home {line}")

    def node(self) -> str:
        """Return the pseudonym of this node."""
        return self._name("node")

    def _name(self, of: str) -> str:
        return hmac.digest(self._key, of.encode(), "sha256").hex()[:32]


def _make(path: Path) -> None:
    """Write a new key whole, or leave that of a process that was quicker."""
    mine = path.with_name(f"key.{os.getpid()}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink()
