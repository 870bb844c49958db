"""Each bench runs, in a small size, and prints what it documents. Figures are not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def bench(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benches", name, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("verdict", {"median_us", "p99_us", "worker_rss_mb"}),
        ("fastagi", {"callguard_sessions_per_s", "ratio_streams", "ratio_pyst2"}),
        pytest.param("calls", {"ratio_astdb", "ratio_plain"}, marks=pytest.mark.calls),
    ],
)
def test_a_bench_prints_its_figures_as_one_json_object(name: str, keys: set[str]) -> None:
    done = bench(name, "--quick", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["bench"] == name
    assert keys <= figures.keys()


def test_a_bench_that_does_not_exist_is_refused_in_one_line() -> None:
    done = bench("nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
