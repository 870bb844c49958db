"""What a root file says of one source: its keys and how long each holds, and what it may list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ..blocklist.errors import KeyFileError, TrustError
from ..blocklist.listing import Category
from ..blocklist.moments import read_moment, write_moment
from .keys import check_source_name

_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MAX_COUNT = 2**53 - 1  # what every JSON reader takes in exactly


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a source may list before a person has to approve it."""

    batch: int = 10_000
    """New numbers in one batch."""
    day: int = 50_000
    """New numbers in 24 hours."""
    total: int = 2_000_000
    """Numbers on the source's list."""
    share: float = 0.5
    """New numbers of one batch, as a part of the list; whole hundredths, above 0 and up to 1."""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """A source's public key, and from when until when (aware) what it signs counts."""

    key: OKPKey
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SourceTrust:
    """One source, as a root file pins it."""

    name: str
    keys: Mapping[str, SourceKey]
    """By ``kid``."""
    categories: frozenset[Category] = frozenset(Category)
    quota: Quota = Quota()
    shadow: bool = False
    """All that it lists is on trial."""

    def key(self, kid: str, now: datetime) -> OKPKey:
        """Return the key named *kid* if it holds at *now* (aware).

        Raises:
            TrustError: the source has no such key, or it does not hold yet or any more.

        """
        known = self.keys.get(kid)
        if known is None:
            raise TrustError(f"source {self.name}: key {kid[:64]!r} is not its own")
        if now < known.not_before:
            holds = f"holds only from {write_moment(known.not_before)}"
        elif now >= known.not_after:
            holds = f"held until {write_moment(known.not_after)}"
        else:
            return known.key
        raise TrustError(f"source {self.name}: key {kid} {holds}; it is {write_moment(now)}")

    def to_json(self) -> dict[str, Any]:
        """Return the source's entry in the table of a root file."""
        return {
            "keys": [
                {
                    "jwk": {**one.key.as_dict(private=False), "kid": kid},
                    "from": write_moment(one.not_before),
                    "until": write_moment(one.not_after),
                }
                for kid, one in self.keys.items()
            ],
            "categories": sorted(self.categories),
            "quota": {
                "batch": self.quota.batch,
                "day": self.quota.day,
                "total": self.quota.total,
                # Canonical JSON, which TUF signs, has no fractions.
                "share_percent": round(self.quota.share * 100),
            },
            "shadow": self.shadow,
        }


def read_source(name: str, entry: object) -> SourceTrust:
    """Read one entry of the table of sources.

    Raises:
        TrustError: a field is missing, unknown or unusable; the message names source and field.

    """
    where = f"source {name[:40]!r}"
    try:
        check_source_name(name)
        members = _members(entry, "keys", "categories", "quota", "shadow")
        return SourceTrust(
            name,
            _keys(members["keys"]),
            _categories(members["categories"]),
            _quota(members["quota"]),
            _shadow(members["shadow"]),
        )
    except KeyFileError as error:
        raise TrustError(f"the table of sources: {error}") from error
    except ValueError as error:
        raise TrustError(f"{where}: {error}") from error


def _members(entry: object, *names: str) -> dict[str, Any]:
    """Return a JSON object that has exactly the given members."""
    if not isinstance(entry, dict):
        raise ValueError(  # noqa: TRY004 - the file's fault, not the program's
            f"not an object with {', '.join(names)}"
        )
    for name in entry:
        if name not in names:
            raise ValueError(f"unknown field {name[:40]!r}; there are {', '.join(names)}")
    for name in names:
        if name not in entry:
            raise ValueError(f"field {name} is missing")
    return entry


def _keys(entry: object) -> Mapping[str, SourceKey]:
    if not isinstance(entry, list) or not entry:
        raise ValueError("keys: not a list with a key in it")
    keys = dict(_key(one) for one in entry)
    if len(keys) != len(entry):
        raise ValueError("keys: two have the same kid")
    return keys


def _key(entry: object) -> tuple[str, SourceKey]:
    members = _members(entry, "jwk", "from", "until")
    jwk = members["jwk"]
    if isinstance(jwk, dict) and "d" in jwk:
        raise ValueError("keys: a private key; a root file holds public keys only")
    jwk = _members(jwk, "kty", "crv", "x", "kid")
    kid = jwk["kid"]
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise ValueError(f"kid {str(kid)[:80]!r}: not 1 to 64 letters, digits, dots, hyphens or _")
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        raise ValueError(f"key {kid}: not an Ed25519 key (RFC 8037)")
    try:
        key = OKPKey.import_key(jwk)
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError(f"key {kid}: not an Ed25519 key: {error}") from error
    one = SourceKey(key, read_moment(members["from"]), read_moment(members["until"]))
    if one.not_after <= one.not_before:
        raise ValueError(f"key {kid}: it ends before it begins to hold")
    return kid, one


def _categories(entry: object) -> frozenset[Category]:
    if not isinstance(entry, list) or not entry:
        raise ValueError("categories: not a list with a category in it")
    try:
        return frozenset(Category(one) for one in entry)
    except (ValueError, TypeError) as error:
        raise ValueError(f"categories: {error}; there are {', '.join(Category)}") from error


def _quota(entry: object) -> Quota:
    members = _members(entry, "batch", "day", "total", "share_percent")
    for name, value in members.items():
        limit = 100 if name == "share_percent" else _MAX_COUNT
        if type(value) is not int or not 1 <= value <= limit:
            raise ValueError(f"quota: {name} {str(value)[:40]}: not a whole number, 1 to {limit}")
    return Quota(members["batch"], members["day"], members["total"], members["share_percent"] / 100)


def _shadow(entry: object) -> bool:
    if entry is True or entry is False:
        return entry
    raise ValueError("shadow: neither true nor false")
