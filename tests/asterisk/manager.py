"""What sends AMI actions, to be looked at afterwards."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from typing import Any

from callguard.asterisk.ami import AMIError


class Manager(ABC):
    """Takes actions as Asterisk's manager would; with a ``fault`` it refuses each of them."""

    def __init__(self) -> None:
        self.actions: list[Mapping[str, str]] = []
        self.fault = ""

    async def action(self, name: str, **values: str) -> None:
        self.actions.append({"Action": name, **values})
        if self.fault:
            raise AMIError(self.fault)

    @abstractmethod
    def run(self) -> Coroutine[Any, Any, None]:
        """Return what sends the actions, for ever."""

    async def carried_out(self) -> list[Mapping[str, str]]:
        """Return the actions sent, once there is nothing left to do."""
        running = asyncio.create_task(self.run())
        for _ in range(10):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return self.actions
