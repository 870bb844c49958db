"""What several commands' arguments have in common."""

import argparse

Commands = argparse._SubParsersAction  # argparse has no public name for it


def days(text: str) -> int:
    """Read a number of days."""
    if len(text) <= 4 and text.isdecimal() and 1 <= int(text) <= 3650:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 3650")


def count(text: str) -> int:
    """Read a count."""
    if len(text) <= 15 and text.isdecimal() and int(text) >= 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")


def share(text: str) -> float:
    """Read a part of a whole, in hundredths."""
    whole, _, hundredths = text.partition(".")
    if whole in {"0", "1"} and len(hundredths) <= 2 and (hundredths or "0").isdecimal():
        value = float(text)
        if 0 < value <= 1:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0.01 to 1")
