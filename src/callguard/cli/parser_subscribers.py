"""The arguments of the commands about many households, and about groups."""

import argparse
from pathlib import Path

from .arguments import Commands

PROFILES = ("challenge", "name", "family", "allowlist-only")


def add_actions(actions: "Commands[argparse.ArgumentParser]") -> None:
    """Add to ``household`` what an operator does with many, or on behalf of one."""
    sign_up = actions.add_parser("import", help="sign up every household of a table")
    _add_table(sign_up, "line,name,group,consent_by,consent_at,evidence,digest")
    sign_up.set_defaults(run="subscribers:sign_up")
    off_board = actions.add_parser("off-board", help="remove every household of a table")
    _add_table(off_board, "line")
    off_board.add_argument("--yes", action="store_true", help="it cannot be undone")
    off_board.set_defaults(run="subscribers:off_board")
    move = actions.add_parser("move", help="give a household another telephone number")
    _add_line(move)
    move.add_argument("--to", metavar="NUMBER", required=True, help="the new telephone number")
    move.add_argument(
        "--days",
        type=int,
        choices=range(367),
        default=90,
        metavar="N",
        help="for so long the old number tells allowlisted callers the new one (90); 0: not at all",
    )
    move.set_defaults(run="subscribers:move")
    group = actions.add_parser("group", help="have a household follow a group's defaults")
    _add_line(group)
    group.add_argument("--to", metavar="GROUP", help="the group's name; without it, none")
    group.set_defaults(run="groups:follow")
    _add_at_risk(actions)


def add_groups(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``group``."""
    group = commands.add_parser("group", help="defaults that households follow")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the groups and their defaults")
    listing.set_defaults(run="groups:list_all")
    for name, help_text in (
        ("add", "make a group: NAME payphone=reject …"),
        ("set", "change a group's defaults; NAME=default takes one out"),
    ):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("name", metavar="NAME", help="what the group is called")
        action.add_argument(
            "settings",
            nargs="*" if name == "add" else "+",
            metavar="SETTING=VALUE",
            help="a default of its households, as policy set takes it",
        )
        action.set_defaults(run=f"groups:{name if name == 'add' else 'change'}")
    remove = actions.add_parser("remove", help="remove a group that no household follows")
    remove.add_argument("name", metavar="NAME", help="what the group is called")
    remove.set_defaults(run="groups:remove")
    apply = actions.add_parser("apply", help="finish a change that was interrupted")
    apply.set_defaults(run="groups:apply")


def _add_at_risk(actions: "Commands[argparse.ArgumentParser]") -> None:
    at_risk = actions.add_parser(
        "at-risk", help="propose a stronger protection to every household of a table"
    )
    _add_table(at_risk, "line,profile,reference")
    at_risk.add_argument(
        "--profile", choices=PROFILES, default="name", help="where a row names none (name)"
    )
    at_risk.add_argument(
        "--reference", default="", metavar="TEXT", help="of the list, where a row names none"
    )
    at_risk.set_defaults(run="at_risk:propose")
    for name, help_text in (
        ("accept", "record that a household agreed to the stronger protection"),
        ("decline", "record that a household declined it"),
    ):
        action = actions.add_parser(name, help=help_text)
        _add_line(action)
        action.add_argument("--by", required=True, metavar="WHO", help="who decided")
        action.add_argument(
            "--evidence", required=True, metavar="TEXT", help="how it is known, such as a form"
        )
        if name == "accept":
            action.add_argument(
                "--profile", choices=PROFILES, help="the one that it chose, if another"
            )
        action.set_defaults(run=f"at_risk:{name}")
    withdraw = actions.add_parser("withdraw", help="take a proposal back")
    _add_line(withdraw)
    withdraw.set_defaults(run="at_risk:withdraw")


def _add_table(parser: argparse.ArgumentParser, heading: str) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=f"CSV; its first row: {heading}")
    parser.add_argument("--dry-run", action="store_true", help="check every row, change nothing")
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="write the rows that are wrong there, as CSV"
    )


def _add_line(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--line", metavar="NUMBER", required=True, help="the home's telephone number"
    )
