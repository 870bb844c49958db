"""The arguments of ``callguard family``."""

import argparse

from .arguments import Commands, count


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``family list``, ``add``, ``remove`` and ``first``."""
    family = commands.add_parser("family", help="whose telephones are called about a home's calls")
    actions = family.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list them, in the order in which they are called")
    _add_line(listing)
    listing.set_defaults(run="family:list_all")
    add = actions.add_parser("add", help="add a telephone, to be called after the others")
    _add_line(add)
    add.add_argument("number", metavar="NUMBER", help="as people write it: 090-1234-5678")
    add.add_argument("--name", required=True, help="whose telephone it is")
    add.set_defaults(run="family:add")
    for name, what in (("remove", "call a telephone no longer"), ("first", "call it first")):
        command = actions.add_parser(name, help=what)
        _add_line(command)
        command.add_argument("--id", type=count, required=True, metavar="N", help="as list shows")
        command.set_defaults(run=f"family:{name}")


def _add_line(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--line", metavar="NUMBER", required=True, help="the home's number")
