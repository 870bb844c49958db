"""One node of a demo's exchange: an Asterisk and a callguard side by side."""

import asyncio
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from ..asterisk.carrier_site import CarrierSite
from ..asterisk.instance import ask_console, find_loader
from ..asterisk.site import write_site
from ..carrier.exchange import Exchange
from ..carrier.node import node_site
from .place import Part, Place
from .stores import StoreError


class ExchangeNode:
    """A node in *folder*, which need not be there yet."""

    def __init__(
        self,
        name: str,
        folder: Path,
        place: Place,
        exchange: Exchange,
        settings: Mapping[str, str],
        sounds: Path | None = None,
    ) -> None:
        """``settings`` are callguard's, beside those of a node; ``sounds`` its announcements."""
        self.name = name
        self.folder = folder
        self.place = place
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (sip,) = place.ports(1)
        agi, http, ami = place.ports(3)
        self.sip = f"{place.address}:{sip}"
        secret = secrets.token_urlsafe(24)
        self.environment = {
            **settings,
            "CALLGUARD_DATA": str(folder / "data"),
            "CALLGUARD_AGI_PORT": str(agi),
            "CALLGUARD_HTTP_PORT": str(http),
            "CALLGUARD_AMI_PORT": str(ami),
            "CALLGUARD_AMI_SECRET": secret,
            "CALLGUARD_ASTERISK_CONFIG": str(folder / "asterisk" / "etc"),
        }
        number = int(name.rpartition("-")[2])
        loader = find_loader()
        site: CarrierSite = node_site(
            exchange,
            folder=folder / "asterisk",
            agi=f"127.0.0.1:{agi}",
            fallback=Path(sys.executable).parent / "callguard-agi",
            ami_port=ami,
            ami_secret=secret,
            sip_bind=self.sip,
            rtp_ports=(20_000 + 2000 * number, 21_999 + 2000 * number),
            **({} if sounds is None else {"sounds": sounds}),
        )
        self._asterisk = (*loader.command, "-C", str(write_site(site, loader)))
        self.asterisk = Part(
            f"{name}-asterisk", place, [*self._asterisk, "-f"], self.environment, folder
        )
        self.callguard = Part(
            f"{name}-callguard",
            place,
            [sys.executable, "-m", "callguard", "serve"],
            self.environment,
            folder,
        )

    async def start(self, seconds: float = 300.0) -> None:
        """Start both, and wait until the node screens, follows the feed and takes calls.

        Raises:
            StoreError: it does not in so many seconds.

        """
        await self.callguard.start()
        await self.asterisk.start()
        await self.until("screening", "feed", "ami", "policies", seconds=seconds)

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

    async def calls(self) -> tuple[int, int]:
        """Return how many calls are in progress, and how many there have been."""
        said = await self.console("core show channels count")
        numbers = [int(line.split()[0]) for line in said.splitlines() if line[:1].isdigit()]
        return (numbers[1], numbers[2]) if len(numbers) > 2 else (0, 0)

    async def console(self, command: str) -> str:
        """Return what Asterisk's console says to *command*."""
        return await ask_console(self._asterisk, command)

    async def stop(self) -> None:
        """Stop both."""
        await asyncio.gather(self.asterisk.stop(), self.callguard.stop())

    async def kill(self) -> None:
        """End both as a power cut does."""
        await asyncio.gather(self.asterisk.kill(), self.callguard.kill())
