"""``callguard init``: from nothing to a home that only has to be started."""

import io
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.asterisk.adapter import read_adapter
from callguard.first_run.answers import Answers
from callguard.settings import load

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

    answers = [LINE, "実家", "hgw", "192.168.1.1", "3"]
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
        ("user", "", "give --user"),
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


ANSWERS = [LINE, "実家", "hgw", "192.168.1.1", "3", SECRET, "192.168.1.10:5060", "living kitchen"]


def test_nonsense_is_told_and_asked_again(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = ["maybe", "yes", "no", "yes", "yes", "the subscriber"]
    typed(monkeypatch, "nonsense", *ANSWERS, "later", *consent)
    ran = run("init", "--language", "en")
    assert ran.status == 0, ran.err
    assert [line.strip() for line in ran.err.splitlines()] == [
        "line: 'nonsense' is not a telephone number: it is not made of digits",
        "'maybe' is neither yes nor no",
    ]
    assert "living" in config.read_text()
    assert "kitchen" in config.read_text()
    shown = run("household", "show", "--line", LINE).out
    assert "notices, recording, screening" in shown
    assert "logging" not in shown


def test_the_other_purposes_are_not_asked_of_who_wants_no_screening(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, *ANSWERS, "", "no")
    ran = run("init", "--language", "en")
    assert ran.status == 0, ran.err
    assert "Without consent nothing is screened yet" in ran.out


def test_consent_that_is_given_as_a_flag_is_not_asked(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, *ANSWERS, "")
    ran = run("init", "--language", "en", "--consent", "the subscriber, in writing")
    assert ran.status == 0, ran.err
    shown = run("household", "show", "--line", LINE).out
    assert "logging, notices, recording, screening" in shown


def test_the_mail_server_goes_into_a_file_of_its_own(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = ["smtp.example.jp", "home@example.jp", "", "mail-word"]
    typed(monkeypatch, *ANSWERS, *mail)
    ran = run("init", "--language", "en", "--consent")
    assert ran.status == 0, ran.err
    assert "mail-word" not in config.read_text()
    path = config.parent / "secrets" / "smtp"
    assert path.read_text() == "smtp://home%40example.jp:mail-word@smtp.example.jp\n"
    assert path.stat().st_mode & 0o077 == 0
    assert load().smtp_from == "home@example.jp"


def test_the_mail_server_can_be_told_by_flags(run: Run, config: Path) -> None:
    url = config.parents[1] / "mail"
    url.touch(mode=0o600)
    url.write_text("smtps://mail.example.jp\n")
    mail = ["--smtp-url-file", str(url), "--smtp-from", "home@example.jp"]
    assert "--smtp-from needs --smtp-url-file" in run(*flags(config), *mail[2:]).error
    assert run(*flags(config), *mail).status == 0
    assert load().smtp_url == "smtps://mail.example.jp"
    assert "as they were" in run(*flags(config), *mail[2:]).out


def test_what_another_has_written_is_told_before_anything_is_asked(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.parent.mkdir()
    config.write_text("workers = 2\n")
    typed(monkeypatch)
    assert "says something else; give --force" in run("init", "--language", "en").error


def test_a_setting_that_nobody_knows_is_named_with_the_nearest(run: Run, config: Path) -> None:
    config.parent.mkdir()
    config.write_text("worker = 2\n")
    told = run(*flags(config)).error
    assert told.endswith(f"{config}: there is no setting 'worker'; did you mean workers?")


def test_an_earlier_set_up_is_continued_without_asking_again(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, *ANSWERS, "", "no")
    assert run("init", "--language", "en").status == 0
    before = config.read_text()
    typed(monkeypatch, "yes", "yes", "yes", "yes", "the subscriber")
    ran = run("init", "--language", "en")
    assert ran.status == 0, ran.err
    assert "this goes on with it" in ran.out
    assert "reject (withheld)" in ran.out
    assert config.read_text() == before
    typed(monkeypatch)
    assert run("init", "--language", "en").status == 0


def test_settings_without_the_rest_are_continued_with_what_is_missing(
    run: Run, config: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(*flags(config)).status == 0
    shutil.rmtree(data)
    typed(monkeypatch, "実家")
    ran = run("init", "--language", "en", "--consent")
    assert ran.status == 0, ran.err
    assert "実家" in run("household", "show", "--line", LINE).out


def test_other_answers_than_those_of_before_need_force(run: Run, config: Path) -> None:
    assert run(*flags(config)).status == 0
    assert "give --force" in run(*flags(config, server="192.168.1.2")).error
    assert run(*flags(config, server="192.168.1.2"), "--force").status == 0
    assert read_adapter().server == "192.168.1.2"


def test_a_newer_database_is_refused_and_nothing_is_touched(
    household: Run, config: Path, data: Path
) -> None:
    with closing(sqlite3.connect(data / "households.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert "is of a newer callguard" in household(*flags(config)).error
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    assert not config.exists()


def test_a_database_of_an_older_callguard_is_upgraded(run: Run, config: Path, data: Path) -> None:
    data.mkdir()
    with closing(sqlite3.connect(data / "households.db")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    assert run(*flags(config), "--consent").status == 0
    assert "実家" in run("household", "show", "--line", LINE).out


def test_a_port_that_is_taken_is_told(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CALLGUARD_AGI_PORT", str(port))
        ran = run(*flags(config))
    assert ran.status == 0
    assert f"127.0.0.1:{port} is in use by another program now; stop it" in ran.out


def test_a_machine_without_an_asterisk_is_set_up_but_for_its_files(
    run: Run, config: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_ASTERISK_ROOT", str(data / "nowhere"))
    monkeypatch.setenv("PATH", str(data))
    ran = run(*flags(config), "--consent")
    assert ran.status == 0
    assert "then run: callguard household render" in ran.out
    assert "/join/" in ran.out


@pytest.mark.parametrize(
    ("language", "japanese"),
    [
        ({"LANG": "ja_JP.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, True),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, False),
        ({}, False),
    ],
    ids=["ja", "en", "messages", "all", "none"],
)
def test_it_speaks_as_the_locale_says(
    run: Run,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: dict[str, str],
    japanese: bool,
) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in language.items():
        monkeypatch.setenv(name, value)
    assert ("付けてください" in run("init", "--yes").error) is japanese


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("line", "12", "「12」は家の電話番号として使えません"),
        ("server", "", "--server を付けてください"),
        ("sip_bind", "8.8.8.8", "「8.8.8.8」は使えません"),
    ],
)
def test_faults_are_told_in_japanese_where_that_is_spoken(
    run: Run, config: Path, name: str, value: str, told: str
) -> None:
    assert told in run(*flags(config, **{name: value}), "--language", "ja").error
    assert not config.exists()


def test_the_example_calls_are_explained_in_japanese(run: Run, config: Path) -> None:
    ran = run(*flags(config), "--consent", "--language", "ja")
    assert ran.status == 0
    for words in ("reject (withheld)", "番号を隠した", "reject (overseas)", "warn (unlisted)"):
        assert words in ran.out


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
