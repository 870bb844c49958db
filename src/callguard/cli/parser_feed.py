"""The arguments of ``callguard feed``."""

import argparse

from .arguments import Commands, count, days


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    feed = commands.add_parser("feed", help="the police list: keys, publishing, state")
    actions = feed.add_subparsers(metavar="ACTION", required=True)
    _add_publishing(actions)
    _add_node(actions)
    _add_acl(actions)


def _add_publishing(actions: "Commands[argparse.ArgumentParser]") -> None:
    keygen = actions.add_parser("keygen", help="make a source's signing key")
    keygen.add_argument(
        "--source", required=True, metavar="NAME", help="what the source is called in the feed"
    )
    keygen.add_argument("--key", required=True, metavar="FILE", help="where the private key goes")
    keygen.add_argument("--public", required=True, metavar="FILE", help="what nodes are given")
    keygen.set_defaults(run="feed:keygen")

    publish = actions.add_parser("publish", help="list numbers")
    publish.add_argument("numbers", nargs="+", metavar="NUMBER", help="or FIRST..LAST")
    add_terms(publish, category_required=True)
    add_source(publish)
    publish.set_defaults(run="feed:publish")

    retract = actions.add_parser("retract", help="take numbers off the list")
    retract.add_argument("numbers", nargs="+", metavar="NUMBER", help="or FIRST..LAST")
    add_source(retract)
    retract.set_defaults(run="feed:retract")

    importing = actions.add_parser("import", help="list the numbers of a CSV file")
    importing.add_argument("file", metavar="FILE.csv", help="UTF-8 or Shift_JIS")
    add_terms(importing, category_required=False)
    importing.add_argument("--retract", action="store_true", help="take them off the list instead")
    importing.add_argument("--dry-run", action="store_true", help="only say what would change")
    importing.add_argument("--skip-bad", action="store_true", help="pass over rows that are wrong")
    add_source(importing)
    importing.set_defaults(run="feed_import:import_file")

    snapshot = actions.add_parser("snapshot", help="publish the whole list, for nodes that begin")
    add_source(snapshot)
    snapshot.set_defaults(run="feed:snapshot")

    heartbeat = actions.add_parser(
        "heartbeat", help="say that the source is there, and publish again what Redis has lost"
    )
    heartbeat.add_argument(
        "--every", type=count, metavar="SECONDS", help="go on doing so until stopped"
    )
    add_source(heartbeat)
    heartbeat.set_defaults(run="feed:heartbeat")


def add_source(command: argparse.ArgumentParser) -> None:
    """Add what says who publishes, and where."""
    command.add_argument("--key", required=True, metavar="FILE", help="the source's private key")
    command.add_argument(
        "--outbox", metavar="FOLDER", help="the source's own copy (the key file's name, .outbox)"
    )
    command.add_argument("--redis", metavar="URL", help="the feed, if not the one in the settings")


def add_terms(command: argparse.ArgumentParser, *, category_required: bool) -> None:
    """Add what is said of listed numbers."""
    command.add_argument(
        "--category", required=category_required, metavar="WORD", help="the kind of fraud: refund"
    )
    command.add_argument("--reference", default="", help="the source's own evidence reference")
    command.add_argument("--days", type=days, metavar="N", help="for N days only")
    command.add_argument("--simulated", action="store_true", help="on trial: noted, not done")


def _add_node(actions: "Commands[argparse.ArgumentParser]") -> None:
    status = actions.add_parser("status", help="how the feed stands on this node")
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(run="feed:status")

    why = actions.add_parser("why", help="what the sources say of a number, and said before")
    why.add_argument("number", metavar="NUMBER", help="as people write it: 0422-99-0001")
    why.add_argument("--json", action="store_true", help="print JSON")
    why.set_defaults(run="feed_why:why")

    verify = actions.add_parser("verify", help="check a signed statement, and say what it says")
    verify.add_argument("file", metavar="FILE", help="a compact JWS; - reads it from stdin")
    verify.add_argument(
        "--public", metavar="FILE", help="the source's public key, in place of the root installed"
    )
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(run="feed_listen:verify")

    tail = actions.add_parser("tail", help="print what the sources say, as it comes")
    tail.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="only it; may be repeated"
    )
    tail.add_argument("--redis", metavar="URL", help="the feed, if not the one in the settings")
    tail.add_argument("--json", action="store_true", help="print JSON, a line a statement")
    tail.set_defaults(run="feed_listen:tail")

    approve = actions.add_parser("approve", help="enforce what a source listed beyond its quota")
    approve.add_argument("source", metavar="SOURCE", help="whose batch waits")
    approve.set_defaults(run="feed:approve")


def _add_acl(actions: "Commands[argparse.ArgumentParser]") -> None:
    command = actions.add_parser("acl", help="print the ACL file of the feed's Redis")
    for option, metavar, help_text in (
        ("--source", "NAME", "a police source"),
        ("--report-reviewer", "NAME", "the source that reads reports; without it each may"),
        ("--node", "USER", "what nodes log in as"),
        ("--operator", "USER", "who publishes the root of trust"),
        ("--replica", "USER", "what replicas log in to their master as"),
        ("--sentinel", "USER", "what sentinels log in to the servers as"),
        ("--admin", "USER", "who runs the server"),
    ):
        command.add_argument(
            option,
            action="append",
            default=[],
            required=option == "--source",
            metavar=metavar,
            help=f"{help_text}; may be repeated",
        )
    command.add_argument(
        "--passwords",
        default="passwords.json",
        metavar="FILE",
        help="the passwords (passwords.json): kept, and made for users without",
    )
    command.set_defaults(run="feed_acl:print_acl")
