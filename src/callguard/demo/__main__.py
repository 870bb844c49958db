"""``python -m callguard.demo FOLDER [--month]``: what ``script/up`` prepares and runs."""

import asyncio
import sys
from pathlib import Path

from ..asterisk.site import SiteError
from .home import HomeError, Ports
from .household import run
from .sipp import SippError


def main() -> int:
    """Run the demo in the folder named on the command line; return the exit status."""
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready").unlink(missing_ok=True)
    try:
        month = "--month" in sys.argv[2:]
        asyncio.run(run(folder, Ports.from_environment(), month=month))
    except (HomeError, SiteError, SippError, OSError) as error:
        print(f"callguard demo: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
