"""The arguments of ``callguard people``."""

import argparse

from .arguments import Commands, count


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``people invite``, ``people list`` and ``people remove``."""
    people = commands.add_parser("people", help="invite, list and remove who uses the portal")
    actions = people.add_subparsers(metavar="ACTION", required=True)

    invite = actions.add_parser("invite", help="print a link and a QR code that let somebody join")
    _add_where(invite)
    invite.add_argument("--name", required=True, help="whom it is for")
    invite.add_argument(
        "--role",
        choices=("manager", "member", "viewer", "subscriber"),
        default="manager",
        help="as what; manager if not given",
    )
    invite.set_defaults(run="people:invite")

    listing = actions.add_parser("list", help="list people, and the invitations that wait")
    _add_where(listing)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run="people:list_people")

    remove = actions.add_parser("remove", help="end somebody's access at once")
    _add_where(remove)
    remove.add_argument("--id", type=count, required=True, metavar="N", help="as list shows it")
    remove.set_defaults(run="people:remove")


def _add_where(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--line", metavar="NUMBER", help="the home's telephone number")
    where.add_argument("--operator", action="store_true", help="the carrier's staff")
