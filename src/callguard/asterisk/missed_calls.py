"""Calls that have ended while AMI was away: their channels are no more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .ami import AMIError

_GONE = "No such channel"
"""What Asterisk answers to Getvar then (main/manager.c)."""


async def missed_calls(
    channels: Mapping[str, str], action: Callable[..., Awaitable[Any]]
) -> list[str]:
    """Return the ``Uniqueid`` of each of *channels* (by their names) that is no more.

    ``action`` sends an AMI action. If the connection is lost meanwhile, the rest is left for the
    next one.
    """
    gone: list[str] = []
    for channel, unique in channels.items():
        try:
            await action("Getvar", Channel=channel, Variable="CALLGUARD_CALL_ID")
        except AMIError as error:
            if _GONE not in str(error):
                break
            gone.append(unique)
    return gone


async def watch(
    connected: asyncio.Event,
    channels: Callable[[], Mapping[str, str]],
    action: Callable[..., Awaitable[Any]],
    missed: Callable[[str], None],
) -> None:
    """Whenever AMI is *connected*, tell *missed* the calls that are over; until cancelled.

    ``channels`` gives those of the calls in progress: names, and the ``Uniqueid`` of each.
    """
    while True:
        await connected.wait()
        connected.clear()
        for unique in await missed_calls(channels(), action):
            missed(unique)
