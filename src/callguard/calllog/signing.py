"""The node's own signing key, and what it signs: Ed25519 in a compact JWS (RFC 7515, RFC 8037)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ..node_secret import keep_secret
from .errors import EvidenceError

TYPE = "callguard-evidence+jws"
MAX_SIGNED = 64 * 1024
"""Bytes of a manifest that are looked at; one has about a thousand."""

_ALGORITHM = "Ed25519"  # RFC 9864; RFC 8037 called it EdDSA
_REGISTRY = jws.JWSRegistry(algorithms=[_ALGORITHM])
_REGISTRY.max_payload_length = MAX_SIGNED


def node_key(path: Path) -> OKPKey:
    """Return the node's private key from *path*; the first time, make it, readable by its owner.

    Raises:
        EvidenceError: it cannot be read or written, or is not one.

    """
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be made: {error.strerror}") from error
    return _read(path)


def key_name(path: Path) -> str:
    """Return the name of the node's key: its RFC 7638 thumbprint.

    Raises:
        EvidenceError: there is no key, since nothing was ever signed here; or it cannot be read.

    """
    if not path.exists():
        raise EvidenceError(
            f"there is no key {path}: this node has signed nothing; name the key with --key"
        )
    return str(_read(path).kid)


def _read(path: Path) -> OKPKey:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        key = OKPKey.import_key(content)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be used: {error.strerror}") from error
    except (JoseError, ValueError, TypeError) as error:
        raise EvidenceError(f"{path} is not the key of a node: {error}") from error
    if not key.is_private or content.get("crv") != "Ed25519" or not key.kid:
        raise EvidenceError(f"{path} is not the private key of a node")
    return key


def public_form(key: OKPKey) -> dict[str, Any]:
    """Return the public part of a key, with its ``kid``: its RFC 7638 thumbprint."""
    return {**key.as_dict(private=False), "kid": key.kid}


def read_public(content: object) -> OKPKey:
    """Read the public part of a node's key.

    Raises:
        EvidenceError: it is not one, or its ``kid`` is not its thumbprint.

    """
    fault = "the signing key is not an Ed25519 public key"
    if not isinstance(content, dict) or content.get("crv") != "Ed25519" or "d" in content:
        raise EvidenceError(fault)
    try:
        key = OKPKey.import_key(content)
        if key.kid != key.thumbprint():
            raise EvidenceError("the signing key does not have the name that it goes by")
    except (JoseError, ValueError, TypeError) as error:
        raise EvidenceError(fault) from error
    return key


def sign(content: bytes, key: OKPKey) -> bytes:
    """Return *content* in a signed JWS."""
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": TYPE}
    return jws.serialize_compact(header, content, key, registry=_REGISTRY).encode()


def signed_content(token: bytes, key: OKPKey) -> bytes:
    """Return what is signed in *token*, if *key* signed it.

    Raises:
        EvidenceError: it did not.

    """
    try:
        signed = jws.deserialize_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise EvidenceError("the signature does not hold: this is not what was exported") from error
    headers: Mapping[str, Any] = signed.headers()
    if headers.get("typ") != TYPE or headers.get("kid") != key.kid:
        raise EvidenceError("the signature is not one of an archive of evidence")
    return bytes(signed.payload)


def _make(path: Path) -> None:
    key = OKPKey.generate_key("Ed25519", private=True)
    content = {**key.as_dict(private=True), "kid": key.thumbprint()}
    keep_secret(path, json.dumps(content, indent=2).encode())
