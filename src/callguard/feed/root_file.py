"""A root file: which keys may change whom nodes believe, and the sources that they vouch for.

It is the root role of The Update Framework (TUF 1.0.31, section 5.3), with the table of sources in
its signed part as ``x-callguard-sources``. This is the only module that knows python-tuf. A file
that has been read is not believed yet: that is :mod:`.trust`'s to decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization import DeserializationError, SerializationError

from ..blocklist.errors import TrustError
from .trusted_source import SourceTrust, read_source

MAX_BYTES = 1024 * 1024
"""Of a root file: about 2,000 sources. A security limit: it is read before it is verified."""

_SOURCES = "x-callguard-sources"
_MAX_NUMBER = 2**53 - 1  # what every JSON reader takes in exactly


@dataclass(frozen=True, slots=True)
class RootFile:
    """One version of the root: what it says, and the bytes that say it."""

    version: int
    expires: datetime
    """Aware, whole seconds."""
    threshold: int
    """How many of the root keys have to sign."""
    keys: Mapping[str, OKPKey]
    """The public root keys, by their RFC 7638 thumbprint."""
    sources: Mapping[str, SourceTrust]
    data: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> "RootFile":
        """Read a root file; nothing of it is verified.

        Raises:
            TrustError: it is too large, or not a root file of this form.

        """
        metadata = _parse(data)
        root = metadata.signed
        role = root.roles["root"]
        for name, number in (("version", root.version), ("threshold", role.threshold)):
            if type(number) is not int or number > _MAX_NUMBER:
                raise TrustError(f"not a root file: {name} {str(number)[:40]!r}")
        try:
            keys = {kid: _public(kid, root.keys[kid]) for kid in role.keyids}
            _ = metadata.signed_bytes  # what cannot be written cannot be verified
        except (ValueError, KeyError, TypeError, SerializationError) as error:
            raise TrustError(f"not a root file: {_one_line(error)}") from error
        table = root.unrecognized_fields.get(_SOURCES)
        if not isinstance(table, dict):
            raise TrustError(f"not a root file of callguard: it has no table {_SOURCES}")
        sources = {name: read_source(name, entry) for name, entry in table.items()}
        return cls(root.version, root.expires, role.threshold, keys, sources, data)

    @classmethod
    def new(
        cls,
        version: int,
        expires: datetime,
        threshold: int,
        keys: Iterable[OKPKey],
        sources: Mapping[str, SourceTrust],
    ) -> "RootFile":
        """Write a root file that nobody has signed yet; of *keys* only the public part is used.

        Raises:
            TrustError: it would be too large, or the threshold cannot be met.

        """
        table = {name: one.to_json() for name, one in sorted(sources.items())}
        root = Root(version, expires=expires.astimezone(UTC), unrecognized_fields={_SOURCES: table})
        for key in keys:
            root.add_key(_to_tuf(key), "root")
        count = len(root.roles["root"].keyids)
        if not 1 <= threshold <= count:
            raise TrustError(f"threshold {threshold}: give 1 to {count}, the number of root keys")
        root.roles["root"].threshold = threshold
        return cls.from_bytes(Metadata(root).to_bytes())

    def signed_with(self, key: OKPKey) -> "RootFile":
        """Add the signature of *key*, a private root key, of this version or the one before."""
        private = key.private_key
        assert isinstance(private, Ed25519PrivateKey)
        metadata = _parse(self.data)
        metadata.sign(CryptoSigner(private, _to_tuf(key)), append=True)
        return self.from_bytes(metadata.to_bytes())

    def missing(self, authority: "RootFile") -> int:
        """Return how many more of *authority*'s root keys have to sign this file (TUF 5.3.4)."""
        metadata = _parse(self.data)
        return (
            _parse(authority.data)
            .signed.get_verification_result("root", metadata.signed_bytes, metadata.signatures)
            .missing
        )


def _parse(data: bytes) -> Metadata[Root]:
    if len(data) > MAX_BYTES:
        raise TrustError(f"not a root file: {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(data)
    except DeserializationError as error:
        raise TrustError(f"not a root file: {_one_line(error.__cause__ or error)}") from error
    if not isinstance(metadata.signed, Root):
        raise TrustError("not a root file: TUF metadata of another role")
    return metadata


def _public(kid: str, key: Key) -> OKPKey:
    """Return a root key as a JWK. Its name must be its thumbprint, or one key could sign twice."""
    if (key.keytype, key.scheme) != ("ed25519", "ed25519"):
        raise ValueError(f"root key {kid[:64]!r} is not an Ed25519 key")
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
    public = OKPKey.import_key(raw)
    if public.thumbprint() != kid:
        raise ValueError(f"root key {kid[:64]!r} is not named by its thumbprint")
    return public


def _to_tuf(key: OKPKey) -> SSlibKey:
    public = key.public_key
    assert isinstance(public, Ed25519PublicKey)
    return SSlibKey.from_crypto(public, keyid=key.thumbprint())


def _one_line(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"no {str(error.args[0])[:64]!r}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
