"""``callguard household render``: writes, refuses, shows, and tells no secret."""

import json
from pathlib import Path

import pytest

from callguard.households.consent_text import Purpose

from .conftest import Run

SECRETS = {"line": "gateway-word", "living": "living-secret-1", "ami": "ami-secret-000001"}


@pytest.fixture
def etc(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the files of a home's Asterisk go to; its settings are written."""
    for name, secret in SECRETS.items():
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(f"{secret}\n")
    settings = tmp_path / "callguard.toml"
    settings.write_text(
        f"""
        ami_secret_file = "{tmp_path}/ami"
        [household]
        line = "0422-99-0000"
        gateway = "hgw"
        server = "192.168.1.1"
        user = "3"
        secret_file = "{tmp_path}/line"
        sip_bind = "192.168.1.10"
        [[household.phones]]
        name = "living"
        secret_file = "{tmp_path}/living"
        """
    )
    monkeypatch.setenv("CALLGUARD_CONFIG", str(settings))
    return tmp_path / "data" / "asterisk" / "etc"


def render(run: Run, *options: str) -> str:
    """Render, and return what was said; no secret is."""
    ran = run("household", "render", *options)
    assert ran.status == 0, ran.err
    assert not [secret for secret in SECRETS.values() if secret in ran.out + ran.err]
    return ran.out


def test_the_files_are_written_once_and_the_way_to_start_asterisk_is_told(
    run: Run, etc: Path
) -> None:
    said = render(run)
    assert f"files written to {etc}" in said
    assert f"-C {etc}/asterisk.conf -f" in said
    assert "password=living-secret-1" in (etc / "site" / "pjsip.conf").read_text()
    assert {path.stat().st_mode & 0o077 for path in etc.rglob("*") if path.is_file()} == {0}
    assert render(run) == f"nothing has changed in {etc}\n"


def test_what_would_change_is_shown_and_nothing_is_written(
    run: Run, etc: Path, tmp_path: Path
) -> None:
    assert "+[living](phone-common)" in render(run, "--diff")
    assert not etc.exists()
    render(run)
    (tmp_path / "living").write_text("another-secret-1\n")
    said = render(run, "--diff")
    assert "+password=(hidden, another)" in said
    assert "another-secret-1" not in said
    render(run)
    assert render(run, "--diff") == "nothing would change\n"


def test_an_edited_file_is_named_and_written_over_by_force_only(run: Run, etc: Path) -> None:
    render(run)
    edited = etc / "features.conf"
    mine = edited.read_text() + "; mine\n"
    edited.write_text(mine)
    message = run("household", "render").error
    assert "somebody has edited features.conf: nothing was written" in message
    assert edited.read_text() == mine
    assert "features.conf: written over; what it was is in features.conf.edited" in render(
        run, "--force"
    )
    assert (etc / "features.conf.edited").read_text() == mine


def test_a_value_that_cannot_be_used_stops_everything(
    run: Run, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_HOUSEHOLD_SIP_BIND", "0.0.0.0:5060")
    assert "sip_bind is '0.0.0.0:5060': Asterisk would listen on every network" in (
        run("household", "render").error
    )
    assert not etc.exists()


def test_somebody_else_than_runs_callguard_is_sent_to_whoever_does(
    run: Run, etc: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir()
    monkeypatch.setattr("os.geteuid", lambda: data.stat().st_uid + 1)
    assert "who runs callguard and Asterisk: do it as that user: sudo -u " in (
        run("household", "render").error
    )
    assert not etc.exists()


def test_without_settings_of_a_home_what_is_missing_is_told(run: Run) -> None:
    assert "[household] has no line" in run("household", "render").error


def test_one_household_is_shown_and_all_are_listed_as_json(household: Run) -> None:
    shown = household("household", "show", "--line", "0422-99-0000")
    assert "state           screened" in shown.out
    assert f"consented       {', '.join(sorted(Purpose))}" in shown.out
    one = json.loads(household("household", "show", "--line", "0422-99-0000", "--json").out)
    assert json.loads(household("household", "list", "--json").out) == [one]
    assert one["line"] == "0422-99-0000"
    assert one["consented"] == sorted(Purpose)
    assert "no household" in household("household", "show", "--line", "0422-99-0001").error
