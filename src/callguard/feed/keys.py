"""Signing keys of sources, and which keys this machine trusts.

Keys are JSON Web Keys (RFC 7517, RFC 8037: OKP, Ed25519). A source keeps ``NAME.key.json``; a node
keeps one ``NAME.json`` (a JWK Set) for each source in its trust folder.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ..blocklist.errors import KeyFileError

_SOURCE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def check_source_name(name: str) -> str:
    """Return *name* if it can be a source's: it becomes a part of file names and Redis keys.

    Raises:
        KeyFileError: it is not 1-32 lower-case letters, digits and inner hyphens.

    """
    if not _SOURCE_NAME.fullmatch(name):
        raise KeyFileError(
            f"{name[:40]!r} cannot name a source: use 1 to 32 lower-case letters, digits and "
            "hyphens, such as tokyo-hq"
        )
    return name


def generate(source: str, path: Path) -> OKPKey:
    """Make a new signing key for *source* and write it to *path*, readable by its owner only.

    Raises:
        KeyFileError: the name is not one, or the file exists or cannot be written.

    """
    return _generate(path, {"source": check_source_name(source)})


def generate_root(path: Path) -> OKPKey:
    """Make a new root key and write it to *path*, readable by its owner only.

    Raises:
        KeyFileError: the file exists or cannot be written.

    """
    return _generate(path, {})


def _generate(path: Path, about: Mapping[str, str]) -> OKPKey:
    key = OKPKey.generate_key("Ed25519", private=True)
    while key.thumbprint().startswith("-"):  # a command would take such a name for an option
        key = OKPKey.generate_key("Ed25519", private=True)
    content = {**key.as_dict(private=True), "kid": key.thumbprint(), **about}
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise KeyFileError(f"{path} exists already; a key is never overwritten") from error
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    return _key(content, path)


def load_private(path: Path) -> tuple[str, OKPKey]:
    """Read a source's signing key; return the source's name and the key.

    Raises:
        KeyFileError: there is no such file, or it is not a private signing key.

    """
    content = _read(path)
    key = _key(content, path)
    if not key.is_private:
        raise KeyFileError(f"{path} is a public key; signing needs the source's private key file")
    return check_source_name(str(content.get("source", ""))), key


def load_root(path: Path) -> OKPKey:
    """Read a root key, private or public.

    Raises:
        KeyFileError: there is no such file, or it is not a root key.

    """
    content = _read(path)
    if "source" in content:
        raise KeyFileError(f"{path} is a source's key; a root key belongs to no source")
    return _key(content, path)


def load_public(path: Path) -> tuple[str, Mapping[str, OKPKey]]:
    """Read what a source hands over; return its name and its public keys by ``kid``.

    Raises:
        KeyFileError: there is no such file, or it is not a public key set.

    """
    content = _read(path)
    source = check_source_name(str(content.get("source", "")))
    keys = _keys(content, path)
    if any(key.is_private for key in keys.values()):
        raise KeyFileError(f"{path} holds a private key; nodes are given the public key only")
    return source, keys


def public_set(source: str, key: OKPKey) -> dict[str, object]:
    """Return what nodes need to trust *source*: its public key as a JWK Set."""
    return {"source": source, "keys": [{**key.as_dict(private=False), "kid": key.kid}]}


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KeyFileError(f"there is no key file {path}") from error
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KeyFileError(f"{path} is not a key file: {error}") from error
    if not isinstance(content, dict):
        raise KeyFileError(f"{path} is not a key file: not a JSON object")
    return content


def _keys(content: Mapping[str, object], path: Path) -> dict[str, OKPKey]:
    members = content.get("keys")
    if "d" in content:
        raise KeyFileError(f"{path} is a private key; nodes are given the public key only")
    if not isinstance(members, list) or not members:
        raise KeyFileError(f"{path} holds no keys")
    keys = [_key(member, path) for member in members]
    return {str(key.kid): key for key in keys}


def _key(content: object, path: Path) -> OKPKey:
    wanted = ("kty", "crv", "x", "d", "kid")
    if not isinstance(content, dict) or content.get("crv") != "Ed25519":
        raise KeyFileError(f"{path} is not an Ed25519 key (RFC 8037)")
    try:
        key = OKPKey.import_key({name: content[name] for name in wanted if name in content})
    except (JoseError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not an Ed25519 key: {error}") from error
    if not key.kid:
        raise KeyFileError(f"{path}: the key has no kid")
    return key
