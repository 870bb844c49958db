"""``callguard init``: from nothing to a home that only has to be started."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.asterisk.adapter import read_adapter
from callguard.first_run.answers import Answers

from .conftest import LINE, Run

GIVEN = {
    "--line": LINE,
    "--name": "実家",
    "--gateway": "hgw",
    "--server": "192.168.1.1",
    "--user": "3",
    "--sip-bind": "192.168.1.10:5060",
}
SECRET = "gateway-word"


@pytest.fixture
def config(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings' file, not made yet; the line's secret lies beside it."""
    (tmp_path / "line").touch(mode=0o600)
    (tmp_path / "line").write_text(f"{SECRET}\n")
    path = tmp_path / "etc" / "callguard.toml"
    monkeypatch.setenv("CALLGUARD_CONFIG", str(path))
    return path


def flags(config: Path, **other: str) -> list[str]:
    """Return the flags that answer everything, some otherwise."""
    values = GIVEN | {f"--{name.replace('_', '-')}": value for name, value in other.items()}
    words = [word for flag, value in values.items() for word in (flag, value) if value]
    secret = ["--secret-file", str(config.parents[1] / "line")]
    return ["init", "--yes", "--language", "en", "--phone", "living", *secret, *words]


def test_flags_answer_everything(run: Run, config: Path, data: Path) -> None:
    ran = run(*flags(config), "--consent", "--family", "長女")
    assert ran.status == 0, ran.err
    assert "reject (withheld)" in ran.out
    assert "With this link 長女 can join once" in ran.out
    assert "/join/" in ran.out
    assert SECRET not in ran.out
    assert SECRET not in config.read_text()
    assert config.stat().st_mode & 0o007 == 0
    secrets = config.parent / "secrets"
    assert {path.name for path in secrets.iterdir()} == {"ami", "line", "phone-living"}
    assert {path.stat().st_mode & 0o077 for path in (secrets, *secrets.iterdir())} == {0}
    word = (secrets / "phone-living").read_text().strip()
    assert f"password={word}" in (data / "asterisk/etc/site/pjsip.conf").read_text()
    shown = run("household", "show", "--line", LINE).out
    assert "screened" in shown
    assert "実家" in shown


def test_what_was_interrupted_is_done_again_and_keeps_the_secrets(run: Run, config: Path) -> None:
    assert run(*flags(config)).status == 0
    word = (config.parent / "secrets" / "phone-living").read_text()
    ran = run(*flags(config))
    assert ran.status == 0
    assert "as they were" in ran.out
    assert (config.parent / "secrets" / "phone-living").read_text() == word


def test_telephones_called_as_other_secrets_have_secrets_of_their_own(
    run: Run, config: Path
) -> None:
    assert run(*flags(config), "--phone", "line", "--phone", "ami").status == 0
    secrets = config.parent / "secrets"
    texts = {path.name: path.read_text() for path in secrets.iterdir()}
    assert set(texts) == {"ami", "line", "phone-ami", "phone-line", "phone-living"}
    assert len(set(texts.values())) == 5
    assert texts["line"] == f"{SECRET}\n"


def test_a_password_typed_wrongly_is_mended_by_the_next(run: Run, config: Path) -> None:
    assert run(*flags(config)).status == 0
    (config.parents[1] / "line").write_text("the-right-word\n")
    ran = run(*flags(config))
    assert ran.status == 0
    assert "The settings are in" in ran.out
    assert (config.parent / "secrets" / "line").read_text() == "the-right-word\n"


def test_a_folder_that_cannot_be_written_is_told_with_a_way_out(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_CONFIG", "/proc/nowhere/callguard.toml")
    assert "set CALLGUARD_CONFIG to a file in another folder" in run(*flags(config)).error


def test_who_leaves_at_the_password_leaves_nothing_behind(
    run: Run, config: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def nobody(_: str) -> str:
        raise EOFError

    answers = [LINE, "実家", "hgw", "192.168.1.1", "3", "192.168.1.10", "living"]
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in answers)))
    monkeypatch.setattr("getpass.getpass", nobody)
    ran = run("init", "--language", "en")
    assert ran.status == 1
    assert ran.err == "callguard: nobody answers, and nothing has been written; see --help\n"
    assert not config.exists()
    assert not data.exists()


def test_settings_that_are_there_are_not_written_over_unasked(run: Run, config: Path) -> None:
    config.parent.mkdir()
    config.write_text("workers = 2\n")
    assert "says something else; give --force" in run(*flags(config)).error
    assert config.read_text() == "workers = 2\n"
    assert run(*flags(config), "--force").status == 0
    assert config.with_name("callguard.toml.before").read_text() == "workers = 2\n"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("line", "", "give --line"),
        ("line", "12", "line"),
        ("gateway", "isdn", "gateway is 'isdn'"),
        ("server", "my router!", "server is"),
        ("sip_bind", "8.8.8.8", "a public address"),
        ("sip_bind", "0.0.0.0", "every network"),
        ("user", "", "the extension that the gateway has given"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line_and_nothing_is_written(
    run: Run, config: Path, data: Path, name: str, value: str, told: str
) -> None:
    assert told in run(*flags(config, **{name: value})).error
    assert not config.exists()
    assert not data.exists()


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_nonsense_is_told_and_asked_again(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["nonsense", LINE, "実家", "isdn", "hgw", "my router!", "3", "8.8.8.8"]
    answers += ["living kitchen", SECRET, "192.168.1.1", "192.168.1.10"]
    answers += ["yes", "yes", "no", "yes", "the subscriber"]
    typed(monkeypatch, *answers)
    ran = run("init", "--language", "en")
    assert ran.status == 0, ran.err
    assert [line.split(" is")[0].strip() for line in ran.err.splitlines()] == [
        "line: 'nonsense'",
        "'isdn': hgw, ngn, provider, fxo",
        "server",
        "sip_bind",
    ]
    assert "living" in config.read_text()
    assert "kitchen" in config.read_text()
    shown = run("household", "show", "--line", LINE).out
    assert "logging, notices, screening" in shown


def test_who_leaves_in_the_middle_leaves_nothing_behind(
    run: Run, config: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, LINE, "実家", "hgw")
    ran = run("init", "--language", "en")
    assert ran.status == 1
    assert ran.err == "callguard: nobody answers, and nothing has been written; see --help\n"
    assert not config.exists()
    assert not data.exists()


def test_a_home_that_does_not_agree_is_signed_up_and_not_screened(run: Run, config: Path) -> None:
    ran = run(*flags(config))
    assert ran.status == 0
    assert "connect (no-consent)" in ran.out


@given(text=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_the_file_says_the_same(tmp_path: Path, text: str) -> None:
    answers = Answers(
        line=text, name="x", gateway=text, server=text, sip_bind=text, phones=("living",)
    )
    path = tmp_path / "typed.toml"
    path.write_text(answers.settings_text(tmp_path), encoding="utf-8", newline="")
    (tmp_path / "phone-living").touch(mode=0o600)
    (tmp_path / "phone-living").write_text("living-secret-1\n")
    read = read_adapter({"CALLGUARD_CONFIG": str(path)})
    assert (read.line, read.gateway, read.server, read.sip_bind) == (text,) * 4
