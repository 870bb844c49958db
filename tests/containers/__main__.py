"""``python -m tests.containers home exchange``: tries one compose file, or both in turn."""

import asyncio
import sys

from callguard.demo.sipp import SippError

from .compose import ComposeError, say
from .exchange import try_exchange
from .home import try_home

TRIES = {"home": try_home, "exchange": try_exchange}


def main() -> int:
    """Try them; return the exit status."""
    good = True
    for name in sys.argv[1:] or TRIES:
        say(f"==> {name}")
        try:
            good &= asyncio.run(TRIES[name]())
        except (ComposeError, SippError, TimeoutError, OSError) as error:
            print(f"script/containers: {name}: {error}", file=sys.stderr)
            return 1
    say("every call ended as it should" if good else "a call did not end as it should")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
