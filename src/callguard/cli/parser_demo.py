"""The arguments of ``callguard demo``."""

import argparse

from .arguments import Commands

_LINE = {
    "metavar": "NUMBER",
    "default": "0422-99-0000",
    "help": "the demo's line, %(default)s if none is named; a line without a household gets one",
}


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``demo``."""
    demo = commands.add_parser("demo", help="a month of example calls for the portal")
    actions = demo.add_subparsers(metavar="ACTION", required=True)
    fill = actions.add_parser(
        "fill", help="put them into a household of the demo's own, never into a real one"
    )
    fill.add_argument("--line", **_LINE)  # type: ignore[arg-type]
    fill.add_argument(
        "--seed", type=int, default=9110, metavar="N", help="another number gives another month"
    )
    fill.add_argument(
        "--again", action="store_true", help="take those of before away first, if there are any"
    )
    fill.set_defaults(run="demo:fill")
    remove = actions.add_parser("remove", help="take them away again, without a trace")
    remove.add_argument(
        "--line", metavar="NUMBER", default=_LINE["default"], help="the line that was filled"
    )
    remove.set_defaults(run="demo:remove")
