"""``callguard serve``."""

import argparse

from ..node.run import run_node
from ..settings import load


def serve(_: argparse.Namespace) -> int:
    """Run this node until it is stopped."""
    run_node(load())
    return 0
