"""The command line: thin, over everything else; each command is loaded when it is used."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import NoReturn

from .. import __version__
from . import (
    parser_calls,
    parser_carrier,
    parser_demo,
    parser_family,
    parser_feed,
    parser_household,
    parser_people,
    parser_recordings,
    parser_reports,
    parser_trust,
)
from .arguments import Commands


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
    from ..backup.errors import BackupError
    from ..blocklist.errors import FeedError
    from ..calllog.errors import CallLogError
    from ..database import DatabaseError
    from ..demo.errors import DemoError
    from ..households.errors import HouseholdError
    from ..households.reader import PolicyUnavailable
    from ..node.run import StartError
    from ..numbers import NumberError
    from ..people.errors import PeopleError
    from ..recordings.errors import RecordingError
    from ..settings import SettingsError

    return isinstance(
        error,
        AMIError
        | BackupError
        | CallLogError
        | DatabaseError
        | DemoError
        | FeedError
        | HouseholdError
        | NumberError
        | PeopleError
        | OSError
        | PolicyUnavailable
        | RecordingError
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


@cache
def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="callguard", description="Screens telephone calls for fraud before the phone rings."
    )
    parser.add_argument("--version", action="version", version=f"callguard {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="run this node until it is stopped")
    serve.set_defaults(run="serve:serve")

    _add_init(commands)

    doctor = commands.add_parser("doctor", help="check every part, and say how to mend it")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.add_argument(
        "--node",
        action="store_true",
        help="ask the running node how it stands; status 0 well, 1 calls are not screened as they "
        "should be, 3 something else needs a look",
    )
    doctor.set_defaults(run="doctor:doctor")

    backup = commands.add_parser("backup", help="write everything that this node keeps to a file")
    backup.add_argument("file", metavar="FILE", help="the file, or - for standard output")
    backup.set_defaults(run="backup:back_up")
    restore = commands.add_parser("restore", help="put a backup into an empty data folder")
    restore.add_argument("file", metavar="FILE", help="the file, or - for standard input")
    restore.set_defaults(run="backup:put_back")

    _add_check(commands)
    parser_household.add_parser(commands)
    parser_family.add_parser(commands)
    parser_people.add_parser(commands)
    parser_calls.add_parser(commands)
    parser_recordings.add_parser(commands)
    parser_feed.add_parser(commands)
    parser_trust.add_parser(commands)
    parser_reports.add_parser(commands)
    parser_carrier.add_parser(commands)
    parser_demo.add_parser(commands)
    return parser


def _add_init(commands: "Commands[argparse.ArgumentParser]") -> None:
    init = commands.add_parser("init", help="set up a home: asks, writes, signs up, invites")
    for name, what in (
        ("line", "the home's telephone number"),
        ("name", "what to call the home"),
        ("gateway", "what the line comes out of: hgw, ngn, provider or fxo"),
        ("server", "the address of that"),
        ("domain", "ngn: the SIP domain"),
        ("user", "hgw, provider: the user name or extension there"),
        ("sip-bind", "this machine's own address at home, and the port"),
        ("network-bind", "ngn: the address that NGN has given this machine, and the port"),
        ("smtp-from", "the mail address that notices come from"),
        ("data", "the data folder, where it is not the usual one"),
        ("portal-url", "how the family reaches the pages"),
        ("family", "who is invited"),
    ):
        init.add_argument(f"--{name}", default="", metavar="TEXT", help=what)
    init.add_argument(
        "--secret-file", metavar="FILE", help="a file with the password of the line, and no more"
    )
    init.add_argument(
        "--smtp-url-file", metavar="FILE", help="a file with the setting smtp_url, and no more"
    )
    init.add_argument(
        "--phone", action="append", default=[], metavar="NAME", help="a telephone; may be repeated"
    )
    init.add_argument(
        "--consent",
        nargs="?",
        const="subscriber",
        metavar="WHO",
        help="the subscriber (or WHO) has agreed to everything, and is not asked",
    )
    init.add_argument("--language", choices=("ja", "en"), help="as the locale says, if not given")
    init.add_argument("--yes", action="store_true", help="ask nothing")
    init.add_argument("--force", action="store_true", help="write over settings that are there")
    init.set_defaults(run="init:init")


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
    check.add_argument(
        "--abroad", action="store_true", help="the call comes by a trunk from abroad"
    )
    check.add_argument(
        "--outbound", action="store_true", help="a call on its way out of an exchange, to --to"
    )
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run="check:check")
