"""What a root file says of one source."""

from datetime import timedelta
from typing import Any

import pytest

from callguard.blocklist.errors import TrustError
from callguard.blocklist.listing import Category
from callguard.feed.trusted_source import Quota, read_source

from .operator import NOW, new_key, source


def test_a_source_is_read_as_it_was_written() -> None:
    one = source(categories=frozenset({Category.REFUND}), quota=Quota(1, 2, 3, 0.29), shadow=True)
    found = read_source("tokyo", one.to_json())
    assert (found.categories, found.quota, found.shadow) == (one.categories, one.quota, True)
    (kid,) = one.keys
    assert found.keys[kid].key.as_dict(private=False)["x"] == one.keys[kid].key.as_dict()["x"]
    assert found.keys[kid].not_after == NOW + timedelta(days=365)


class TestKey:
    def test_that_holds(self) -> None:
        one = source()
        (kid,) = one.keys
        assert one.key(kid, NOW).thumbprint() == kid

    @pytest.mark.parametrize(
        ("at", "message"),
        [
            (timedelta(seconds=-1), r"holds only from 2026-11-24T03:00:00\.000Z"),
            (timedelta(days=365), r"held until 2027-11-24T03:00:00\.000Z"),
        ],
    )
    def test_that_does_not_hold(self, at: timedelta, message: str) -> None:
        one = source()
        (kid,) = one.keys
        with pytest.raises(TrustError, match=message):
            one.key(kid, NOW + at)

    def test_of_somebody_else(self) -> None:
        with pytest.raises(TrustError, match="source tokyo: key 'another' is not its own"):
            source().key("another", NOW)


def changed(path: str, value: Any) -> Any:
    """A source's entry with one part changed; ``None`` takes it away."""
    entry: Any = source().to_json()
    part, *names = entry, *path.split(".")
    for name in names[:-1]:
        part = part[int(name) if name.isdecimal() else name]
    if value is None:
        del part[names[-1]]
    else:
        part[names[-1]] = value
    return entry


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("colour", "red", "unknown field 'colour'"),
        ("quota.colour", 1, "unknown field 'colour'"),
        ("keys.0.colour", 1, "unknown field 'colour'"),
        ("keys.0.jwk.use", "sig", "unknown field 'use'"),
        ("shadow", None, "field shadow is missing"),
        ("shadow", 1, "shadow: neither true nor false"),
        ("keys", [], "keys: not a list with a key in it"),
        ("keys", {}, "keys: not a list with a key in it"),
        ("keys.0.jwk.d", "AAAA", "a private key; a root file holds public keys only"),
        ("keys.0.jwk.crv", "X25519", "not an Ed25519 key"),
        ("keys.0.jwk.x", "AA", "not an Ed25519 key"),
        ("keys.0.jwk.x", 5, "not an Ed25519 key"),
        ("keys.0.jwk.kid", "", "kid ''"),
        ("keys.0.jwk.kid", "x" * 65, "kid 'xxx"),
        ("keys.0.from", "2026-11-24T03:00:00+00:00", "is not a time such as"),
        ("keys.0.from", "2026-13-24T03:00:00.000Z", "month"),
        ("keys.0.until", "2026-11-24T03:00:00.000Z", "it ends before it begins"),
        ("categories", [], "categories: not a list"),
        ("categories", ["rude"], "'rude' is not a valid Category; there are fake-police"),
        ("categories", [["refund"]], "categories: "),
        ("quota.batch", 0, "quota: batch 0"),
        ("quota.day", True, "quota: day True"),
        ("quota.total", 2**53, "quota: total"),
        ("quota.share_percent", 101, "quota: share_percent 101"),
        ("quota", 5, "not an object with batch, day"),
    ],
)
def test_an_entry_that_cannot_be_used_is_told(path: str, value: Any, message: str) -> None:
    with pytest.raises(TrustError, match=message) as caught:
        read_source("tokyo", changed(path, value))
    assert str(caught.value).startswith("source 'tokyo': ")
    assert len(str(caught.value).splitlines()) == 1


def test_two_keys_have_two_names() -> None:
    entry = source(key=new_key()).to_json()
    entry["keys"] *= 2
    with pytest.raises(TrustError, match="two have the same kid"):
        read_source("tokyo", entry)


@pytest.mark.parametrize("name", ["", "Tokyo", "../tokyo", "東京"])
def test_a_name_that_cannot_be_a_sources(name: str) -> None:
    with pytest.raises(TrustError, match="cannot name a source"):
        read_source(name, source().to_json())
