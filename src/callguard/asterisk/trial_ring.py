"""Rings a home's telephones to try them, through the console of its Asterisk.

The manager's user may place no calls, so that nobody who learns its secret can; the console is for
whoever may run Asterisk.
"""

import asyncio
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from .instance import ask_console

RING_SECONDS = 30.0
"""How long the telephones ring (``asterisk-config/household/line.conf``)."""

PROMPT = "test-call"

_LOOK_SECONDS = 0.2
_TOLD = re.compile(r"^\s*CALLGUARD_TRIED=(\w+)", re.MULTILINE)


class Rang(StrEnum):
    """How a try ended: as Asterisk's ``DIALSTATUS`` has it."""

    ANSWERED = "ANSWER"
    UNANSWERED = "NOANSWER"
    BUSY = "BUSY"
    UNREACHED = "CHANUNAVAIL"
    """No telephone is registered, or none can be reached."""
    REFUSED = "CONGESTION"
    NOT_RUNNING = "NOTHING"
    """No Asterisk runs with these files, or one that does not know how to ring."""


async def ring_telephones(asterisk: Sequence[str], sounds: Path) -> Rang:
    """Ring every telephone of the home until one is answered, for ``RING_SECONDS`` at most.

    *asterisk* is the command line that it was started with, as far as its configuration; *sounds*
    the folder of the announcements.
    """
    await ask_console(asterisk, "dialplan set global CALLGUARD_TRIED ASKED")
    play = f"application Playback {sounds}/ja/{PROMPT}"
    await ask_console(asterisk, f"channel originate Local/s@callguard-try {play}")
    loop = asyncio.get_running_loop()
    end = loop.time() + RING_SECONDS + 10.0
    began = loop.time() + 5.0
    while loop.time() < end:
        found = _TOLD.search(await ask_console(asterisk, "dialplan show globals"))
        told = found[1] if found else ""
        if told in set(Rang):
            return Rang(told)
        if told != "RINGING" and loop.time() > began:
            return Rang.NOT_RUNNING
        await asyncio.sleep(_LOOK_SECONDS)
    return Rang.UNANSWERED
