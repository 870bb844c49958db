"""Numbers that a caller withheld and the network disclosed: kept as a keyed hash, or not at all.

The hash tells whether two calls came from one number, and whether that number is listed later; not
what the number is. Without the key it cannot be found by trying all numbers, so the key stays on
this node, readable by its owner only.
"""

import contextlib
import logging
import os
import secrets
from hashlib import blake2b
from pathlib import Path

from ..numbers.caller import Disclosed

log = logging.getLogger(__name__)

KEY_BYTES = 32
HASH_BYTES = 32


class HiddenNumbers:
    """Hashes under the key in the file *path*, which is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None
        self._complained = False

    def hash(self, number: Disclosed) -> bytes | None:
        """Return the hash of *number*; None if the key cannot be had, which is said once."""
        if self._key is None:
            try:
                self._key = _key(self._path)
            except OSError as error:
                if not self._complained:
                    self._complained = True
                    log.error(
                        "withheld numbers are not kept even as a hash: %s: %s",
                        self._path,
                        error.strerror or error,
                    )
                return None
        # BLAKE2b with a key is a MAC by design (RFC 7693 section 2.9).
        text = str(number.number).encode()
        return blake2b(text, key=self._key, digest_size=HASH_BYTES).digest()


def _key(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise OSError("it is damaged; delete it, and the hashes of before match nothing any more")
    return key


def _make(path: Path) -> None:
    """Write a new key whole, or leave that of a process that was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink()
