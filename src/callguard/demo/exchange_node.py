"""One node of a demo's exchange: an Asterisk and a callguard side by side."""

import asyncio
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from ..asterisk.carrier_site import CarrierSite
from ..asterisk.instance import ask_console, find_loader
from ..asterisk.site import write_site
from ..carrier.exchange import Exchange
from ..carrier.node import node_site
from .exchange_callguard import ExchangeCallguard
from .place import Part, Place


class ExchangeNode(ExchangeCallguard):
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
        secret = secrets.token_urlsafe(24)
        (ami,) = place.ports(1)
        own = {
            "CALLGUARD_AMI_PORT": str(ami),
            "CALLGUARD_AMI_SECRET": secret,
            "CALLGUARD_ASTERISK_CONFIG": str(folder / "asterisk" / "etc"),
        }
        super().__init__(name, folder, place, {**settings, **own})
        (sip,) = place.ports(1)
        self.sip = f"{place.address}:{sip}"
        number = int(name.rpartition("-")[2])
        loader = find_loader()
        site: CarrierSite = node_site(
            exchange,
            folder=folder / "asterisk",
            agi=self.agi,
            fallback=Path(sys.executable).parent / "callguard-agi",
            ami_port=ami,
            ami_secret=secret,
            sip_bind=self.sip,
            rtp_ports=(61_000 + 1000 * (number % 4), 61_999 + 1000 * (number % 4)),
            **({} if sounds is None else {"sounds": sounds}),
        )
        self._asterisk = (*loader.command, "-C", str(write_site(site, loader)))
        self.asterisk = Part(
            f"{name}-asterisk", place, [*self._asterisk, "-f"], self.environment, folder
        )

    async def start(self, seconds: float = 300.0) -> None:
        """Start both, and wait until the node screens, follows the feed and takes calls.

        Raises:
            StoreError: it does not in so many seconds.

        """
        await self.callguard.start()
        await self.asterisk.start()
        await self.until("screening", "feed", "ami", "policies", seconds=seconds)

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
