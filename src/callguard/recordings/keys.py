"""Three keys, one in the other: the node's, the household's, and one for each recording.

The node's is a file that callguard alone can read. Under it the household's lies in the database,
and under that the recording's: without its row there a recording is noise, wherever a copy is.
"""

import hashlib
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ..node_secret import KEY_BYTES, node_secret
from .errors import DamagedRecording

NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16


def new_key() -> bytes:
    """Return a new key, 32 bytes."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(key: bytes, under: bytes, purpose: str) -> bytes:
    """Return *key* encrypted *under* another one; it can be unwrapped for *purpose* only."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(under).encrypt(nonce, key, purpose.encode())


def unwrap(wrapped: bytes, under: bytes, purpose: str) -> bytes:
    """Return the key that :func:`wrap` wrapped.

    Raises:
        DamagedRecording: it was wrapped under another key, for something else, or is damaged.

    """
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return ChaCha20Poly1305(under).decrypt(nonce, sealed, purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise DamagedRecording(
            "the recording's key cannot be opened: it is another node's, or damaged"
        ) from error


class NodeKey:
    """The node's key in the file *path*, which is made when it is first needed.

    Raises OSError if it cannot be read or made.
    """

    def __init__(self, path: Path) -> None:
        self.key = node_secret(path, lost="the recordings of before cannot be heard any more")
        self.name = hashlib.sha256(b"callguard recordings " + self.key).hexdigest()[:16]
        """Tells this key from those of other nodes; nothing of the key can be found from it."""
