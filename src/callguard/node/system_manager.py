"""What a node tells the service manager that started it (sd_notify(3)); without one, nothing."""

import contextlib
import os
import socket
import time
from collections.abc import Mapping

_PATIENCE = 0.5
"""Seconds: a manager that does not read must not hold up the supervisor."""


class SystemManager:
    """systemd, or nobody.

    It hears when the node is ready, that it reloads or stops, and, if it has set a watchdog, a beat
    in time: a supervisor that hangs is then killed and started again by systemd.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._every = _beat_seconds(environ)
        self._beaten_at = 0.0

    def ready(self) -> None:
        """Say that every part runs."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Say that settings are read again; ``ready`` says when that is done."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the node ends."""
        self._tell("STOPPING=1")

    def beat(self) -> None:
        """Say, as often as is asked for, that the supervisor's loop turns."""
        now = time.monotonic()
        if self._every is not None and now - self._beaten_at >= self._every:
            self._beaten_at = now
            self._tell("WATCHDOG=1")

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        # "@" stands for the NUL byte of an abstract socket.
        address = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link,
        ):
            link.settimeout(_PATIENCE)
            link.sendto(what.encode(), address)


def _beat_seconds(environ: Mapping[str, str]) -> float | None:
    """Return a third of the watchdog's time, if one is set, for this process."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(
        os.getpid()
    ):
        return None
    return int(microseconds) / 3e6
