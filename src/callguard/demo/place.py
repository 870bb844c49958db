"""Where the parts of a demo run: all on this machine's loopback, or each on a host of its own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..free_ports import free_ports


@dataclass(frozen=True, slots=True)
class Place:
    """A host: its address, and what comes before a command that runs there."""

    address: str = "127.0.0.1"
    prefix: tuple[str, ...] = ()

    def ports(self, count: int) -> list[int]:
        """Return ports that are free on loopback now, for TCP and UDP."""
        return free_ports(count)


@dataclass(slots=True)
class Part:
    """A process that can be killed, stopped, slowed down and started again."""

    name: str
    place: Place
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)
    """Where its log lies, NAME.log."""
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """Return the file of what it says."""
        return self.folder / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Tell whether it runs, or is stopped by a signal."""
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start it, in a session of its own so that all of it can be ended."""
        kept = {key: val for key, val in os.environ.items() if not key.startswith("CALLGUARD_")}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.place.prefix,
                *self.command,
                env={**kept, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )

    def family(self) -> list[int]:
        """Return the process ids of it and all that it has started, its own first."""
        return _family(self.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and all that it has started."""
        if self.alive:
            for pid in self.family():  # PostgreSQL's processes have a group each
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    async def kill(self) -> None:
        """End it and all that it has started, as a power cut does."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()

    async def stop(self, seconds: float = 10.0) -> None:
        """End it as an operator does; by force if that takes too long."""
        if not self.alive:
            return
        assert self.process is not None
        self.signal(signal.SIGCONT)
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await self.process.wait()
        except TimeoutError:
            pass
        await self.kill()


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it, itself first."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found
