"""Writes ``docs/commands.md`` from the parser: run it as ``python -m tests.cli.commands_page``."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callguard.cli import _parser

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"

_HEAD = """# Commands

Every command with all that it takes, as `--help` says it. What it is for is in the pages of those
who use it. *Must be given* marks an option without which the command does nothing. Exit status,
unless a command says otherwise: 0 done, 1 it could not be done, 2 it was asked wrongly.
"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command that does something: its full name, its help in a line, its parser."""

    name: str
    help: str
    parser: argparse.ArgumentParser


def commands() -> Iterator[Command]:
    """Yield every command in the order of ``--help``."""
    yield from _below(Command("callguard", "", _parser()))


def _below(command: Command) -> Iterator[Command]:
    inner = [
        action
        for action in command.parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    if not inner:
        yield command
    for action in inner:
        says = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, parser in action.choices.items():
            yield from _below(Command(f"{command.name} {name}", says.get(name, ""), parser))


def page() -> str:
    """Return the page as it has to be."""
    return "\n".join([_HEAD, *(_section(command) for command in commands())])


def _section(command: Command) -> str:
    rows = [
        _row(command.parser, action)
        for action in command.parser._actions
        if not isinstance(action, argparse._HelpAction) and action.help != argparse.SUPPRESS
    ]
    table = ["", "| | |", "| --- | --- |", *rows] if rows else []
    lines = [f"## {command.name}", "", _sentence(command.help), *table, ""]
    return "\n".join(lines)


def _row(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    value = _value(action)
    names = [
        f"`{name} {value}`" if value and action.nargs != 0 else f"`{name}`"
        for name in action.option_strings
    ] or [f"`{value}`"]
    says = " ".join((action.help or "").split()) % {
        **vars(action),
        "prog": parser.prog,
    }
    must = " *Must be given.*" if action.required and action.option_strings else ""
    return f"| {', '.join(names)} | {_sentence(says)}{must} |".replace("  |", " |")


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, tuple):
        name = " ".join(action.metavar)
    elif action.metavar:
        name = action.metavar
    elif action.choices is not None:
        name = "/".join(str(choice) for choice in action.choices)
    else:
        name = action.dest.upper() if action.option_strings else action.dest
    more = {"?": f"[{name}]", "*": f"[{name} …]", "+": f"{name} …"}
    return more.get(str(action.nargs), name)


def _sentence(text: str) -> str:
    text = text.replace("|", "\\|").replace("<", "&lt;")
    return text[:1].upper() + text[1:] + "." * (text != "" and text[-1] not in ".?!")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
