"""The arguments of the commands about one household."""

import argparse

from . import parser_subscribers
from .arguments import Commands, days

_LINE = {"metavar": "NUMBER", "required": True, "help": "the home's telephone number"}
_PURPOSES = ("screening", "logging", "recording", "notices")


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``household``, ``allow``, ``block``, ``unlist``, ``expect`` and ``policy``."""
    _add_household(commands)
    parser_subscribers.add_groups(commands)
    _add_lists(commands)
    _add_expect(commands)
    _add_policy(commands)


def _add_household(commands: "Commands[argparse.ArgumentParser]") -> None:
    household = commands.add_parser("household", help="sign up and look at households")
    actions = household.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="sign up a household")
    add.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    add.add_argument("--name", required=True, help="what to call it")
    add.add_argument(
        "--consent",
        nargs="?",
        const="subscriber",
        metavar="WHO",
        help="record that the subscriber (or WHO) has agreed to everything: screening, records, "
        "recording (off until it is chosen) and notices",
    )
    _add_evidence(add)
    add.add_argument(
        "--demo", action="store_true", help="it is nobody's: callguard demo may fill it"
    )
    add.set_defaults(run="household:add")
    consent = actions.add_parser("consent", help="record consent, or its revocation")
    consent.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    consent.add_argument("--by", default="subscriber", metavar="WHO", help="who agreed")
    consent.add_argument("--revoke", action="store_true", help="stop at once")
    consent.add_argument(
        "--to", action="append", choices=_PURPOSES, help="to this only; may be repeated"
    )
    _add_evidence(consent)
    consent.set_defaults(run="household:consent")
    rename = actions.add_parser("rename", help="call a household otherwise")
    rename.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    rename.add_argument("--name", required=True, help="what to call it")
    rename.set_defaults(run="household:rename")
    remove = actions.add_parser("remove", help="remove a household and everything of it")
    remove.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    remove.add_argument("--yes", action="store_true", help="it cannot be undone")
    remove.set_defaults(run="household:remove")
    show = actions.add_parser("show", help="show one household")
    show.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run="household:show")
    listing = actions.add_parser("list", help="list the households")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run="household:list_all")
    parser_subscribers.add_actions(actions)
    _add_render(actions)


def _add_render(actions: "Commands[argparse.ArgumentParser]") -> None:
    render = actions.add_parser(
        "render", help="write the files of the home adapter's Asterisk, from the settings"
    )
    instead = render.add_mutually_exclusive_group()
    instead.add_argument(
        "--diff", action="store_true", help="write nothing, show what would change"
    )
    instead.add_argument(
        "--check", action="store_true", help="write nothing, try whether Asterisk would take it"
    )
    instead.add_argument(
        "--force", action="store_true", help="write over files that somebody has edited, too"
    )
    render.set_defaults(run="household_render:render")
    ring = actions.add_parser("ring", help="ring the home's telephones, to hear that they ring")
    ring.set_defaults(run="household_ring:ring")


def _add_evidence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--evidence", default="", metavar="TEXT", help="how it is known, such as a form's number"
    )


def _add_lists(commands: "Commands[argparse.ArgumentParser]") -> None:
    for name, help_text in (
        ("allow", "let a number ring the household's telephone"),
        ("block", "refuse a number for the household"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--line", **_LINE)  # type: ignore[arg-type]
        command.add_argument("number", metavar="NUMBER", help="as people write it: 0422-99-0001")
        command.add_argument("--name", help="whose number it is")
        command.add_argument("--note", help="what the family wants to remember of it")
        command.add_argument("--days", type=days, metavar="N", help="for N days only")
        command.add_argument(
            "--anyway", action="store_true", help="even if the numbering plan says it cannot exist"
        )
        command.set_defaults(run=f"lists:{name}")
    unlist = commands.add_parser("unlist", help="take a number off the household's lists")
    unlist.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    unlist.add_argument("number", metavar="NUMBER", help="as people write it: 0422-99-0001")
    unlist.set_defaults(run="lists:unlist", anyway=True)


def _add_expect(commands: "Commands[argparse.ArgumentParser]") -> None:
    expect = commands.add_parser(
        "expect", help="we expect a call: unknown callers ring without the warning for some hours"
    )
    expect.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    expect.add_argument(
        "--country", default="JP", metavar="CODE", help="from abroad: ISO 3166 code, such as US"
    )
    expect.add_argument(
        "--hours", type=int, choices=range(1, 25), default=2, metavar="N", help="1 to 24 (2)"
    )
    expect.add_argument("--stop", action="store_true", help="expect it no longer")
    expect.set_defaults(run="lists:expect")


def _add_policy(commands: "Commands[argparse.ArgumentParser]") -> None:
    policy = commands.add_parser("policy", help="what a household has chosen")
    actions = policy.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="show consent, settings and lists")
    show.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run="policy:show")
    change = actions.add_parser("set", help="change settings: payphone=reject whisper=off …")
    change.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    change.add_argument(
        "settings", nargs="+", metavar="NAME=VALUE", help="a setting, and what is chosen"
    )
    change.set_defaults(run="policy:change")
    follow = actions.add_parser("follow", help="take choices back: the group's defaults count")
    follow.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    follow.add_argument("settings", nargs="+", metavar="NAME", help="such as payphone")
    follow.set_defaults(run="policy:follow")
