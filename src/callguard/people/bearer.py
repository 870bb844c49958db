"""Bearer secrets, for cookies and links: whoever shows one is let in."""

import hashlib
import secrets

_BYTES = 32
"""256 bits: nobody finds one by trying."""

_LENGTH = 43
"""Characters of a token: 32 bytes in base64 without padding."""


def new_token() -> str:
    """Return a new token, fit for cookies and URLs."""
    return secrets.token_urlsafe(_BYTES)


def digest(token: str) -> bytes | None:
    """Return what is stored in place of *token*, or None if it cannot be one.

    SHA-256 without salt: the token itself is random enough, and its row must be found by it.
    """
    if len(token) != _LENGTH or not token.isascii():
        return None
    return hashlib.sha256(token.encode()).digest()
