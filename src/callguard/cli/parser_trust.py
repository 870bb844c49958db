"""The arguments of ``callguard trust``."""

import argparse

from .arguments import Commands, count, days, share


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    trust = commands.add_parser("trust", help="which police sources are believed")
    actions = trust.add_subparsers(metavar="ACTION", required=True)

    _add_roots(actions)
    _add_changes(actions)
    _add_uses(actions)


def _add_roots(actions: "Commands[argparse.ArgumentParser]") -> None:
    keygen = actions.add_parser("keygen", help="make a root key")
    keygen.add_argument("--key", required=True, metavar="FILE", help="where the private key goes")
    keygen.add_argument("--public", metavar="FILE", help="where the public key goes as well")
    keygen.set_defaults(run="trust:keygen")

    init = actions.add_parser("init", help="make a root file")
    _add_root_keys(init, "a root key, private (it signs) or public; may be repeated")
    init.add_argument(
        "--threshold", type=count, metavar="K", help="how many must sign; else more than half"
    )
    init.add_argument("--days", type=days, default=730, metavar="N", help="until it ends")
    init.add_argument("--out", required=True, metavar="FILE", help="where the root file goes")
    init.set_defaults(run="trust:init")


def _add_changes(actions: "Commands[argparse.ArgumentParser]") -> None:
    add = actions.add_parser("add-source", help="vouch for a source")
    _add_root(add)
    add.add_argument("source", metavar="SOURCE", help="the public key that the source handed over")
    _add_root_keys(add)
    add.add_argument("--categories", metavar="A,B", help="what it may list; else everything")
    for name, default, of in (
        ("batch", 10_000, "new numbers in one batch"),
        ("day", 50_000, "new numbers in 24 hours"),
        ("total", 2_000_000, "numbers on its list"),
    ):
        says = f"{of}, before a person has to approve (%(default)s)"
        add.add_argument(f"--quota-{name}", type=count, default=default, metavar="N", help=says)
    add.add_argument(
        "--quota-share",
        type=share,
        default=0.5,
        metavar="X",
        help="new numbers of one batch, as a part of its list, likewise: 0.01 to 1 (%(default)s)",
    )
    add.add_argument("--days", type=days, default=730, metavar="N", help="how long its key holds")
    add.add_argument("--shadow", action="store_true", help="all that it lists is on trial")
    add.set_defaults(run="trust:add_source")

    rotate = actions.add_parser("rotate", help="change a source's key, or a root key")
    _add_root(rotate)
    which = rotate.add_mutually_exclusive_group(required=True)
    which.add_argument("--source", metavar="NAME", help="whose key changes")
    which.add_argument("--root-old", metavar="KID", help="the root key that goes")
    rotate.add_argument("--new", metavar="FILE", help="the source's new public key")
    rotate.add_argument("--root-new", metavar="FILE", help="the root key that comes")
    rotate.add_argument(
        "--overlap", type=days, default=30, metavar="DAYS", help="how long the old key holds still"
    )
    rotate.add_argument(
        "--days", type=days, default=730, metavar="N", help="until the new one ends"
    )
    _add_root_keys(rotate)
    rotate.set_defaults(run="trust:rotate")

    remove = actions.add_parser("remove-source", help="vouch for a source no longer")
    _add_root(remove)
    remove.add_argument("source", metavar="NAME", help="what the source is called")
    _add_root_keys(remove)
    remove.set_defaults(run="trust:remove_source")

    renew = actions.add_parser("renew", help="make a root file hold for longer")
    _add_root(renew)
    renew.add_argument("--days", type=days, default=730, metavar="N", help="from now on")
    _add_root_keys(renew)
    renew.set_defaults(run="trust:renew")

    sign = actions.add_parser("sign", help="add signatures to a root file")
    _add_root(sign)
    _add_root_keys(sign)
    sign.set_defaults(run="trust:sign")


def _add_uses(actions: "Commands[argparse.ArgumentParser]") -> None:
    install = actions.add_parser("install", help="have this node believe a root file")
    _add_root(install)
    install.set_defaults(run="trust:install")

    publish = actions.add_parser("publish", help="send a root file to all nodes, over the feed")
    _add_root(publish)
    publish.add_argument("--redis", metavar="URL", help="the feed, if not the one in the settings")
    publish.set_defaults(run="trust:publish")

    show = actions.add_parser("show", help="show a root file, else the one that this node believes")
    show.add_argument("root", nargs="?", metavar="ROOT", help="a root file")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run="trust:show")


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("root", metavar="ROOT", help="the root file")


def _add_root_keys(
    parser: argparse.ArgumentParser, what: str = "a private root key that signs; may be repeated"
) -> None:
    parser.add_argument(
        "--root-key", action="append", default=[], dest="root_keys", metavar="FILE", help=what
    )
