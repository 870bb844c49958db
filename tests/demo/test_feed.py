"""The feed demo: it ends well only if every promise that it shows held on all three nodes."""

import subprocess
import sys

from callguard.demo.attacks import ATTACKS


def test_two_sources_three_nodes_and_every_attack_is_refused() -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "callguard.demo.feed"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert demo.stdout.count("changed nothing: yes") == len(ATTACKS)
    assert demo.stdout.count("no permissions") == 2
