"""``callguard trust``: from a root key to a node that believes a source."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ran, Run


class Operator:
    """Runs the operator's commands in a folder."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.folder = folder
        self.root = folder / "root.json"

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def root_key(self, name: str) -> str:
        """Make a root key and return its file; the public one is beside it."""
        file = self.file(name)
        assert self.run("trust", "keygen", "--key", file, "--public", f"{file}.pub").status == 0
        return file

    def source_key(self, name: str, as_file: str = "") -> str:
        """Make a source's key and return its public file."""
        key = self.file(as_file or name)
        ran = self.run(
            "feed", "keygen", "--source", name, "--key", key, "--public", f"{key}.public"
        )
        assert ran.status == 0
        return f"{key}.public"

    def trust(self, action: str, *arguments: str) -> Ran:
        return self.run("trust", action, str(self.root), *arguments)

    def begin(self, *keys: str, threshold: str = "1") -> None:
        given = [word for key in keys for word in ("--root-key", key)]
        ran = self.run("trust", "init", *given, "--threshold", threshold, "--out", str(self.root))
        assert ran.status == 0

    def shown(self) -> Any:
        return json.loads(self.trust("show", "--json").out)


@pytest.fixture
def operator(run: Run, tmp_path: Path) -> Operator:
    return Operator(run, tmp_path)


def test_the_short_way_of_a_home(operator: Operator, run: Run, data: Path) -> None:
    key = operator.root_key("k")
    assert run("trust", "init", "--root-key", key, "--out", str(operator.root)).out.endswith(
        "root version 1: no source\n"
    )
    tokyo = operator.source_key("tokyo")
    ran = operator.trust("add-source", tokyo, "--root-key", key)
    assert ran.out == f"{operator.root}: root version 2: sources tokyo\n"
    ran = operator.trust("install")
    assert ran.out.startswith("root version 2 is in force: sources tokyo\npinned; compare")
    assert "source tokyo:" in run("trust", "show").out
    assert (data / "trust" / "root.2.json").exists()
    assert operator.trust("install").out == "root version 2 is in force: sources tokyo\n"


def test_more_than_half_of_the_root_keys_sign_by_default(operator: Operator, run: Run) -> None:
    files = [operator.root_key(name) for name in "abc"]
    given = [word for file in files for word in ("--root-key", f"{file}.pub")]
    ran = run("trust", "init", *given, "--out", str(operator.root))
    assert "version 1 lacks 2 signatures; add with callguard trust sign" in ran.out
    assert operator.shown()["threshold"] == 2
    assert operator.trust("install").error.startswith("root version 1 lacks 2 signatures")
    assert "lacks 1 signature;" in operator.trust("sign", "--root-key", files[0]).out
    assert "lacks 1 signature;" in operator.trust("sign", "--root-key", files[0]).out
    assert "lacks 1 " not in operator.trust("sign", "--root-key", files[2]).out
    assert operator.trust("install").status == 0


def test_a_version_that_lacks_signatures_is_altered_in_place(operator: Operator) -> None:
    a, b = operator.root_key("a"), operator.root_key("b")
    operator.begin(a, b, threshold="2")
    operator.trust("add-source", operator.source_key("tokyo"), "--root-key", a)
    operator.trust("add-source", operator.source_key("osaka"), "--root-key", a)
    shown = operator.shown()
    assert (shown["version"], shown["missing"], set(shown["sources"])) == (2, 1, {"tokyo", "osaka"})
    assert "lacks 1 " not in operator.trust("sign", "--root-key", b).out


def test_what_a_source_may_do(operator: Operator) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    ran = operator.trust(
        "add-source", operator.source_key("tokyo"), "--root-key", key,
        "--categories", "refund, robocall", "--quota-batch", "5", "--quota-day", "6",
        "--quota-total", "7", "--quota-share", "0.07", "--days", "3", "--shadow",
    )  # fmt: skip
    assert ran.status == 0
    tokyo = operator.shown()["sources"]["tokyo"]
    assert tokyo["categories"] == ["refund", "robocall"]
    assert tokyo["quota"] == {"batch": 5, "day": 6, "total": 7, "share_percent": 7}
    assert tokyo["shadow"] is True


def test_a_sources_key_is_changed_with_overlap(operator: Operator) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    operator.trust("add-source", operator.source_key("tokyo"), "--root-key", key)
    new = operator.source_key("tokyo", "new")
    ran = operator.trust(
        "rotate", "--source", "tokyo", "--new", new, "--overlap", "7", "--root-key", key
    )
    assert ran.status == 0
    old, fresh = operator.shown()["sources"]["tokyo"]["keys"]
    assert fresh["from"] < old["until"] < fresh["until"]
    again = operator.trust("rotate", "--source", "tokyo", "--new", new, "--root-key", key)
    assert "already" in again.error


