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


VERDICT = {
    "listed", "verdicts", "median_us", "p99_us", "max_us", "verdicts_per_s",
    "classify_median_us", "classify_p99_us", "worker_rss_mb", "worker_pss_mb",
}  # fmt: skip
FASTAGI = {
    *(f"{server}_{figure}" for server in ("callguard", "streams", "streams_bulk", "pyst2")
      for figure in ("sessions_per_s", "cpu_us")),
    "ratio_streams", "ratio_streams_bulk", "ratio_pyst2",
    "p50_ms", "p99_ms", "alone_p50_ms", "alone_p99_ms", "failed", "client_busy", "worker_rss_mb",
}  # fmt: skip
CALLS = {
    *(f"{variant}_{figure}" for variant in ("callguard", "astdb", "plain")
      for figure in ("calls_per_s", "users", "183_ms", "loaded_183_ms", "asterisk_cpu_ms",
                     "retransmissions")),
    "ratio_astdb", "ratio_plain", "added_183_ms", "failed", "without_daemon",
    "ringing_ms", "ringing_plain_ms", "added_ringing_ms",
    "emergency_ms", "emergency_plain_ms", "emergency_added_ms", "emergency_apart_ms",
    "media_calls", "media_recorded", "media_asterisk_busy", "media_loss_percent",
    *(f"media_{way}_{figure}" for way in ("to_telephone", "to_caller")
      for figure in ("streams", "seconds", "packets", "loss_percent", "unplayable_percent",
                     "jitter_ms", "jitter_p99_ms", "transit_ms", "transit_p99_ms")),
    *(f"media_announcement_{figure}" for figure in ("loss_percent", "jitter_ms", "jitter_p99_ms")),
}  # fmt: skip
FEED = {
    "numbers", "worker_start_ms", "worker_lists_mb", "miss_us", "hit_us", "not_found", "refresh_ms",
    "disk_ms", "follower_mb", "snapshot_s", "enforced_p50_ms", "enforced_p99_ms", "publish_p50_ms",
    "quiet_wait_p99_ms", "quiet_wait_max_ms", "delta_wait_p99_ms", "delta_wait_max_ms",
    "node_pss_mb", "services_pss_mb", "worker_private_mb", "delta_ms", "delta_p99_ms", "followers",
    "followers_p50_ms", "followers_p99_ms", "redis_cpu_us_per_follower", "redis_bytes_per_follower",
    "import_rows", "import_s",
}  # fmt: skip
PORTAL = {
    *(f"{kind}_{figure}" for kind in ("pg", "sqlite")
      for figure in ("homes", "calls", "page_p50_ms", "page_p95_ms", "slowest_p95_ms",
                     "change_p50_ms", "change_p99_ms", "logging_failed", "logging_on_p50_ms",
                     "logging_on_p99_ms", "logging_off_p50_ms", "logging_off_p99_ms",
                     "logging_added_p50_ms", "logging_added_p99_ms", "logging_added_round_ms")),
    "pages", "first_page_kb", "blocking_scripts", "fdatasync_p50_ms", "fdatasync_p99_ms",
    "first_copy_policies", "first_copy_s",
}  # fmt: skip
CARRIER = {
    "households", "numbers", "many_households", "callguard_sessions_per_s", "callguard_cpu_us",
    "streams_sessions_per_s", "streams_cpu_us", "ratio_streams", "p99_ms", "two_cpu_us", "failed",
    "screen_per_s", "screen_cpu_us", "screen_p99_ms",
    "node_calls_per_s", "node_asterisk_cpu_us", "call_worker_cpu_us", "call_services_cpu_us",
    "call_cpu_us", "call_cpu_part", "edge_calls_per_s", "edge_ratio_node", "edge_kamailio_cpu_us",
    "edge_worker_cpu_us", "edge_services_cpu_us", "node_calls_failed", "edge_calls_failed",
    "policy_bytes", "policy_us", "cold_s", "first_copy_s", "compare_s", "copy_bytes",
}  # fmt: skip
START = {
    "python_ms", "peers_ms", "help_ms", "fresh_calls_ms", "fresh_ready_ms", "again_calls_ms",
    "again_ready_ms", "ratio_help", "ratio_fresh_ready", "ratio_again_ready",
}  # fmt: skip
KEYS = {
    "verdict": VERDICT,
    "fastagi": FASTAGI,
    "calls": CALLS,
    "feed": FEED,
    "portal": PORTAL,
    "carrier": CARRIER,
    "start": START,
}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("verdict", VERDICT),
        ("fastagi", FASTAGI),
        ("feed", FEED),
        ("portal", PORTAL),
        ("start", START),
        pytest.param("calls", CALLS, marks=pytest.mark.calls),
        pytest.param("carrier", CARRIER, marks=pytest.mark.calls),
    ],
)
def test_a_bench_prints_its_figures_as_one_json_object(name: str, keys: set[str]) -> None:
    done = bench(name, "--quick", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["bench"] == name
    assert figures.keys() - {"bench", "machine", "rounds", "targets"} == keys
    assert set(figures["targets"]) <= keys


@pytest.mark.parametrize("name", KEYS)
def test_every_figure_is_in_the_documentation(name: str) -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert {key for key in KEYS[name] if f"`{key}`" not in page} == set()


def test_a_bench_that_does_not_exist_is_refused_in_one_line() -> None:
    done = bench("nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
