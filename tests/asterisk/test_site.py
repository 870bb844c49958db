"""The configuration that a site's Asterisk is given."""

from pathlib import Path

import pytest

from callguard.asterisk.site import (
    EVENTS,
    HouseholdSite,
    Loader,
    SiteError,
    write_site,
)

LOADER = Loader(("asterisk",), Path("/modules"), Path("/data"))


def household(folder: Path, **values: object) -> HouseholdSite:
    chosen: dict[str, object] = {
        "folder": folder,
        "line": "0422-99-0000",
        "agi": "127.0.0.1:4573",
        "fallback": Path("/bin/callguard-agi"),
        "ami_port": 5038,
        "ami_secret": "secret",
        **values,
    }
    return HouseholdSite(**chosen)  # type: ignore[arg-type]


def test_a_home_has_the_shared_dialplan_its_profile_and_its_values(tmp_path: Path) -> None:
    main = write_site(household(tmp_path), LOADER)
    etc = main.parent
    assert "astmoddir=/modules" in main.read_text()
    assert "callguard-screen" in (etc / "screening.conf").read_text()
    assert "from-phone" in (etc / "extensions.conf").read_text()
    assert "CALLGUARD_LINE=0422-99-0000" in (etc / "site" / "globals.conf").read_text()


def test_both_profiles_screen_by_the_same_subroutine(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "asterisk-config"
    for profile in ("household", "carrier"):
        dialplan = (source / profile / "extensions.conf").read_text()
        assert "#include screening.conf" in dialplan
        assert "Goto(callguard-screen,ask,1)" in dialplan


def test_the_files_with_the_secret_are_for_their_owner_only(tmp_path: Path) -> None:
    etc = write_site(household(tmp_path), LOADER).parent
    assert (etc / "manager.conf").stat().st_mode & 0o077 == 0


def test_the_manager_tells_only_what_is_listened_to(tmp_path: Path) -> None:
    manager = (write_site(household(tmp_path), LOADER).parent / "manager.conf").read_text()
    assert [line for line in manager.splitlines() if line.startswith("eventfilter=")] == [
        f"eventfilter={event}" for event in EVENTS
    ]
    assert "permit=127.0.0.1/255.255.255.255" in manager


def test_the_manager_writes_what_is_listened_to_and_not_what_is_most_frequent(
    tmp_path: Path,
) -> None:
    manager = (write_site(household(tmp_path), LOADER).parent / "manager.conf").read_text()
    (line,) = [one for one in manager.splitlines() if one.startswith("disabledevents=")]
    disabled = set(line.removeprefix("disabledevents=").split(","))
    assert {"Newexten", "VarSet"} <= disabled
    assert not disabled & {"DialEnd", "Hangup", "UserEvent"}


def test_variables_are_set_untold(tmp_path: Path) -> None:
    stasis = (write_site(household(tmp_path), LOADER).parent / "stasis.conf").read_text()
    assert "decline=ast_channel_varset_type" in stasis.splitlines()


def test_the_manager_lets_callguard_ask_and_end_calls_and_nothing_else(tmp_path: Path) -> None:
    manager = (write_site(household(tmp_path), LOADER).parent / "manager.conf").read_text()
    assert [line for line in manager.splitlines() if line.startswith("write=")] == [
        "write=reporting,call"
    ]


@pytest.mark.parametrize(
    "secret", ["a\nb", "a\rb", "a;b", "a[b", "a]b", "a{b", "a}b", "a$b", "a\0b"]
)
def test_a_value_that_could_be_read_as_more_than_a_value_is_refused(
    tmp_path: Path, secret: str
) -> None:
    with pytest.raises(SiteError, match="secret"):
        write_site(household(tmp_path, ami_secret=secret), LOADER)


def test_written_again_it_is_the_same(tmp_path: Path) -> None:
    etc = write_site(household(tmp_path), LOADER).parent
    before = {path: path.read_bytes() for path in etc.rglob("*.conf")}
    write_site(household(tmp_path), LOADER)
    assert {path: path.read_bytes() for path in etc.rglob("*.conf")} == before
    assert not [*etc.rglob("*.edited"), *etc.rglob("*.new")]


def test_a_home_has_a_scam_key_if_it_wants_one(tmp_path: Path) -> None:
    site = write_site(household(tmp_path), LOADER).parent / "site"
    assert "scam=*9,peer,Gosub(callguard-keys,pressed,1)" in (site / "features.conf").read_text()
    assert "CALLGUARD_KEYS=scam#family" in (site / "globals.conf").read_text()
    assert "CALLGUARD_TELLS_KEY=-key" in (site / "globals.conf").read_text()
    write_site(household(tmp_path, scam_key=""), LOADER)
    assert "scam" not in (site / "features.conf").read_text()
    assert "CALLGUARD_KEYS=family" in (site / "globals.conf").read_text()


def test_a_home_has_a_family_key_if_it_wants_one(tmp_path: Path) -> None:
    site = write_site(household(tmp_path), LOADER).parent / "site"
    assert "family=*5,self,Gosub(callguard-key,pressed,1)" in (site / "features.conf").read_text()
    write_site(household(tmp_path, family_key=""), LOADER)
    assert "family" not in (site / "features.conf").read_text()


@pytest.mark.parametrize("key", ["*9", "*91", "5", "*5,caller", "#*"])
def test_a_family_key_that_is_none_or_not_told_from_the_other_is_refused(
    tmp_path: Path, key: str
) -> None:
    with pytest.raises(SiteError, match="family_key"):
        write_site(household(tmp_path, family_key=key), LOADER)


def test_a_key_that_no_announcement_names_is_not_told(tmp_path: Path) -> None:
    site = write_site(household(tmp_path, scam_key="#7"), LOADER).parent / "site"
    assert "scam=#7,peer" in (site / "features.conf").read_text()
    assert "CALLGUARD_TELLS_KEY" not in (site / "globals.conf").read_text()


@pytest.mark.parametrize("key", ["9 ", "*9,caller", "*9\n[x]", "a", "*", "12345678901"])
def test_a_scam_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SiteError, match="scam_key"):
        write_site(household(tmp_path, scam_key=key), LOADER)


def test_the_consultation_of_the_prefecture_is_known(tmp_path: Path) -> None:
    site = write_site(household(tmp_path, consultation="0422990110"), LOADER).parent / "site"
    assert "CALLGUARD_CONSULTATION=0422990110" in (site / "globals.conf").read_text()


@pytest.mark.parametrize("number", ["0422-99-0110", "110@x", "${EVIL}"])
def test_a_consultation_that_is_no_dialled_number_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(SiteError, match="consultation"):
        write_site(household(tmp_path, consultation=number), LOADER)
