"""Tokens that show that a form came from a page of ours, for this browser.

A token is made from the browser's own secret cookie, so nothing is kept. It is masked anew in each
page: compressed pages would otherwise give away, byte by byte, what stays the same (BREACH).
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_BYTES = 16


def token(secret: str) -> str:
    """Return a token for the browser whose cookie is *secret*."""
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, _plain(secret))).decode()


def is_token(text: str, secret: str) -> bool:
    """Tell whether *text* is a token of that browser."""
    try:
        both = base64.urlsafe_b64decode(text.encode("ascii"))
    except (ValueError, binascii.Error):
        return False
    return len(both) == 2 * _BYTES and hmac.compare_digest(
        _xor(both[:_BYTES], both[_BYTES:]), _plain(secret)
    )


def _plain(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).digest()[:_BYTES]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
