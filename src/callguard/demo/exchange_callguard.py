"""A callguard of a demo's exchange: a node's, or one beside an edge that asks it."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from .place import Part, Place
from .stores import StoreError


class ExchangeCallguard:
    """A callguard in *folder*, which need not be there yet."""

    def __init__(self, name: str, folder: Path, place: Place, settings: Mapping[str, str]) -> None:
        """``settings`` are callguard's, beside where its data is and its ports."""
        self.name = name
        self.folder = folder
        self.place = place
        (folder / "data").mkdir(parents=True, exist_ok=True)
        agi, http = place.ports(2)
        self.agi = f"127.0.0.1:{agi}"
        self.environment = {
            **settings,
            "CALLGUARD_DATA": str(folder / "data"),
            "CALLGUARD_AGI_PORT": str(agi),
            "CALLGUARD_HTTP_PORT": str(http),
        }
        self.callguard = Part(
            f"{name}-callguard",
            place,
            [sys.executable, "-m", "callguard", "serve"],
            self.environment,
            folder,
        )

    async def start(self, seconds: float = 300.0) -> None:
        """Start it, and wait until it screens and follows the feed.

        Raises:
            StoreError: it does not in so many seconds.

        """
        await self.callguard.start()
        await self.until("screening", "feed", "policies", seconds=seconds)

    async def stop(self) -> None:
        """Stop it."""
        await self.callguard.stop()

    async def until(self, *parts: str, seconds: float = 300.0) -> None:
        """Wait until callguard says that all of *parts* are well.

        Raises:
            StoreError: they are not in so many seconds.

        """
        end = asyncio.get_running_loop().time() + seconds
        while True:
            health = await self.health()
            bad = [one for one in parts if not health.get(one, {}).get("ok")]
            if not bad:
                return
            if asyncio.get_running_loop().time() > end:
                told = {one: health.get(one, {}).get("detail", "no word") for one in bad}
                raise StoreError(f"{self.name} is not ready after {seconds:.0f} s: {told}")
            await asyncio.sleep(0.1)

    async def health(self) -> dict[str, Any]:
        """Return what callguard says of its parts; nothing while it does not answer."""
        socket = self.folder / "data" / "services.sock"
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(socket)),
                    timeout=aiohttp.ClientTimeout(3),
                ) as session,
                session.get("http://node/readyz") as answer,
            ):
                return dict((await answer.json())["parts"])
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return {}
