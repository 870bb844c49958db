"""What can be wrong with a request about the demo's households."""


class DemoError(Exception):
    """The message says what is wrong, and how to mend it."""
