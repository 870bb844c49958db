"""A home's configuration is tried by a real Asterisk, aside."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from callguard.asterisk import site as site_module
from callguard.asterisk import trial
from callguard.asterisk.gateway import Gateway
from callguard.asterisk.instance import find_loader
from callguard.asterisk.site import HouseholdSite
from callguard.asterisk.telephone import Telephone

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> HouseholdSite:
    return HouseholdSite(
        folder=tmp_path / "asterisk",
        agi="127.0.0.1:4573",
        fallback=Path("/bin/callguard-agi"),
        ami_port=5038,
        ami_secret="ami-secret-000001",
        sip_bind="192.168.1.10:5060",
        network_bind="198.51.100.2:5060",
        line="0422-99-0000",
        gateway=Gateway(
            contact="sip:203.0.113.1",
            registrar="sip:ngn.example.jp",
            account="sip:0422990000@ngn.example.jp",
            proxy="203.0.113.1",
            transport="transport-network",
        ),
        phones=(Telephone(name="living", secret="living-secret-1"), Telephone(contact="10.0.0.1")),
    )


async def test_a_home_is_taken_and_nothing_of_the_trial_is_left(
    site: HouseholdSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert await trial.complaints(site, find_loader()) == []
    assert not site.folder.exists()
    assert list(tmp_path.iterdir()) == []


async def test_what_asterisk_says_against_it_is_told(
    site: HouseholdSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = site_module.site_files

    def spoilt(*arguments: object) -> dict[str, str]:
        files = written(*arguments)  # type: ignore[arg-type]
        files["site/pjsip.conf"] = re.sub(r"allow=\w+", "alow=ulaw", files["site/pjsip.conf"])
        return files

    monkeypatch.setattr(site_module, "site_files", spoilt)
    found = await trial.complaints(replace(site, codecs="alaw"), find_loader())
    assert [line for line in found if "alow" in line]
    assert "the endpoint trunk is not there" in found
