"""The guide for whoever sets a home adapter up: its settings are used, its commands are run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from callguard.asterisk.adapter import read_adapter
from callguard.asterisk.adapter_site import Kind, household_site
from callguard.asterisk.instance import find_loader
from callguard.asterisk.site import site_files
from callguard.settings import load

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "household.ja.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [(kind, text) for kind, text in _BLOCK.findall(PAGE)]
SETTINGS = [text for kind, text in BLOCKS if kind == "toml" and "callguard.toml" in text]
TELEPHONES = [text for kind, text in BLOCKS if kind == "toml" and "callguard.toml" not in text]
COMMANDS = [text for kind, text in BLOCKS if kind == "sh" and "callguard init" not in text]
(SHORT_WAY,) = [text for kind, text in BLOCKS if kind == "sh" and "callguard init" in text]


class Machine:
    """A machine whose /etc/callguard and /var/lib/callguard are in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "etc").mkdir()
        self.environment = {
            **{key: text for key, text in os.environ.items() if not key.startswith("CALLGUARD_")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CALLGUARD_CONFIG": str(folder / "etc" / "callguard.toml"),
            "CALLGUARD_DATA": str(folder / "data"),
        }

    def here(self, text: str) -> str:
        """Return a text of the page with this machine's folders."""
        text = text.replace("/etc/callguard", str(self.folder / "etc"))
        return text.replace("/var/lib/callguard", str(self.folder / "data"))

    def write_settings(self, text: str) -> None:
        path = self.folder / "etc" / "callguard.toml"
        path.write_text(self.here(text), encoding="utf-8")

    def secret(self, name: str) -> None:
        path = self.folder / "etc" / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"secret-of-{name}-0001\n")

    def run(self, commands: str) -> str:
        """Run commands of the page; return what they said."""
        done = subprocess.run(
            ["sh", "-eu", "-c", self.here(commands)],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def kind_of(text: str) -> str:
    found = re.search(r'^gateway = "(\w+)"', text, re.MULTILINE)
    assert found
    return found[1]


def test_the_page_has_whole_settings_for_every_kind_of_line() -> None:
    assert [kind_of(text) for text in SETTINGS] == list(Kind)


@pytest.mark.parametrize("text", SETTINGS, ids=map(kind_of, SETTINGS))
def test_the_settings_can_be_used_as_they_stand(machine: Machine, text: str) -> None:
    for name in ("ami", "line", "living", "kitchen", "study"):
        machine.secret(name)
    machine.write_settings(text + "\n".join(TELEPHONES))
    site = household_site(read_adapter(machine.environment), load(machine.environment))
    assert [phone.name for phone in site.phones] == ["living", "kitchen", "study", "fax"]
    assert site.consultation == "0422990110"
    assert "site/pjsip.conf" in site_files(site, find_loader())


def test_the_commands_lead_from_nothing_to_a_home_that_asterisk_takes(machine: Machine) -> None:
    said = []
    for commands in COMMANDS:
        if "household add" in commands:
            # Before that step the page has the settings copied.
            machine.write_settings(SETTINGS[0])
        said.append(machine.run(commands))
    whole = "".join(said)
    assert "0422-99-0000 (実家) is not screened until it agrees" in whole
    assert "state           screened" in whole
    assert "Asterisk takes it: the line 0422-99-0000, telephones living" in whole
    assert f"files written to {machine.folder}/data/asterisk/etc" in whole
    assert "nothing would change" in whole
    assert "nothing has changed" in whole
    secrets = [path.read_text().strip() for path in (machine.folder / "etc/secrets").iterdir()]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in whole]


def test_the_short_way_leads_from_nothing_to_a_home_that_asterisk_takes(machine: Machine) -> None:
    assert "/join/" in machine.run(SHORT_WAY)
    assert "Asterisk takes it" in machine.run("callguard household render --check")
