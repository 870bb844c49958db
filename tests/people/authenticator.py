"""A passkey of software: answers as an authenticator and a browser do (W3C WebAuthn, level 2).

It keeps its keys in memory and does what it is told, also what an honest one would not: skip the
user's verification, count backwards, name another origin.
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
"""Flags of the authenticator data (section 6.1)."""


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    """A credential in the authenticator."""

    id: bytes
    private: ec.EllipticCurvePrivateKey
    handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """A device with passkeys, and the browser before it."""

    origin: str = "http://localhost:8080"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    """Whether it counts its signatures; synchronised passkeys do not."""
    keys: dict[bytes, Key] = field(default_factory=dict)

    def create(self, options: dict[str, Any], **changed: Any) -> str:
        """Answer ``navigator.credentials.create``; ``changed`` replaces what the browser tells."""
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert any(one["alg"] == -7 for one in options["pubKeyCredParams"])
        key = Key(
            secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            decoded(options["user"]["id"]),
        )
        self.keys[key.id] = key
        numbers = key.private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(key.id)) + key.id + encode_cbor(public)
        data = self._data(options["rp"]["id"], key, HAS_KEY) + attested
        return self._answer(
            key,
            {
                "clientDataJSON": encoded(self._client("webauthn.create", options, changed)),
                "attestationObject": encoded(
                    encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
                ),
            },
        )

    def get(self, options: dict[str, Any], **changed: Any) -> str:
        """Answer ``navigator.credentials.get``; ``changed`` replaces what the browser tells."""
        allowed = [decoded(one["id"]) for one in options.get("allowCredentials", [])]
        key = next(one for one in self.keys.values() if not allowed or one.id in allowed)
        key.count += 1
        client = self._client("webauthn.get", options, changed)
        data = self._data(options["rpId"], key, 0)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            key,
            {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(key.private.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": encoded(key.handle),
            },
        )

    def copy(self) -> "Authenticator":
        """A copy of the device, as somebody makes it who has read it out."""
        keys = {name: replace(key) for name, key in self.keys.items()}
        return replace(self, keys=keys)

    def _client(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        told = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(told | changed).encode()

    def _data(self, host: str, key: Key, flags: int) -> bytes:
        count = key.count if self.counts else 0
        return hashlib.sha256(host.encode()).digest() + struct.pack(
            ">BI", self.flags | flags, count
        )

    def _answer(self, key: Key, response: dict[str, str]) -> str:
        name = encoded(key.id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
                "authenticatorAttachment": "platform",
            }
        )
