"""A compose file as podman-compose runs it, in a project of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = "callguard-try"
"""Not the name by which somebody runs their own: its volumes are thrown away."""


class ComposeError(Exception):
    """A command failed; the message is its last words."""


class Compose:
    """The compose file at *path*. Use as ``async with``: it leaves nothing."""

    def __init__(self, path: str, environment: Mapping[str, str] | None = None) -> None:
        program = Path(os.environ["CALLGUARD_TRY_COMPOSE"])
        # No pod: services that share an address say so themselves.
        self._command = [str(program), "--in-pod=false", "-p", PROJECT, "-f", str(ROOT / path)]
        self._environment = {**os.environ, **(environment or {})}

    async def __aenter__(self) -> "Compose":
        """Throw away what an earlier try has left."""
        await self.down()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it, and throw its volumes away."""
        await self.down()

    async def up(self, *services: str) -> None:
        """Start *services*, or all.

        Raises:
            ComposeError: one did not start.

        """
        await self._do("up", "-d", "--no-build", *services)

    async def down(self) -> None:
        """Stop all of it, and throw its volumes away."""
        await self._do("down", "-v", "-t", "5")
        left = await podman("volume", "ls", "-q", "--filter", f"name={PROJECT}_")
        if left:  # podman-compose knows those that it made itself
            await podman("volume", "rm", *left.split())

    async def run(self, service: str, *command: str, volume: str = "") -> str:
        """Run *command* in a container of its own; return what it printed."""
        mounts = ("-v", volume) if volume else ()
        return await self._do("run", "--rm", "-T", "--no-deps", *mounts, service, *command)

    async def exec(self, service: str, *command: str) -> str:
        """Run *command* in the container of *service*; return what it printed."""
        return await podman("exec", self.container(service), *command)

    async def until_healthy(self, *services: str, seconds: float = 120.0) -> None:
        """Wait until the health checks of *services* hold.

        Raises:
            ComposeError: one does not, in so many seconds.

        """
        for service in services:
            end = asyncio.get_running_loop().time() + seconds
            while True:
                try:
                    # Nobody runs them by themselves here: that takes systemd.
                    await podman("healthcheck", "run", self.container(service))
                    break
                except ComposeError as error:
                    if asyncio.get_running_loop().time() > end:
                        said = await podman("logs", "--tail", "5", self.container(service))
                        raise ComposeError(f"{service} is not well: {error}; {said}") from None
                    await asyncio.sleep(0.5)

    @staticmethod
    def container(service: str) -> str:
        """Return the name of the container of *service*."""
        return f"{PROJECT}_{service}_1"

    async def _do(self, *arguments: str) -> str:
        return await _run([*self._command, *arguments], self._environment)


async def podman(*arguments: str) -> str:
    """Run podman; return what it printed.

    Raises:
        ComposeError: it failed.

    """
    return await _run(["podman", *arguments], dict(os.environ))


async def _run(command: list[str], environment: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await process.communicate()
    if process.returncode:
        last = (errors or said).decode(errors="replace").strip()[-600:]
        raise ComposeError(f"{' '.join(command[-4:])}: {last}")
    return said.decode(errors="replace")


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stdout, flush=True)
