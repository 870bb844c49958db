"""What a node calls its homes, and itself, when it reports: HMAC-SHA256 under a key of its own.

Without the key nobody can try all telephone numbers to find whose home it is; with it, two reports
of one home are seen to be of one.
"""

import hmac
import secrets
from pathlib import Path

from ..blocklist.errors import StoreError
from ..node_secret import keep_secret

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
                keep_secret(path, secrets.token_bytes(_KEY_BYTES))
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
