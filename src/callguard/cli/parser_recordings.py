"""The arguments of ``callguard recordings``."""

import argparse

from .arguments import Commands


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    recordings = commands.add_parser("recordings", help="recorded calls, and messages")
    actions = recordings.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list a household's recordings, the newest first")
    _add_line(listing)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run="recordings:list_all")

    export = actions.add_parser("export", help="write a recording, in clear, to a WAV file")
    _add_line(export)
    export.add_argument("--call", metavar="ID", required=True, help="the call, by its name")
    export.add_argument(
        "--out", metavar="FILE", help="where to; - for the standard output; by default ID.wav"
    )
    export.set_defaults(run="recordings:export")

    erase = actions.add_parser("erase", help="erase recordings for good; their calls stay")
    _add_line(erase)
    erase.add_argument("--call", metavar="ID", help="that of one call")
    erase.add_argument("--all", action="store_true", help="all, and the household's key")
    erase.set_defaults(run="recordings:erase")


def _add_line(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--line", metavar="NUMBER", required=True, help="the home's telephone number"
    )
