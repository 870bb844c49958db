"""What services, portal, news and feed server load: once, in the supervisor, not in each of them.

The supervisor loads it when the workers run already, before it forks the first of the others; or
before, while it waits for the database to be made. The others begin at once, and their memory is
shared.
"""

import logging
from importlib import import_module

log = logging.getLogger(__name__)

SHARED = (
    *("aiohttp.web", "joserfc.jwt", "redis.asyncio", "sqlalchemy.orm"),
    "callguard.database.tables",
)
"""Modules that take long to load and that at least two of them need."""


def load_shared() -> None:
    """Load them; the second time does nothing.

    What cannot be loaded fails in the child that needs it: the supervisor goes on.
    """
    try:
        for name in SHARED:
            import_module(name)
    except Exception:
        log.exception("loading ahead failed; each process loads for itself")
