"""Fuzzing one target, guided by which code each input reaches (atheris), for some minutes.

What is found is written to var/fuzz/NAME; an input that has made it fail belongs into the corpus,
fuzz/corpus/NAME, together with the change that mends it.
"""

import argparse
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]

with atheris.instrument_imports(include=["callguard"]):
    from fuzz.targets import TARGETS, try_out


def main() -> None:
    """Run until the time is over, or until something fails."""
    parser = argparse.ArgumentParser(prog="script/fuzz", description=__doc__)
    parser.add_argument("name", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()
    found = ROOT / "var" / "fuzz" / options.name
    grown = found / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "corpus" / options.name
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={options.minutes * 60:.0f}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-max_len=16384",
            "-print_final_stats=1",
            f"-artifact_prefix={found}/",
            str(grown),
            str(seeds),
        ],
        lambda data: try_out(options.name, data),
    )
    atheris.Fuzz()


main()
