"""Signing keys, and whom a node trusts."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from callguard.blocklist.errors import KeyFileError
from callguard.feed import keys
from callguard.feed.batch import read_batch
from callguard.feed.trusted_source import SourceKey, SourceTrust

from .police import NOW, YEAR, Source, add


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "tokyo.key.json"


@pytest.fixture
def public(private: Path, tmp_path: Path) -> Path:
    """The public key set of a new source, ``tokyo``."""
    key = keys.generate("tokyo", private)
    path = tmp_path / "tokyo.public.json"
    path.write_text(json.dumps(keys.public_set("tokyo", key)))
    return path


def rewrite(path: Path, **changes: Any) -> None:
    """Change members of a JSON file; ``None`` takes one away."""
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))


def test_from_a_new_key_to_a_statement_that_a_node_believes(private: Path, public: Path) -> None:
    source, key = keys.load_private(private)
    name, known = keys.load_public(public)
    assert source == name == "tokyo"
    hold = {kid: SourceKey(one, NOW - YEAR, NOW + YEAR) for kid, one in known.items()}
    signer = Source()
    signer.key = key
    token = signer.signs(add(1))
    assert read_batch(token, SourceTrust(name, hold), NOW).operations == (add(1),)


class TestPrivateKey:
    def test_is_for_its_owners_eyes_only(self, private: Path) -> None:
        keys.generate("tokyo", private)
        assert stat.S_IMODE(private.stat().st_mode) == 0o600

    def test_is_new_each_time(self, tmp_path: Path) -> None:
        first, second = (keys.generate("tokyo", tmp_path / name) for name in "ab")
        assert first.kid != second.kid

    def test_has_no_name_that_looks_like_an_option(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = iter(["-option", "-o", "name"])
        monkeypatch.setattr(OKPKey, "thumbprint", lambda _: next(names, "name"))
        assert json.loads(self._made(tmp_path / "key").read_text())["kid"] == "name"

    @staticmethod
    def _made(path: Path) -> Path:
        keys.generate_root(path)
        return path

    def test_is_never_overwritten(self, private: Path) -> None:
        keys.generate("tokyo", private)
        before = private.read_bytes()
        with pytest.raises(KeyFileError, match="exists already; a key is never overwritten"):
            keys.generate("tokyo", private)
        assert private.read_bytes() == before

    def test_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(KeyFileError, match="cannot be written: No such file or directory"):
            keys.generate("tokyo", tmp_path / "missing" / "key.json")

    def test_is_not_in_what_nodes_are_given(self, private: Path, public: Path) -> None:
        secret = json.loads(private.read_text())["d"]
        assert secret not in public.read_text()

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (None, "there is no key file"),
            (b"", "is not a key file"),
            (b"\xff\xfe", "is not a key file"),
            (b"[]", "is not a key file: not a JSON object"),
            (b"{}", "is not an Ed25519 key"),
            (b'{"kty": "OKP", "crv": "Ed25519"}', "is not an Ed25519 key"),
            (b'{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}', "is not an Ed25519 key"),
            (b'{"kty": "OKP", "crv": "Ed25519", "x": 5, "d": 5}', "is not an Ed25519 key"),
        ],
        ids=repr,
    )
    def test_that_is_none(self, private: Path, content: bytes | None, why: str) -> None:
        if content is not None:
            private.write_bytes(content)
        with pytest.raises(KeyFileError, match=why):
            keys.load_private(private)

    def test_in_a_folder_of_that_name(self, private: Path) -> None:
        private.mkdir()
        with pytest.raises(KeyFileError, match="cannot be read: Is a directory"):
            keys.load_private(private)

    def test_that_is_a_public_one(self, private: Path) -> None:
        keys.generate("tokyo", private)
        rewrite(private, d=None)
        with pytest.raises(KeyFileError, match="is a public key; signing needs"):
            keys.load_private(private)

    @pytest.mark.parametrize(
        "other", [OKPKey.generate_key("Ed448"), ECKey.generate_key("P-256")], ids=["Ed448", "P-256"]
    )
    def test_of_another_kind(self, private: Path, other: OKPKey | ECKey) -> None:
        private.write_text(json.dumps({**other.as_dict(private=True), "source": "tokyo"}))
        with pytest.raises(KeyFileError, match="is not an Ed25519 key"):
            keys.load_private(private)

    def test_without_a_name(self, private: Path) -> None:
        keys.generate("tokyo", private)
        rewrite(private, kid=None)
        with pytest.raises(KeyFileError, match="the key has no kid"):
            keys.load_private(private)


@pytest.mark.parametrize("name", ["tokyo", "tokyo-hq", "a", "4", "x" * 32])
def test_a_name_that_can_be_a_sources(name: str) -> None:
    assert keys.check_source_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Tokyo",
        "-tokyo",
        "tokyo-",
        "to kyo",
        "tokyo\n",
        "../tokyo",
        "a/b",
        "a:b",
        "警視庁",
        "x" * 33,
    ],
    ids=ascii,
)
def test_a_name_that_cannot_be_a_sources(name: str, private: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot name a source"):
        keys.generate(name, private)
    assert not private.exists()


class TestPublicKeys:
    def test_are_read_with_their_source(self, private: Path, public: Path) -> None:
        source, known = keys.load_public(public)
        (key,) = known.values()
        assert source == "tokyo"
        assert not key.is_private

    def test_may_be_several(self, public: Path, tmp_path: Path) -> None:
        new = keys.generate("tokyo", tmp_path / "new.key.json")
        both = json.loads(public.read_text())["keys"] + [
            {**new.as_dict(private=False), "kid": new.kid}
        ]
        rewrite(public, keys=both)
        assert len(keys.load_public(public)[1]) == 2

    def test_are_never_private(self, private: Path, public: Path) -> None:
        rewrite(public, keys=[json.loads(private.read_text())])
        with pytest.raises(KeyFileError, match="holds a private key"):
            keys.load_public(public)
        with pytest.raises(KeyFileError, match="is a private key; nodes are given"):
            keys.load_public(private)

    @pytest.mark.parametrize("content", [None, [], {}, "x", [5], [[]], [{}]])
    def test_that_are_none(self, public: Path, content: Any) -> None:
        rewrite(public, keys=content)
        with pytest.raises(KeyFileError):
            keys.load_public(public)

    @pytest.mark.parametrize("name", [None, "", "../tokyo", 5.5, ["tokyo"]])
    def test_under_a_name_that_is_none(self, public: Path, name: Any) -> None:
        rewrite(public, source=name)
        with pytest.raises(KeyFileError, match="cannot name a source"):
            keys.load_public(public)


class TestRootKey:
    def test_belongs_to_no_source(self, private: Path, tmp_path: Path) -> None:
        path = tmp_path / "root.key.json"
        made = keys.generate_root(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert keys.load_root(path).thumbprint() == made.thumbprint()
        keys.generate("tokyo", private)
        with pytest.raises(KeyFileError, match="is a source's key"):
            keys.load_root(private)
