"""``callguard feed`` and ``callguard trust``, without a feed; the feed itself has its own tests."""

import json
import stat
from pathlib import Path

import pytest

from callguard.blocklist.listing import Category
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore

from .conftest import Run


@pytest.fixture
def key(run: Run, tmp_path: Path) -> Path:
    """The signing key of a source; its public key is beside it."""
    path = tmp_path / "police.json"
    ran = run("feed", "keygen", "--source", "tokyo", "--key", str(path), "--public", public(path))
    assert ran.status == 0
    return path


def public(key: Path) -> str:
    return str(key.with_suffix(".public.json"))


# keygen


def test_a_key_pair_is_made(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    content = json.loads(key.read_text())
    assert (content["source"], content["crv"]) == ("tokyo", "Ed25519")
    shared = Path(public(key)).read_text()
    assert content["d"] not in shared
    assert json.loads(shared)["keys"][0]["kid"] == content["kid"]


def test_a_private_key_is_never_overwritten(run: Run, key: Path, tmp_path: Path) -> None:
    before = key.read_bytes()
    other = str(tmp_path / "other.json")
    ran = run("feed", "keygen", "--source", "osaka", "--key", str(key), "--public", other)
    assert ran.error == f"{key} exists already; a key is never overwritten"
    assert key.read_bytes() == before
    assert not Path(other).exists()


def test_a_public_key_is_never_overwritten(run: Run, key: Path, tmp_path: Path) -> None:
    before = Path(public(key)).read_bytes()
    other = tmp_path / "other.json"
    ran = run("feed", "keygen", "--source", "osaka", "--key", str(other), "--public", public(key))
    assert ran.error == f"{public(key)} exists already; a key is never overwritten"
    assert Path(public(key)).read_bytes() == before
    assert not other.exists()


def test_a_key_does_not_overwrite_its_other_half(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "police.json"
    ran = run("feed", "keygen", "--source", "tokyo", "--key", str(path), "--public", str(path))
    assert ran.error == f"{path} cannot be written: File exists"
    assert not path.exists()


def test_a_public_key_that_cannot_be_written_leaves_no_private_one(
    run: Run, tmp_path: Path
) -> None:
    path, nowhere = tmp_path / "police.json", tmp_path / "none" / "public.json"
    ran = run("feed", "keygen", "--source", "tokyo", "--key", str(path), "--public", str(nowhere))
    assert ran.error == f"{nowhere} cannot be written: No such file or directory"
    assert not path.exists()


@pytest.mark.parametrize("source", ["", "Tokyo", "../tokyo", "to kyo", "東京", "x" * 33])
def test_a_name_that_cannot_be_a_source_is_told(run: Run, tmp_path: Path, source: str) -> None:
    path = tmp_path / "police.json"
    ran = run("feed", "keygen", "--source", source, "--key", str(path), "--public", public(path))
    assert "cannot name a source" in ran.error
    assert not path.exists()


# publish, retract


def test_a_category_that_does_not_exist_names_those_that_do(run: Run, key: Path) -> None:
    ran = run("feed", "publish", "--key", str(key), "--category", "rude", "0422-99-0110")
    assert ran.status == 1
    assert ran.error == f"there is no category 'rude'; there are {', '.join(Category)}"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("police", "'police' is not a telephone number: it is not made of digits"),
        ("0312345678", "'0312345678' is not a telephone number: the local exchange after 03"),
        ("050-9999-0000..x", "'x' is not a telephone number: it is not made of digits"),
        ("050-9999-0009..050-9999-0000", "the range ends before it begins"),
        ("050-9998-0000..050-9999-9999", "a range holds at most 10,000 numbers, not 20,000"),
    ],
)
def test_a_number_typed_wrongly_publishes_nothing(
    run: Run, key: Path, number: str, message: str
) -> None:
    publish = ("feed", "publish", "--key", str(key), "--category", "refund", "0422-99-0110")
    assert message in run(*publish, number).error
    assert message in run("feed", "retract", "--key", str(key), number).error


def test_a_redis_that_cannot_be_reached_is_told(run: Run, key: Path, tmp_path: Path) -> None:
    publish = ("feed", "publish", "--key", str(key), "--category", "refund", "0422-99-0110")
    ran = run(*publish, "--redis", f"unix://{tmp_path}/none.sock")
    assert ran.status == 1
    assert ran.error.startswith("the feed cannot be reached: ")
    assert run(*publish).error.startswith("the feed cannot be reached: ")  # the embedded one


@pytest.mark.parametrize("url", ["nonsense", "http://feed.invalid", "redis://u:secret@h:port"])
def test_a_redis_url_that_is_none_is_told_without_its_password(
    run: Run, key: Path, url: str
) -> None:
    ran = run("feed", "retract", "--key", str(key), "--redis", url, "0422-99-0110")
    assert ran.error.startswith("the Redis URL cannot be used: ")
    assert "secret" not in ran.error


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"crv": "Ed25519", "kty": "OKP"}'])
def test_what_is_no_signing_key_is_told(run: Run, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    ran = run("feed", "retract", "--key", str(path), "0422-99-0110")
    assert ran.status == 1
    assert str(path) in ran.error


def test_a_public_key_cannot_sign(run: Run, key: Path) -> None:
    ran = run("feed", "retract", "--key", public(key), "0422-99-0110")
    assert public(key) in ran.error


# status


def test_a_node_without_lists_says_so(run: Run) -> None:
    assert run("feed", "status").out == "no list yet\n"
    assert run("feed", "status", "--json").out == "{}\n"


def test_the_lists_on_disk_are_shown(run: Run, data: Path) -> None:
    ListStore(data / "lists").save(NodeList(SourceList("tokyo")))
    assert run("feed", "status").out.split() == ["tokyo", "batch", "0", "0", "numbers,", "stale"]
    assert json.loads(run("feed", "status", "--json").out)["tokyo"]["numbers"] == 0


def test_a_damaged_list_is_told(run: Run, data: Path) -> None:
    (data / "lists").mkdir(parents=True)
    (data / "lists" / "tokyo.list").write_bytes(b"damaged")
    assert "tokyo" in run("feed", "status").error
