"""The command line: thin, over everything else; each command is loaded when it is used."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from .. import __version__
from . import parser_feed, parser_reports, parser_trust
from .arguments import Commands, days

_LINE = {"metavar": "NUMBER", "required": True, "help": "the home's telephone number"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. Exit status: 0 done, 1 it could not be done, 2 it was asked wrongly."""
    parser = _parser()
    options = parser.parse_args(arguments)
    module, function = options.run.split(":")
    try:
        status = getattr(import_module(f".{module}", __name__), function)(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Whoever read our output has seen enough, and needs no second try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except UnicodeEncodeError as error:
        print(
            f"callguard: {error.object[error.start : error.end]!a} cannot be written in "
            f"{error.encoding}; callguard reads and writes UTF-8",
            file=sys.stderr,
        )
        status = 1
    except Exception as error:
        if not _is_for_people(error):
            raise
        print(f"callguard: {error}", file=sys.stderr)
        status = 1
    sys.exit(status)


def _is_for_people(error: Exception) -> bool:
    """Tell whether an error's message says what is wrong and how to mend it."""
    from ..asterisk.ami import AMIError
    from ..asterisk.site import SiteError
    from ..blocklist.errors import FeedError
    from ..database import DatabaseError
    from ..households.reader import PolicyUnavailable
    from ..households.registry import HouseholdError
    from ..node import StartError
    from ..numbers import NumberError
    from ..settings import SettingsError

    return isinstance(
        error,
        AMIError
        | DatabaseError
        | FeedError
        | HouseholdError
        | NumberError
        | OSError
        | PolicyUnavailable
        | SettingsError
        | SiteError
        | StartError,
    )


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        """Print *message* and exit."""
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: {line}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="callguard", description="Screens telephone calls for fraud before the phone rings."
    )
    parser.add_argument("--version", action="version", version=f"callguard {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="run this node until it is stopped")
    serve.set_defaults(run="serve:serve")

    doctor = commands.add_parser("doctor", help="check every part, and say how to mend it")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run="doctor:doctor")

    _add_check(commands)
    _add_household(commands)
    _add_lists(commands)
    _add_policy(commands)
    parser_feed.add_parser(commands)
    parser_trust.add_parser(commands)
    parser_reports.add_parser(commands)
    return parser


def _add_check(commands: "Commands[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help="explain the verdict on a call, without a call")
    check.add_argument(
        "--from",
        dest="caller",
        metavar="NUMBER",
        default="",
        help="what the network gives as the caller: a number, a SIP URI, anonymous, or nothing",
    )
    check.add_argument("--to", metavar="NUMBER", required=True, help="the called line")
    check.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a SIP header of the call: From, P-Asserted-Identity, Privacy; may be repeated",
    )
    check.add_argument(
        "--presentation",
        default="allowed_not_screened",
        metavar="WORD",
        help="Asterisk's CALLERID(pres), such as prohib_not_screened",
    )
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run="check:check")


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
        help="record that the subscriber (or WHO) has agreed to screening",
    )
    add.set_defaults(run="household:add")
    consent = actions.add_parser("consent", help="record consent, or its revocation")
    consent.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    consent.add_argument("--by", default="subscriber", metavar="WHO", help="who agreed")
    consent.add_argument("--revoke", action="store_true", help="stop screening at once")
    consent.set_defaults(run="household:consent")
    listing = actions.add_parser("list", help="list the households")
    listing.set_defaults(run="household:list_all")


def _add_lists(commands: "Commands[argparse.ArgumentParser]") -> None:
    for name, help_text in (
        ("allow", "let a number ring the household's telephone"),
        ("block", "refuse a number for the household"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--line", **_LINE)  # type: ignore[arg-type]
        command.add_argument("number", metavar="NUMBER", help="as people write it: 0422-99-0001")
        command.add_argument("--name", default="", help="whose number it is")
        command.add_argument("--days", type=days, metavar="N", help="for N days only")
        command.add_argument(
            "--anyway", action="store_true", help="even if the numbering plan says it cannot exist"
        )
        command.set_defaults(run=f"household:{name}")
    unlist = commands.add_parser("unlist", help="take a number off the household's lists")
    unlist.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    unlist.add_argument("number", metavar="NUMBER")
    unlist.set_defaults(run="household:unlist", anyway=True)


def _add_policy(commands: "Commands[argparse.ArgumentParser]") -> None:
    policy = commands.add_parser("policy", help="what a household has chosen")
    actions = policy.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="show consent, settings and lists")
    show.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run="household:show_policy")
    change = actions.add_parser("set", help="change settings: payphone=reject whisper=off …")
    change.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    change.add_argument("settings", nargs="+", metavar="NAME=VALUE")
    change.set_defaults(run="household:set_policy")
