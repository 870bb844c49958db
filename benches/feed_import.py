"""``callguard feed import`` of a large file, as a source runs it, for ``script/bench feed``."""

import random
import subprocess
import sys
import time
from pathlib import Path

from .feed_lists import scattered
from .feed_police import server
from .node import BenchError, plain_environment

_NUMBERS = (818010000000, 818099999999)


def import_rows(folder: Path, rows: int) -> dict[str, float]:
    """Import a CSV file of *rows* numbers, each with a category and a reference of its own day."""
    file, key = folder / "numbers.csv", folder / "import.key"
    drawn = scattered(rows + rows // 100, *_NUMBERS, random.Random(4))  # noqa: S311
    lines = [f"0{number % 10**10},refund\n" for number in list(drawn)[:rows]]
    file.write_text("number,category\n" + "".join(lines))
    _callguard("feed", "keygen", "--source", "police-import", "--key", key,
               "--public", folder / "import.pub")  # fmt: skip
    with server(folder / "import") as url:
        began = time.perf_counter()
        _callguard("feed", "import", file, "--key", key, "--redis", url)
        return {"import_rows": len(lines), "import_s": time.perf_counter() - began}


def _callguard(*words: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "callguard", *map(str, words)],
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"callguard {words[1]}: {done.stderr.strip().splitlines()[-1]}")
