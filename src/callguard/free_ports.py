"""Free ports for parts that are told theirs before they begin."""

import atexit
import os
import random
import socket
from collections import deque
from functools import cache

FIRST, LAST = 20_000, 32_767
"""Below those that Linux hands out by itself (``ip_local_port_range``): somebody else's connection
might have one before the part that it is for has begun."""

_SLICES = 16
"""Programs beside each other look in different parts."""

_SIZE = (LAST + 1 - FIRST) // _SLICES

_handed_out: deque[int] = deque(maxlen=_SIZE // 2)
"""These are not handed out again at once: the part may not have begun yet."""


def free_ports(count: int) -> list[int]:
    """Return *count* ports that are free on 127.0.0.1, for TCP and UDP."""
    return [port for _ in range(count) for port in free_row(1)]


def free_row(count: int) -> range:
    """Return *count* ports in a row that are free on 127.0.0.1, for TCP and UDP."""
    first = FIRST + _slice() * _SIZE
    while True:
        begin = first + random.randrange(_SIZE - count)  # noqa: S311 - anybody may guess it
        row = range(begin, begin + count)
        if not set(row).intersection(_handed_out) and all(map(is_free, row)):
            _handed_out.extend(row)
            return row


@cache
def _slice() -> int:
    """Take a part that no other program has until this one ends; shared if none is left."""
    for number in random.sample(range(_SLICES), _SLICES):
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0callguard-free-ports-{number}")
        except OSError:
            mark.close()
        else:
            atexit.register(mark.close)
            return number
    return os.getpid() % _SLICES


def is_free(port: int) -> bool:
    """Tell whether nobody has *port* on 127.0.0.1, by TCP or UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
