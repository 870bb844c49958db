"""The key by which push services know this callguard."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from callguard.notify.vapid import VapidError, VapidKey


def test_it_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "news" / "vapid.pem"
    first = VapidKey.open(path)
    assert VapidKey.open(path).public == first.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["vapid.pem"]


def test_its_public_part_is_what_a_browser_takes(tmp_path: Path) -> None:
    public = VapidKey.open(tmp_path / "vapid.pem").public
    point = base64.urlsafe_b64decode(public + "=")
    assert (len(point), point[0]) == (65, 4)


def test_several_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    with ThreadPoolExecutor(4) as threads:
        keys = list(threads.map(lambda _: VapidKey.open(path).public, range(4)))
    assert len(set(keys)) == 1


def test_a_file_that_is_no_such_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    path.write_text("nothing")
    with pytest.raises(VapidError, match="cannot be used"):
        VapidKey.open(path)
    other = ed25519.Ed25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(VapidError, match="P-256"):
        VapidKey.open(path)
