"""The key by which push services know this callguard (RFC 8292)."""

import base64
import contextlib
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class VapidError(Exception):
    """The key cannot be read or made; the message says which file, and what to do."""


class VapidKey:
    """A key of the curve P-256, kept in a file that only its owner can read."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @property
    def public(self) -> str:
        """What a browser is given when it subscribes (``applicationServerKey``, base64url)."""
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    @property
    def pem(self) -> bytes:
        """The private key."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @classmethod
    def open(cls, path: Path) -> "VapidKey":
        """Read the key in *path*, made now if there is none.

        Several processes and threads that do so at once get the same key.

        Raises:
            VapidError: it cannot be read or made.

        """
        try:
            if not path.exists():
                _make(path)
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise VapidError(
                f"{path} cannot be used: {error}; restore it, or remove it: browsers that "
                "subscribed to notices then have to do so again"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise VapidError(f"{path} is no key of the curve P-256")
        return cls(key)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = VapidKey(ec.generate_private_key(ec.SECP256R1()))
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # its owner's only
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.pem)
        file.flush()
        os.fsync(descriptor)
    try:
        with contextlib.suppress(FileExistsError):  # somebody else was quicker: that key counts
            os.link(new, path)
    finally:
        Path(new).unlink()
