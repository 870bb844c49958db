"""The arguments of ``callguard calls``."""

import argparse

from ..calllog.outcome import Outcome
from ..screening import Action
from .arguments import Commands, count


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    calls = commands.add_parser("calls", help="the log of a household's calls")
    actions = calls.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list calls, the newest first")
    _add_line(listing)
    _add_period(listing)
    listing.add_argument("--action", choices=[*Action], help="only those treated so")
    listing.add_argument("--outcome", choices=[*Outcome], help="only those that ended so")
    listing.add_argument(
        "--search", default="", metavar="TEXT", help="a number, a part of one, or a name"
    )
    listing.add_argument("--limit", type=count, default=50, metavar="N", help="at most N calls")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run="calls:list_calls")

    export = actions.add_parser("export", help="write calls to a signed archive of evidence")
    _add_line(export)
    _add_period(export)
    export.add_argument("--call", metavar="ID", help="one call, by its name in the list")
    export.add_argument(
        "--basis", required=True, metavar="TEXT", help="by what right: it is kept in the trail"
    )
    export.add_argument(
        "--recordings", action="store_true", help="with what was recorded of the calls"
    )
    export.add_argument("--out", metavar="FILE", help="where to; by default a name with the time")
    export.set_defaults(run="calls:export")

    verify = actions.add_parser("verify", help="check an archive of evidence")
    verify.add_argument("file", metavar="FILE", help="the archive that was exported")
    verify.add_argument(
        "--key", metavar="NAME", help="the name of the node's key; by default this node's"
    )
    verify.set_defaults(run="calls:verify")

    erase = actions.add_parser("erase", help="erase calls for good")
    _add_line(erase)
    _add_period(erase)
    erase.add_argument("--call", metavar="ID", help="one call")
    erase.add_argument("--number", metavar="NUMBER", help="every call of a number")
    erase.add_argument("--all", action="store_true", help="every call of the household")
    erase.set_defaults(run="calls:erase")

    purge = actions.add_parser("purge", help="erase what is older than its household keeps calls")
    purge.set_defaults(run="calls:purge")


def _add_line(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--line", metavar="NUMBER", required=True, help="the home's telephone number"
    )


def _add_period(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--since", metavar="DAY", help="from this day on, such as 2026-11-01, or a time; Japan's"
    )
    command.add_argument("--until", metavar="DAY", help="up to the end of this day, or to a time")
