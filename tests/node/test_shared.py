"""What is loaded ahead: not before the workers run, and of no harm if it cannot be."""

import logging
import subprocess
import sys

import pytest

from callguard.node import shared

LOADED = "import sys; print([name for name in shared.SHARED if name in sys.modules])"


def printed(program: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.stdout.strip()


def test_a_worker_begins_without_it() -> None:
    assert (
        printed(f"import callguard.node.run; from callguard.node import shared; {LOADED}") == "[]"
    )


def test_all_of_it_is_loaded() -> None:
    found = printed(f"from callguard.node import shared; shared.load_shared(); {LOADED}")
    assert found == str(list(shared.SHARED))


_PROGRAM = """
import os, signal
from callguard.node.supervisor import Child, Supervisor

def run(control):
    control.send(b".")
    control.recv(1)

first = Child("first", run, 30.0)
second = Child("second", run, 30.0, load=lambda: print(f"loaded, {bool(first.pid)}", flush=True))
Supervisor([first, second], lambda: os.kill(os.getpid(), signal.SIGTERM)).run()
os._exit(0)
"""


def test_it_is_loaded_when_the_children_before_run_already() -> None:
    assert printed(_PROGRAM) == "loaded, True"


def test_what_cannot_be_loaded_is_logged_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared, "SHARED", ("callguard.of_tomorrow",))
    with caplog.at_level(logging.ERROR):
        shared.load_shared()
    assert "each process loads for itself" in caplog.text
