"""``script/bench NAME [--json] [--quick]``."""

import argparse
import signal
import sys
from importlib import import_module
from types import FrameType

from callguard.asterisk.site import SiteError

from .node import BenchError

BENCHES = ("verdict", "fastagi", "calls", "feed", "portal", "carrier", "start")


def main() -> int:
    """Run one bench; exit status: 0 measured, 1 it could not be, 2 asked wrongly."""
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures callguard.")
    parser.add_argument("name", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="a tiny size: shows that it runs, measures nothing"
    )
    options = parser.parse_args()
    if options.name not in BENCHES:
        return _say(f"there is no bench {options.name!r}; there are {', '.join(BENCHES)}", 2)
    signal.signal(signal.SIGTERM, _stop)
    try:
        report = import_module(f".{options.name}", __package__).run(quick=options.quick)
    except KeyboardInterrupt:
        return _say("stopped", 130)
    except (BenchError, SiteError, OSError) as error:
        return _say(str(error), 1)
    print(report.to_json() if options.json else report)  # noqa: T201
    return 0


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str, status: int) -> int:
    print(f"script/bench: {text}", file=sys.stderr)  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main())
