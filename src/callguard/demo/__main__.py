"""``python -m callguard.demo FOLDER``: the household demo; ``script/up`` prepares and runs it."""

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
        asyncio.run(run(folder, Ports.from_environment()))
    except (HomeError, SiteError, SippError, OSError) as error:
        print(f"callguard demo: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
