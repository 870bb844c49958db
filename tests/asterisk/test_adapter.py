"""The settings of a home adapter, as they are read from a file and the environment."""

from dataclasses import fields
from pathlib import Path

import pytest

from callguard.asterisk.adapter import Adapter, read_adapter
from callguard.asterisk.conf import SiteError
from callguard.asterisk.telephone import Telephone
from callguard.settings import SettingsError, load

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
SECRET = "living-secret-0001"


def environment(tmp_path: Path, text: str, **more: str) -> dict[str, str]:
    """Write a settings file that nobody else may read; return the environment that names it."""
    path = tmp_path / "callguard.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return {
        "CALLGUARD_CONFIG": str(path),
        **{f"CALLGUARD_HOUSEHOLD_{name}": value for name, value in more.items()},
    }


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises((SettingsError, SiteError)) as caught:
        read_adapter(environ)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def secret_file(folder: Path, secret: str = SECRET, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(f"{secret}\n")
    path.chmod(mode)
    return path


def test_the_page_has_every_setting_with_its_default() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    tables = {row[0].strip("| `"): row[1].strip("`") for row in rows if len(row) == 3}
    assert set(tables) == ({one.name for one in fields(Adapter)} - {"phones"}) | {
        "name",
        "contact",
    }
    for name in ("rtp_ports", "codecs", "scam_key", "family_key"):
        assert tables[name] == getattr(Adapter(), name)


def test_the_table_is_read_and_the_rest_of_callguard_passes_it_over(tmp_path: Path) -> None:
    secret = secret_file(tmp_path)
    environ = environment(
        tmp_path,
        f"""
        workers = 2
        [household]
        line = "0422-99-0000"
        early_media = false
        secret_file = "{secret}"
        [[household.phones]]
        name = "living"
        secret_file = "{secret}"
        [[household.phones]]
        name = "fax"
        contact = "192.168.1.20"
        """,
    )
    assert read_adapter(environ) == Adapter(
        line="0422-99-0000",
        early_media="off",
        secret=SECRET,
        secret_file=str(secret),
        phones=(
            Telephone(name="living", secret=SECRET),
            Telephone(name="fax", contact="192.168.1.20"),
        ),
    )
    assert load(environ).workers == 2


def test_the_environment_wins(tmp_path: Path) -> None:
    environ = environment(
        tmp_path,
        """
        [household]
        line = "0422-99-0000"
        secret_file = "/nowhere"
        [[household.phones]]
        name = "living"
        secret = "in-the-file-0001"
        """,
        LINE="0422-99-0001",
        SECRET="from-the-environment",
        PHONE_LIVING_SECRET_FILE=str(secret_file(tmp_path)),
        PHONE_KITCHEN_CONTACT="192.168.1.21",
    )
    adapter = read_adapter(environ)
    assert adapter.line == "0422-99-0001"
    assert adapter.secret == "from-the-environment"
    assert adapter.phones == (
        Telephone(name="living", secret=SECRET),
        Telephone(name="kitchen", contact="192.168.1.21"),
    )
    load(environ)


def test_without_a_table_there_is_nothing(tmp_path: Path) -> None:
    assert read_adapter(environment(tmp_path, "")) == Adapter()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("household = 1", "write a table, [household]"),
        ("[household]\ngatway = 'hgw'", "no setting 'gatway'; did you mean gateway?"),
        ("[household]\nxyz = 'hgw'", "no setting 'xyz'; there are line"),
        ("[household]\nline = 422990000", "line is 422990000; give one text, in quotes"),
        ("[household]\nphones = 'living'", "as a table, [[household.phones]]"),
        ("[household]\nphones = ['living']", "as a table, [[household.phones]]"),
        ("[[household.phones]]\nsecret = '123456789012'", "a telephone has no name"),
        ("[[household.phones]]\nname = 'a'\npin = '1'", "no setting 'pin'"),
        ("[[household.phones]]\nname = 'a'", "neither a secret nor a contact"),
        ("[[household.phones]]\nname = 'A1'\ncontact='10.0.0.1'", "is called 'A1'"),
        ("[[household.phones]]\nname = 'trunk'\ncontact='10.0.0.1'", "is called 'trunk'"),
        ("[[household.phones]]\nname = 'a'\nsecret='short'", "has 5 characters; give at least 12"),
        ("[household]\nsecret='a'\nsecret_file='b'", "give secret or secret_file, not both"),
        (
            "[household]\nsecret_file='/nowhere'",
            "household: secret_file: /nowhere cannot be read: No such file",
        ),
        (
            "[[household.phones]]\nname='a'\ncontact='10.0.0.1'\n"
            "[[household.phones]]\nname='a'\ncontact='10.0.0.2'",
            "two telephones are called 'a'",
        ),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(environment(tmp_path, text))


def test_an_unknown_name_in_the_environment_is_named(tmp_path: Path) -> None:
    assert "no setting 'sever'; did you mean server?" in refusal(
        environment(tmp_path, "", SEVER="x")
    )
    assert "telephone living: there is no setting 'key'" in refusal(
        environment(tmp_path, "", PHONE_LIVING_KEY="x")
    )


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    open_file = secret_file(tmp_path, mode=0o644)
    text = f"[household]\nsecret_file = '{open_file}'"
    assert f"everybody on this machine can read or write {open_file}; chmod o=" in refusal(
        environment(tmp_path, text)
    )
    environ = environment(tmp_path, f"[household]\nsecret = '{SECRET}'")
    Path(environ["CALLGUARD_CONFIG"]).chmod(0o644)
    message = refusal(environ)
    assert "everybody may read it" in message
    assert SECRET not in message


@pytest.mark.parametrize("content", ["", "\n", "one\ntwo\n", "x" * 5000])
def test_a_file_that_holds_no_password_is_refused(tmp_path: Path, content: str) -> None:
    path = secret_file(tmp_path, content)
    text = f"[household]\nsecret_file = '{path}'"
    assert "must hold one line, the secret, and nothing else" in refusal(
        environment(tmp_path, text)
    )


def test_no_secret_is_in_what_python_shows_of_the_settings() -> None:
    phone = Telephone(secret=SECRET)
    assert SECRET not in repr(Adapter(secret=SECRET, phones=(phone,)))
