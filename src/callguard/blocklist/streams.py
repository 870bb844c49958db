"""The feed's keys in Redis: one stream a source, whose entry ids are the batch numbers.

``XADD`` with the explicit id ``<sequence>-0`` lets Redis itself refuse a replay or a fork.
"""

KEY_PREFIX = "callguard:feed:"
FIELD = b"batch"


def stream_key(source: str) -> str:
    """Return the stream of *source*."""
    return KEY_PREFIX + source


def entry_id(sequence: int) -> str:
    """Return the stream entry id of a batch."""
    return f"{sequence}-0"
