"""Ports of this machine that nobody has now, for parts that are told theirs before they begin."""

import os
import random
import socket
from collections import deque

FIRST, LAST = 28_000, 32_767
"""Below those that Linux hands out by itself (``ip_local_port_range``): somebody else's connection
might have one before the part that it is for has begun."""

_SLICES = 4
"""Programs beside each other look in different parts, by their process ids."""

_RECENT = 400
"""So many ports are not handed out again at once: the part may not have begun yet."""

_handed_out: deque[int] = deque(maxlen=_RECENT)


def free_ports(count: int) -> list[int]:
    """Return *count* ports that are free on 127.0.0.1, for TCP and UDP."""
    size = (LAST + 1 - FIRST) // _SLICES
    first = FIRST + os.getpid() % _SLICES * size
    found: list[int] = []
    while len(found) < count:
        port = first + random.randrange(size)  # noqa: S311 - nobody is to be kept from guessing it
        if port not in _handed_out and is_free(port):
            _handed_out.append(port)
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Tell whether nobody has *port* on 127.0.0.1, by TCP or UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
