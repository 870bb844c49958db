"""``callguard feed acl``: the rights on standard output, the passwords in a file of their own."""

import hashlib
import json
import stat
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture
def passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The passwords' usual place; not there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "passwords.json"


ACL = ("feed", "acl", "--source", "tokyo", "--source", "osaka", "--node", "node")


def rights(text: str) -> dict[str, str]:
    return {line.split()[1]: line for line in text.splitlines()}


def test_each_user_gets_rights_and_a_password(run: Run, passwords: Path) -> None:
    more = ("--operator", "o", "--replica", "r", "--sentinel", "s", "--admin", "a")
    users = rights(run(*ACL, *more).out)
    assert list(users) == ["default", "tokyo", "osaka", "node", "o", "r", "s", "a"]
    clear = json.loads(passwords.read_text())
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert len(set(clear.values())) == 7
    for name, password in clear.items():
        assert len(password) >= 32
        assert f" on #{hashlib.sha256(password.encode()).hexdigest()} " in users[name]


def test_passwords_are_kept_and_new_users_get_one(run: Run, passwords: Path) -> None:
    before = run(*ACL).out
    assert run(*ACL).out == before
    kept = json.loads(passwords.read_text())
    assert run(*ACL, "--node", "node-2").out.startswith(before)
    after = json.loads(passwords.read_text())
    assert kept.items() < after.items()
    assert set(after) - set(kept) == {"node-2"}


def test_the_passwords_may_lie_elsewhere(run: Run, passwords: Path, tmp_path: Path) -> None:
    assert run(*ACL, "--passwords", str(tmp_path / "p.json")).status == 0
    assert (tmp_path / "p.json").exists()
    assert not passwords.exists()


def test_reports_are_read_by_the_reviewing_source_or_by_each(run: Run, passwords: Path) -> None:
    each = rights(run(*ACL).out)
    assert all("%R~callguard:reports" in each[source] for source in ("tokyo", "osaka"))
    one = rights(run(*ACL, "--report-reviewer", "osaka").out)
    assert "%R~callguard:reports" in one["osaka"]
    assert "callguard:reports" not in one["tokyo"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--node", "tokyo"), "'tokyo' is named twice"),
        (("--source", "tokyo"), "'tokyo' is named twice"),
        (("--report-reviewer", "node"), "'node' reviews reports, but is not a --source"),
        (("--node", "No"), "'No' cannot name a Redis user"),
        (("--admin", "default"), "'default' cannot name a Redis user"),
        (("--passwords", "none/p.json"), "none/p.json cannot be written: "),
        (("--passwords", "."), ". cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_told(
    run: Run, passwords: Path, options: tuple[str, ...], message: str
) -> None:
    assert run(*ACL, *options).error.startswith(message)
    assert not passwords.exists()


def test_at_least_one_source_is_needed(run: Run, passwords: Path) -> None:
    assert "--source" in run("feed", "acl", "--node", "node").error


@pytest.mark.parametrize("content", ["", "[]", '{"tokyo": 1}', '{"tokyo": ""}', "\udcff"])
def test_what_is_no_file_of_passwords_is_told(run: Run, passwords: Path, content: str) -> None:
    passwords.write_bytes(content.encode("utf-8", "surrogateescape"))
    passwords.chmod(0o600)
    assert run(*ACL).error.startswith("passwords.json is not a JSON file of passwords")


def test_passwords_that_others_may_read_are_told(run: Run, passwords: Path) -> None:
    passwords.write_text("{}")
    passwords.chmod(0o640)
    assert "chmod 600 passwords.json" in run(*ACL).error
