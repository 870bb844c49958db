"""The units for systemd: it understands them, and they are as tight as they say."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
MAX_EXPOSURE = 2.0
"""systemd's own measure, 0 to 10."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that is there in the place of the installed one."""
    for path in UNITS.glob("callguard*"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(
            text.replace("/opt/callguard/.venv/bin/callguard", "/bin/true")
        )
    return tmp_path


def analyze(*words: str) -> str:
    ran = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "name", ["callguard.service", "callguard-backup.service", "callguard-backup.timer"]
)
def test_systemd_understands_them(units: Path, name: str) -> None:
    assert not analyze("verify", "--man=no", str(units / name))


@pytest.mark.parametrize("name", ["callguard.service", "callguard-backup.service"])
def test_they_have_as_few_rights_as_they_need(units: Path, name: str) -> None:
    said = analyze("security", "--offline=true", "--no-pager", str(units / name))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert found
    assert float(found[1]) <= MAX_EXPOSURE


def test_it_waits_longer_than_the_node_takes_to_stop() -> None:
    from callguard.node import supervisor, worker

    text = (UNITS / "callguard.service").read_text(encoding="utf-8")
    [seconds] = re.findall(r"TimeoutStopSec=(\d+)", text)
    assert int(seconds) > supervisor.STOP_SECONDS + worker.DRAIN_SECONDS
