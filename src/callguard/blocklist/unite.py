"""The union is written by a process of its own, which takes its memory along when it ends.

``python -m callguard.blocklist.unite FOLDER SOURCE…``: uniting ten million numbers takes some
tenths of a second and some ten megabytes, and the follower has news to take in meanwhile.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Sequence
from pathlib import Path

from .errors import StoreError
from .store import ListStore

_STANDS = 3
"""Exit status: the union on disk is that of the lists already."""
_NICENESS = 10
"""Verdicts and news come first; the union only makes look-ups quicker."""


async def unite(store: ListStore, sources: Iterable[str]) -> bool:
    """Write the union of the lists of *sources*; return False if it is on disk already.

    Raises:
        StoreError: it could not be written.

    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, str(store.folder.absolute()), *sources,
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in {0, _STANDS}:
        lines = said.decode(errors="replace").splitlines() or [f"status {process.returncode}"]
        raise StoreError(lines[-1])
    return process.returncode != _STANDS


def main(words: Sequence[str]) -> int:
    """Do it, in this process."""
    os.nice(_NICENESS)
    try:
        return 0 if ListStore(Path(words[0])).save_union(words[1:]) else _STANDS
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
