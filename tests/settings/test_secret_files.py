"""Secrets in files of their own."""

from pathlib import Path

import pytest

from callguard.settings import SettingsError, load, load_to_back_up, load_to_screen
from callguard.settings.secret_files import SECRETS

from .test_settings import refusal, write


def secret(tmp_path: Path, text: str, mode: int = 0o600) -> str:
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


VALUES = {
    "ami_secret": "a secret of Asterisk",
    "api_token": "a token of the portal",
    "screen_token": "a token of a proxy",
    "provisioning_token": "a token of billing",
    "burst_key": "k" * 32,
    "redis_url": "redis://node:secret@feed.invalid",
    "database_url": "postgresql://node:secret@db.invalid/callguard",
    "smtp_url": "smtp://user:secret@mail.invalid",
}


@pytest.mark.parametrize("name", SECRETS)
def test_each_may_be_in_a_file(tmp_path: Path, name: str) -> None:
    path = secret(tmp_path, f"{VALUES[name]}\n")
    environ = {
        f"CALLGUARD_{name.upper()}_FILE": path,
        "CALLGUARD_SMTP_FROM": "news@guard.invalid",
    }
    assert getattr(load(environ), name) == VALUES[name]


def test_a_verdict_takes_no_secret(tmp_path: Path) -> None:
    """A service manager takes them away with the service, and then the fallback script decides."""
    gone = {f"CALLGUARD_{name.upper()}_FILE": str(tmp_path / "gone") for name in SECRETS}
    found = load_to_screen(gone)
    assert (found.ami_secret, found.burst_key, found.replicated) == ("", "", True)
    del gone["CALLGUARD_DATABASE_URL_FILE"]
    assert not load_to_screen(gone).replicated
    there = {"CALLGUARD_BURST_KEY_FILE": secret(tmp_path, VALUES["burst_key"])}
    assert load_to_screen(there).burst_key == VALUES["burst_key"]


def test_a_backup_takes_the_secret_of_the_database_alone(tmp_path: Path) -> None:
    """Another service's credentials are out of its sight."""
    gone = {f"CALLGUARD_{name.upper()}_FILE": str(tmp_path / "gone") for name in SECRETS}
    with pytest.raises(SettingsError, match="database_url_file: "):
        load_to_back_up(gone)
    gone["CALLGUARD_DATABASE_URL_FILE"] = secret(tmp_path, VALUES["database_url"])
    found = load_to_back_up(gone)
    assert (found.ami_secret, found.database_url) == ("", VALUES["database_url"])


def test_it_is_read_anew_each_time(tmp_path: Path) -> None:
    environ = {"CALLGUARD_AMI_SECRET_FILE": secret(tmp_path, "old")}
    assert load(environ).ami_secret == "old"
    secret(tmp_path, "new")
    assert load(environ).ami_secret == "new"


def test_what_is_in_the_environment_wins(tmp_path: Path) -> None:
    path = secret(tmp_path, "in a file")
    environ = write(tmp_path / "settings.toml", f'ami_secret_file = "{path}"\n')
    assert load(environ).ami_secret == "in a file"
    assert load({**environ, "CALLGUARD_AMI_SECRET": "given"}).ami_secret == "given"
    environ = write(tmp_path / "settings.toml", 'ami_secret = "in the settings"\n')
    assert load({**environ, "CALLGUARD_AMI_SECRET_FILE": path}).ami_secret == "in a file"


def test_both_in_one_place_are_refused(tmp_path: Path) -> None:
    environ = {"CALLGUARD_AMI_SECRET": "one", "CALLGUARD_AMI_SECRET_FILE": "two"}
    assert refusal(environ) == (
        "environment: ami_secret and ami_secret_file are both given; give one"
    )


def test_an_empty_name_of_a_file_is_none() -> None:
    assert load({"CALLGUARD_AMI_SECRET_FILE": ""}).ami_secret == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    said = refusal({"CALLGUARD_API_TOKEN_FILE": str(path)})
    assert said == f"api_token_file: {path} cannot be read: No such file or directory"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602], ids=oct)
def test_a_file_for_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret(tmp_path, "secret", mode)
    said = refusal({"CALLGUARD_AMI_SECRET_FILE": path})
    assert said.endswith(f"can read or write {path}; chmod o= {path}")


@pytest.mark.parametrize("text", ["", "\n", "one\ntwo\n", "x" * 5000, "a\0b"], ids=len)
def test_a_file_that_holds_something_else_is_refused_and_not_told(
    tmp_path: Path, text: str
) -> None:
    said = refusal({"CALLGUARD_AMI_SECRET_FILE": secret(tmp_path, text)})
    assert "must hold one line, the secret, and nothing else" in said


def test_a_token_in_a_file_is_measured_as_any_other(tmp_path: Path) -> None:
    said = refusal({"CALLGUARD_API_TOKEN_FILE": secret(tmp_path, "short")})
    assert said == "api_token has 5 characters; give at least 16"


def test_other_settings_have_no_such_file() -> None:
    assert "there is no setting 'workers_file'" in refusal({"CALLGUARD_WORKERS_FILE": "x"})