def test_a_root_key_is_changed_if_the_old_and_the_new_sign(operator: Operator) -> None:
    old, new = operator.root_key("old"), operator.root_key("new")
    operator.begin(old)
    operator.trust("install")
    (kid,) = operator.shown()["root_keys"]
    ran = operator.trust("rotate", "--root-old", kid, "--root-new", f"{new}.pub", "--root-key", old)
    assert "version 2 lacks 1 signature" in ran.out
    assert "lacks 1 " not in operator.trust("sign", "--root-key", new).out
    assert operator.trust("install").status == 0
    assert operator.shown()["root_keys"] != [kid]


def test_a_source_is_taken_out(operator: Operator) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    operator.trust("add-source", operator.source_key("tokyo"), "--root-key", key)
    assert operator.trust("remove-source", "tokyo", "--root-key", key).out.endswith("no source\n")
    ran = operator.trust("remove-source", "tokyo", "--root-key", key)
    assert ran.error == f"source 'tokyo' is not in {operator.root}; there are none"


def test_a_root_is_renewed(operator: Operator) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    before = operator.shown()["expires"]
    assert operator.trust("renew", "--days", "3650", "--root-key", key).status == 0
    assert operator.shown()["expires"] > before


def test_an_older_root_is_not_taken_in(operator: Operator) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    first = operator.root.read_bytes()
    operator.trust("renew", "--root-key", key)
    operator.trust("install")
    operator.root.write_bytes(first)
    assert operator.trust("install").error == (
        "root version 1 is not newer than version 2, which is in force"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add-source", "SOURCE.private"), "is a private key; nodes are given the public key only"),
        (("add-source", "k"), "cannot name a source"),
        (("add-source", "SOURCE", "--categories", "rude"), "'rude' is not a valid Category"),
        (("add-source", "SOURCE", "--root-key", "k.pub"), "is a public key; signing needs"),
        (("add-source", "SOURCE", "--root-key", "other"), "is no root key of"),
        (("add-source", "SOURCE", "--root-key", "SOURCE.private"), "is a source's key"),
        (("add-source", "SOURCE", "--root-key", "none"), "there is no key file"),
        (("add-source", "SOURCE", "--quota-share", "1.5"), "is not a share from 0.01 to 1"),
        (("add-source", "SOURCE", "--quota-batch", "0"), "is not a number from 1 on"),
        (("rotate", "--source", "tokyo"), "--new is missing"),
        (("rotate", "--source", "osaka", "--new", "SOURCE"), "is the key of tokyo, not of osaka"),
        (("rotate", "--root-old", "x", "--root-new", "other"), "'x' is no root key of"),
        (("sign",), "no root key; give one with --root-key"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    operator: Operator, arguments: tuple[str, ...], message: str
) -> None:
    operator.begin(operator.root_key("k"))
    operator.root_key("other")
    files = {"SOURCE": operator.source_key("tokyo"), "SOURCE.private": operator.file("tokyo")}
    files |= {name: operator.file(name) for name in ("k", "k.pub", "other", "none")}
    before = operator.root.read_bytes()
    action, *rest = (files.get(word, word) for word in arguments)
    ran = operator.trust(action, *rest)
    assert message in ran.error
    assert operator.root.read_bytes() == before


def test_what_is_there_is_never_overwritten(operator: Operator, run: Run) -> None:
    key = operator.root_key("k")
    operator.begin(key)
    assert "exists already" in run("trust", "keygen", "--key", key).error
    ran = run("trust", "init", "--root-key", key, "--out", str(operator.root))
    assert "exists already" in ran.error
    assert "give 1 to 1" in run(
        "trust", "init", "--root-key", key, "--threshold", "2", "--out", operator.file("other.json")
    ).error  # fmt: skip


def test_a_root_that_lacks_signatures_is_not_published(operator: Operator) -> None:
    operator.begin(operator.root_key("a"), threshold="1")
    operator.trust("renew")
    assert "version 2 lacks 1 signature" in operator.trust("publish").error


def test_a_feed_that_cannot_be_reached_is_told(operator: Operator) -> None:
    operator.begin(operator.root_key("a"))
    assert operator.trust("publish").error.startswith("the feed cannot be reached: ")
    ran = operator.trust("publish", "--redis", "http://u:secret@feed.invalid")
    assert "secret" not in ran.error
