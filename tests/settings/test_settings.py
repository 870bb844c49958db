"""The settings: where they come from, what is refused, and that the page documents each."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.screening import Reason
from callguard.settings import Settings, SettingsError, load
from callguard.settings import settings as settings_module

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A default file that is not this machine's, and not there yet."""
    path = tmp_path / "etc" / "callguard.toml"
    monkeypatch.setattr(settings_module, "DEFAULT_FILE", path)
    return path


def refusal(environ: Mapping[str, str]) -> str:
    """What is said of settings that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        load(environ)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def write(path: Path, text: str) -> dict[str, str]:
    """Write a settings file; return the environment that names it."""
    path.write_text(text, encoding="utf-8")
    return {"CALLGUARD_CONFIG": str(path)}


# The page.


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    return "–" if value in ("", None) else f"`{value}`"


def test_the_page_documents_every_setting_with_its_default() -> None:
    documented = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in PAGE.partition("\n## ")[0].splitlines()
        if line.startswith("| `")
    ]
    defaults = Settings()
    assert [row[:3] for row in documented] == [
        (f"`{one.name}`", f"`CALLGUARD_{one.name.upper()}`", shown(getattr(defaults, one.name)))
        for one in fields(Settings)
    ]
    assert all(row[3] for row in documented)


def test_the_pages_two_examples_mean_the_same(tmp_path: Path) -> None:
    toml = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    shell = re.search(r"```sh\n(.*?) callguard serve\n```", PAGE, re.DOTALL)
    assert toml is not None
    assert shell is not None
    environ = dict(word.split("=", 1) for word in shell.group(1).split())
    assert load(write(tmp_path / "page.toml", toml.group(1))) == load(environ)
    assert load(environ) == Settings(
        data=Path("/srv/callguard"),
        workers=2,
        sip_codes={Reason.WITHHELD: 433, Reason.FRAUD_LIST: 607},
    )


# Where they come from.


def test_without_anything_the_defaults_hold() -> None:
    assert load({}) == Settings()


def test_other_variables_are_not_ours() -> None:
    assert load({"PATH": "/bin", "XCALLGUARD_DATA": "/x", "callguard_data": "/x"}) == Settings()


def test_an_environment_variable_wins_over_the_file(tmp_path: Path) -> None:
    environ = write(tmp_path / "callguard.toml", 'agi_port = 1\nscreen_port = 2\nami_user = "u"')
    assert load({**environ, "CALLGUARD_SCREEN_PORT": "3"}) == Settings(
        agi_port=1, screen_port=3, ami_user="u"
    )


def test_the_file_in_etc_is_read_if_it_is_there(default_file: Path) -> None:
    default_file.parent.mkdir()
    write(default_file, "workers = 4")
    assert load({}).workers == 4


def test_the_file_that_is_named_stands_in_for_the_one_in_etc(
    default_file: Path, tmp_path: Path
) -> None:
    default_file.parent.mkdir()
    write(default_file, "workers = 4")
    assert load(write(tmp_path / "other.toml", "agi_port = 1")) == Settings(agi_port=1)


def test_an_empty_name_of_the_file_is_none() -> None:
    assert load({"CALLGUARD_CONFIG": ""}) == Settings()


def test_every_setting_can_be_set_in_the_environment() -> None:
    values = {
        "data": "/data",
        "agi_host": "::1",
        "agi_port": "1",
        "workers": "64",
        "http_host": "::1",
        "http_port": "65535",
        "http_cert": "/portal.pem",
        "http_key": "/portal.key",
        "portal_url": "https://guard.invalid",
        "trusted_proxy": "192.0.2.1",
        "police_consultation": "0422-99-0110",
        "api_token": "a token of the portal",
        "screen_token": "a token of a proxy",
        "screen_port": "4",
        "kamailio_port": "5",
        "redress_url": "https://carrier.invalid/redress",
        "redis_url": "redis://feed.invalid",
        "redis_ca": "/ca.pem",
        "redis_cert": "/node.pem",
        "redis_key": "/node.key",
        "database_url": "sqlite:////households.db",
        "ami_host": "::1",
        "ami_port": "3",
        "ami_user": "user",
        "ami_secret": "secret",
        "protected_numbers": "/protected.csv",
        "mass_callers": "/mass.csv",
        "burst_key": "k" * 32,
        "burst_minutes": "60",
        "burst_homes": "5",
        "burst_range_homes": "6",
        "provisioning_token": "a token of billing",
        "smtp_url": "smtp://mail.invalid",
        "smtp_from": "news@guard.invalid",
        "smtp_ca": "/mail-ca.pem",
        "news_private_targets": "on",
        "log_format": "json",
        "trace_url": "http://traces.invalid:4318/v1/traces",
        "recordings_spool": "/run/recordings",
        "recordings_dir": "/srv/recordings",
        "recordings_key_file": "/etc/recordings.key",
        "second_factor_key_file": "/etc/second-factor.key",
        "asterisk_config": "/etc/asterisk",
        "sip_codes": "withheld=433",
    }
    assert set(values) == {one.name for one in fields(Settings)}
    found = load({f"CALLGUARD_{name.upper()}": value for name, value in values.items()})
    assert found == Settings(
        data=Path("/data"),
        agi_host="::1",
        agi_port=1,
        workers=64,
        http_host="::1",
        http_port=65_535,
        http_cert=Path("/portal.pem"),
        http_key=Path("/portal.key"),
        portal_url="https://guard.invalid",
        trusted_proxy="192.0.2.1",
        police_consultation="0422-99-0110",
        api_token="a token of the portal",
        screen_token="a token of a proxy",
        screen_port=4,
        kamailio_port=5,
        redress_url="https://carrier.invalid/redress",
        redis_url="redis://feed.invalid",
        redis_ca=Path("/ca.pem"),
        redis_cert=Path("/node.pem"),
        redis_key=Path("/node.key"),
        database_url="sqlite:////households.db",
        ami_host="::1",
        ami_port=3,
        ami_user="user",
        ami_secret="secret",
        protected_numbers=Path("/protected.csv"),
        mass_callers=Path("/mass.csv"),
        burst_key="k" * 32,
        burst_minutes=60,
        burst_homes=5,
        burst_range_homes=6,
        provisioning_token="a token of billing",
        smtp_url="smtp://mail.invalid",
        smtp_from="news@guard.invalid",
        smtp_ca=Path("/mail-ca.pem"),
        news_private_targets=True,
        log_format="json",
        trace_url="http://traces.invalid:4318/v1/traces",
        recordings_spool=Path("/run/recordings"),
        recordings_dir=Path("/srv/recordings"),
        recordings_key_file=Path("/etc/recordings.key"),
        second_factor_key_file=Path("/etc/second-factor.key"),
        asterisk_config=Path("/etc/asterisk"),
        sip_codes={Reason.WITHHELD: 433},
    )


def test_an_optional_path_can_be_emptied(tmp_path: Path) -> None:
    environ = write(tmp_path / "callguard.toml", 'protected_numbers = "/protected.csv"')
    assert load({**environ, "CALLGUARD_PROTECTED_NUMBERS": ""}).protected_numbers is None


# What is refused.


def test_an_unknown_variable_is_named_with_the_one_that_was_meant() -> None:
    assert refusal({"CALLGUARD_AGI_PROT": "1"}) == (
        "environment: there is no setting 'agi_prot'; did you mean agi_port?"
    )
    assert refusal({"CALLGUARD_": "1"}) == "environment: there is no setting ''"


def test_an_unknown_name_in_the_file_is_named(tmp_path: Path) -> None:
    environ = write(tmp_path / "callguard.toml", "worker = 2")
    assert refusal(environ) == (
        f"{tmp_path}/callguard.toml: there is no setting 'worker'; did you mean workers?"
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert refusal({"CALLGUARD_CONFIG": str(path)}) == (
        f"CALLGUARD_CONFIG: {path} cannot be read: No such file or directory"
    )


def test_a_file_in_etc_that_cannot_be_read_is_named(default_file: Path) -> None:
    default_file.mkdir(parents=True)
    assert refusal({}) == f"CALLGUARD_CONFIG: {default_file} cannot be read: Is a directory"


@pytest.mark.parametrize("content", [b"workers", b"workers = ", b"\xff\xfe", b"[data]\n[data]"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "callguard.toml"
    path.write_bytes(content)
    assert refusal({"CALLGUARD_CONFIG": str(path)}).startswith(f"{path} is not a TOML file: ")


@pytest.mark.parametrize("value", ["", "0", "-1", "65536", "80.0", "http", "²", "1e3"])
def test_a_port_that_is_none_is_refused(value: str) -> None:
    assert refusal({"CALLGUARD_HTTP_PORT": value}) == (
        f"http_port is {value!r}; give a number from 1 to 65535"
    )


@pytest.mark.parametrize("value", ["0", "65", "many"])
def test_a_number_of_workers_that_is_none_is_refused(value: str) -> None:
    assert refusal({"CALLGUARD_WORKERS": value}) == (
        f"workers is {value!r}; give a number from 1 to 64"
    )


def test_an_empty_data_folder_is_refused() -> None:
    assert refusal({"CALLGUARD_DATA": ""}) == "data is empty; give the path of a folder"


@pytest.mark.parametrize(
    "line",
    [
        "data = 5",
        "data = true",
        'data = ["/data"]',
        "agi_host = 127",
        "[ami_user]",
        "ami_secret = 1",
    ],
)
def test_a_text_that_is_something_else_in_the_file_is_refused(tmp_path: Path, line: str) -> None:
    message = refusal(write(tmp_path / "callguard.toml", line))
    assert message.endswith("; give one text, in quotes")


@pytest.mark.parametrize("line", ["http_port = true", "http_port = [1]", "http_port = 80.5"])
def test_a_port_that_is_something_else_in_the_file_is_refused(tmp_path: Path, line: str) -> None:
    assert "give a number" in refusal(write(tmp_path / "callguard.toml", line))


# SIP answers.


def test_sip_answers_are_read_from_a_table_and_from_a_list(tmp_path: Path) -> None:
    table = "[sip_codes]\nwithheld = 433\nfraud-list = 607"
    expected = {Reason.WITHHELD: 433, Reason.FRAUD_LIST: 607}
    assert load(write(tmp_path / "callguard.toml", table)).sip_codes == expected
    listed = {"CALLGUARD_SIP_CODES": " withheld = 433 , fraud-list=607,"}
    assert load(listed).sip_codes == expected
    assert load({"CALLGUARD_SIP_CODES": ""}).sip_codes == {}


@pytest.mark.parametrize("value", ["withheld=200", "withheld=700", "withheld=", "withheld=no"])
def test_a_sip_answer_that_is_no_refusal_is_refused(value: str) -> None:
    assert refusal({"CALLGUARD_SIP_CODES": value}) == (
        f"sip_codes: withheld={value[9:]!r}; write withheld=603, a code from 400 to 699"
    )


@pytest.mark.parametrize("value", ["withheld:433", "anonymous=433", "603", "=603"])
def test_a_sip_answer_to_no_reason_is_refused(value: str) -> None:
    name = value.partition("=")[0]
    message = refusal({"CALLGUARD_SIP_CODES": value})
    assert message.startswith(f"sip_codes: no reason {name!r}; there are no-consent, ")
    assert all(reason in message for reason in Reason)


def test_a_table_of_sip_answers_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "sip_codes" in refusal(write(tmp_path / "callguard.toml", "sip_codes = 603"))
    assert "sip_codes" in refusal(
        write(tmp_path / "callguard.toml", "[sip_codes]\nwithheld = true")
    )


# What follows from them.


def test_files_lie_in_the_data_folder() -> None:
    found = Settings(data=Path("/data"))
    assert found.households == "sqlite:////data/households.db"
    assert found.database_file == Path("/data/households.db")
    assert found.lists == Path("/data/lists")
    assert found.trust == Path("/data/trust")
    assert found.redis_socket == Path("/data/feed/redis.sock")
    assert found.redis == "unix:///data/feed/redis.sock"


def test_a_redis_and_a_database_elsewhere() -> None:
    found = Settings(redis_url="redis://feed.invalid", database_url="sqlite:////other/h.db")
    assert found.redis == "redis://feed.invalid"
    assert found.households == "sqlite:////other/h.db"
    assert found.database_file == Path("/other/h.db")
    assert not found.replicated


def test_a_database_in_sqlite_is_read_itself_and_any_other_from_a_copy() -> None:
    found = Settings(data=Path("/data"), database_url="sqlite:////other/h.db?timeout=0")
    assert (found.database_file, found.replicated) == (Path("/other/h.db"), False)
    found = Settings(data=Path("/data"), database_url="postgresql://db.invalid/callguard")
    assert (found.database_file, found.replicated) == (Path("/data/policies.db"), True)


def test_a_relative_data_folder_gives_the_feeds_socket_an_absolute_name() -> None:
    assert Settings(data=Path("here")).redis == f"unix://{Path.cwd()}/here/feed/redis.sock"


@given(
    name=st.sampled_from([one.name for one in fields(Settings)]),
    value=st.text(st.characters(exclude_characters="\0"), max_size=20),
)
def test_any_value_is_taken_or_refused_in_one_line(name: str, value: str) -> None:
    environ = {f"CALLGUARD_{name.upper()}": value}
    try:
        load(environ)
    except SettingsError:
        assert name in refusal(environ)


def test_what_the_demo_is_told_is_no_setting() -> None:
    load({"CALLGUARD_DEMO_SIP_PORT": "5160", "CALLGUARD_ASTERISK_ROOT": "elsewhere"})


def test_a_token_that_could_be_guessed_is_refused() -> None:
    told = "api_token has 6 characters; give at least 16"
    assert refusal({"CALLGUARD_API_TOKEN": "secret"}) == told


def test_the_police_advice_line_is_a_telephone_number() -> None:
    settings = load({"CALLGUARD_POLICE_CONSULTATION": "0422990110"})
    assert settings.police_consultation == "0422-99-0110"
    assert "is not a telephone number" in refusal({"CALLGUARD_POLICE_CONSULTATION": "the police"})


@pytest.mark.parametrize(
    "address",
    [
        "",
        "portal.example.jp",
        "ftp://portal.example.jp",
        "https://",
        "https://portal.example.jp/family",
        "https://portal.example.jp?x=1",
        "https://me@portal.example.jp",
        "https://portal.example.jp:0",
        "https://portal.example.jp:99999",
        "https://[::1",
        "https://portal example.jp",
        "https://門.example.jp",
    ],
)
def test_the_portals_address_is_that_of_a_whole_site(address: str) -> None:
    told = refusal({"CALLGUARD_PORTAL_URL": address})
    assert told.startswith(f"portal_url is {address!r}; give the address of the portal")


def test_the_portals_address_has_the_port_of_the_portal_unless_it_is_told() -> None:
    assert load({"CALLGUARD_HTTP_PORT": "9090"}).portal_url == "http://localhost:9090"
    told = {"CALLGUARD_HTTP_PORT": "9090", "CALLGUARD_PORTAL_URL": "https://portal.example.jp"}
    assert load(told).portal_url == "https://portal.example.jp"


def test_the_portals_address_may_end_with_a_slash() -> None:
    settings = load({"CALLGUARD_PORTAL_URL": "https://portal.example.jp:8443/"})
    assert settings.portal_url == "https://portal.example.jp:8443"


@pytest.mark.parametrize("value", ["mail.example.jp", "smtp://", "smtp://user:s3cret@host:port"])
def test_a_mail_server_that_cannot_be_read_is_refused_without_its_password(value: str) -> None:
    said = refusal({"CALLGUARD_SMTP_URL": value, "CALLGUARD_SMTP_FROM": "news@guard.invalid"})
    assert said.startswith("smtp_url cannot be read; write smtp://USER:PASSWORD@HOST:587")
    assert "s3cret" not in said


def test_a_mail_server_needs_a_sender() -> None:
    said = refusal({"CALLGUARD_SMTP_URL": "smtp://mail.invalid"})
    assert said == "smtp_from is ''; give the mail address that news comes from"


@pytest.mark.parametrize(("value", "on"), [("on", True), ("true", True), ("off", False)])
def test_a_switch_is_on_or_off(value: str, on: bool) -> None:
    assert load({"CALLGUARD_NEWS_PRIVATE_TARGETS": value}).news_private_targets is on


def test_a_switch_that_is_neither_is_refused() -> None:
    said = refusal({"CALLGUARD_NEWS_PRIVATE_TARGETS": "maybe"})
    assert said == "news_private_targets is 'maybe'; give on or off"


@pytest.mark.parametrize(
    "url", ["http://carrier.invalid", "https://", "https://x>y", 'https://x"y', "https://x y"]
)
def test_a_redress_contact_is_an_address_that_a_sip_header_can_hold(url: str) -> None:
    with pytest.raises(SettingsError, match="redress_url is"):
        load({"CALLGUARD_REDRESS_URL": url})
