"""The arguments of ``callguard report`` and ``callguard reports``."""

import argparse

from .arguments import Commands, days
from .parser_feed import add_source


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    report = commands.add_parser("report", help="report a scam call to the police sources")
    report.add_argument("number", metavar="NUMBER", help="who called: 0422-99-0001")
    report.add_argument(
        "--line",
        metavar="NUMBER",
        required=True,
        help="the home's telephone number, which is not told",
    )
    report.add_argument("--category", default="", metavar="WORD", help="what kind of fraud it was")
    report.add_argument(
        "--note", default="", metavar="TEXT", help="what was said; the police read it"
    )
    report.add_argument("--called-at", default="", metavar="TIME", help="such as 2026-11-24T12:00")
    report.set_defaults(run="report:report")

    reports = commands.add_parser("reports", help="decide, as a source, what comes of reports")
    actions = reports.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list what has been reported and not decided")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run="reports:list_cases")
    accept = actions.add_parser("accept", help="list the reported numbers, in a signed batch")
    accept.add_argument("ids", nargs="+", metavar="ID", help="as reports list shows it")
    accept.add_argument(
        "--category", required=True, metavar="WORD", help="the kind of fraud: refund"
    )
    accept.add_argument("--days", type=days, metavar="N", help="for N days only")
    accept.set_defaults(run="reports:accept")
    dismiss = actions.add_parser("dismiss", help="decide that nothing comes of them")
    dismiss.add_argument("ids", nargs="+", metavar="ID", help="as reports list shows it")
    dismiss.add_argument("--reason", required=True, metavar="TEXT", help="for the record")
    dismiss.set_defaults(run="reports:dismiss")
    for command in (listing, accept, dismiss):
        add_source(command)
