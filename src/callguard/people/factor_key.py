"""Encrypts the secrets of second factors: whoever reads the database alone makes no codes.

A digest would not do, as for passwords: codes are made from the secret itself. So it is sealed
under a key that lies in a file beside the database, not in it. Nodes that share a database share
the file too.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ..node_secret import node_secret

_NONCE_BYTES = 12
_SECRET_SIGNS = 32
"""Of a secret in clear, 160 bits in base 32; a sealed one has 64 signs, of base 64."""


class SealedByAnother(Exception):
    """The secret was sealed under another key, or is damaged; or the key cannot be read."""


class FactorKey:
    """The key; ``read`` gives its 32 bytes, and may raise OSError."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read

    @classmethod
    def in_file(cls, path: Path) -> "FactorKey":
        """Return the key in the file *path*, which is made when it is first needed."""
        lost = "codes of authenticator apps that were set up before count no more"
        return cls(lambda: node_secret(path, lost=lost))

    def seal(self, secret: str, owner: bytes) -> str:
        """Return *secret*, base 32 of 160 bits, sealed for *owner*.

        Raises:
            OSError: the key cannot be read or made.

        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = base64.b32decode(secret)
        sealed = nonce + ChaCha20Poly1305(self._read()).encrypt(nonce, plain, _purpose(owner))
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str, owner: bytes) -> str:
        """Return the secret that :meth:`seal` sealed; one that is in clear as it is.

        Raises:
            SealedByAnother: it was sealed under another key or for another owner, or the key
                cannot be read.

        """
        if is_clear(sealed):
            return sealed
        try:
            content = base64.b64decode(sealed, validate=True)
            nonce, rest = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
            plain = ChaCha20Poly1305(self._read()).decrypt(nonce, rest, _purpose(owner))
        except (OSError, InvalidTag, ValueError, binascii.Error) as error:
            raise SealedByAnother("the second factor's secret cannot be opened") from error
        return base64.b32encode(plain).decode()


def is_clear(text: str) -> bool:
    """Tell whether *text* is a secret that was kept before secrets were sealed."""
    return len(text) <= _SECRET_SIGNS


def _purpose(owner: bytes) -> bytes:
    return b"callguard second factor " + owner
