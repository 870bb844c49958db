"""``python -m callguard``."""

from .cli import main

main()
