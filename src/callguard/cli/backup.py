"""``callguard backup`` and ``callguard restore``."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from ..backup.archive import make, restore
from ..settings import load_to_back_up

_STREAM = "-"


def back_up(options: argparse.Namespace) -> int:
    """Write a backup of this node, whether it runs or not."""
    now = datetime.now(UTC)
    if options.file == _STREAM:
        manifest = make(load_to_back_up(), sys.stdout.buffer, now)
    else:
        path = Path(options.file)
        unfinished = path.with_name(f"{path.name}.new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                manifest = make(load_to_back_up(), out, now)
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    print(f"{len(manifest['files'])} files, the database among them", file=sys.stderr)
    return 0


def put_back(options: argparse.Namespace) -> int:
    """Put a backup into an empty data folder."""
    settings = load_to_back_up()
    if options.file == _STREAM:
        manifest = restore(settings, sys.stdin.buffer)
    else:
        with Path(options.file).open("rb") as file:
            manifest = restore(settings, file)
    print(
        f"{len(manifest['files'])} files of {manifest['made_at']} are in {settings.data}; start "
        "callguard, and see callguard doctor"
    )
    return 0
