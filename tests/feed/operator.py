"""The operator of a trust root: it signs what it likes, honest or not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import OKPKey

from callguard.feed.root_file import RootFile
from callguard.feed.trusted_source import SourceKey, SourceTrust

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=730)


def new_key() -> OKPKey:
    key = OKPKey.generate_key("Ed25519", private=True)
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def source(name: str = "tokyo", key: OKPKey | None = None, **terms: Any) -> SourceTrust:
    """A source with one key, which holds from now on for a year."""
    public = OKPKey.import_key((key or new_key()).as_dict(private=False))
    one = SourceKey(public, NOW, NOW + timedelta(days=365))
    return SourceTrust(name, {public.thumbprint(): one}, **terms)


def root(
    *keys: OKPKey,
    version: int = 1,
    threshold: int = 1,
    expires: datetime = LATER,
    sources: tuple[SourceTrust, ...] = (),
    signers: tuple[OKPKey, ...] | None = None,
) -> bytes:
    """A root file that *signers*, by default all *keys*, have signed."""
    file = RootFile.new(version, expires, threshold, keys, {one.name: one for one in sources})
    for key in keys if signers is None else signers:
        file = file.signed_with(key)
    return file.data


def tampered(data: bytes, change: Callable[[Any], None]) -> bytes:
    """The same file with its JSON changed by somebody else; the signatures stay."""
    content = json.loads(data)
    change(content)
    return json.dumps(content).encode()
