"""``callguard recordings``: what was recorded of calls; lists, takes out, erases."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..recordings.errors import RecordingError
from ..recordings.recordings import Recording
from ..screening.policy import JST
from ..settings import load
from ..trail import COMMAND_LINE
from .rooms import household_on, now, recordings_of, write_new


def list_all(options: argparse.Namespace) -> int:
    """List a household's recordings, the newest first."""
    with household_on(options.line) as (database, home):
        found = recordings_of(load(), database).all(home.id)
    if options.json:
        print(json.dumps([_to_json(one) for one in found]))
        return 0
    for one in found:
        print(_line(one))
    if not found:
        print("no recordings")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a recording, in clear, to a file or to the standard output."""
    with household_on(options.line) as (database, home):
        recordings = recordings_of(load(), database)
        content = recordings.whole(home.id, options.call)
        recordings.heard(home.id, options.call, by=COMMAND_LINE, now=now())
    if options.out == "-":
        sys.stdout.buffer.write(content)
        return 0
    path = Path(options.out or f"{options.call}.wav")
    write_new(path, content)
    print(f"{path}: {len(content) // 16_000} seconds, in clear; remove it when it has been used")
    return 0


def erase(options: argparse.Namespace) -> int:
    """Erase recordings for good; their calls stay."""
    if (options.call is None) is not options.all:
        raise RecordingError("say what to erase by one of --call ID, or --all")
    with household_on(options.line) as (database, home):
        recordings = recordings_of(load(), database)
        erased = 1
        if options.all:
            erased = recordings.erase_all(home.id, by=COMMAND_LINE, now=now())
        else:
            recordings.erase(home.id, options.call, by=COMMAND_LINE, now=now())
    print(f"erased: {erased} recording{'s'[: erased != 1]}")
    return 0


def _line(one: Recording) -> str:
    at = f"{one.at.astimezone(JST):%Y-%m-%d %H:%M:%S}"
    where = "" if one.here else f", at {one.node}"
    whole = f", {one.flaw}" if one.flaw else ""
    return f"{at}  {one.call_id}  {one.kind:<8} {one.seconds} s{whole}{where}"


def _to_json(one: Recording) -> dict[str, Any]:
    return {
        "call_id": one.call_id,
        "kind": one.kind.value,
        "at": one.at.isoformat(),
        "seconds": one.seconds,
        "flaw": one.flaw.value or None,
        "node": one.node,
        "here": one.here,
        "heard_at": one.heard_at.isoformat() if one.heard_at else None,
    }
