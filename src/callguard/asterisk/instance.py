"""Runs an Asterisk of one's own, in a folder of one's own."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from .site import Loader, Site, SiteError, write_site

MIN_VERSION = 20


class NoAsteriskError(SiteError):
    """There is no Asterisk to run; the message says what to do."""


def find_loader(root: Path | None = None) -> Loader:
    """Return how to start Asterisk: the one on PATH if it is new enough, else the one in *root*.

    *root* (default: ``CALLGUARD_ASTERISK_ROOT``'s folder) is a Debian system unpacked into a
    folder; its own dynamic loader runs it on this system's files.

    Raises:
        NoAsteriskError: there is neither.

    """
    installed = shutil.which("asterisk")
    if installed and _version((installed,)) >= MIN_VERSION:
        multiarch = next(Path("/usr/lib").glob("*-linux-gnu/asterisk/modules"), None)
        modules = multiarch or Path("/usr/lib/asterisk/modules")
        return Loader((installed,), modules, Path("/usr/share/asterisk"))
    if root is None:
        root = Path(os.environ.get("CALLGUARD_ASTERISK_ROOT", ".cache/asterisk"))
    binary = root / "usr/sbin/asterisk"
    if not binary.is_file():
        raise NoAsteriskError(
            f"there is no Asterisk {MIN_VERSION} or newer on PATH, and none in {root}; install "
            "the package asterisk, or set CALLGUARD_ASTERISK_ROOT to the folder of one"
        )
    library = next(root.glob("usr/lib/*-linux-gnu"))
    loader = next(path for path in root.glob("usr/lib*/ld-linux*.so*") if path.exists())
    command = (
        str(loader.absolute()),
        "--library-path",
        str(library.absolute()),
        str(binary.absolute()),
    )
    return Loader(
        command, library.absolute() / "asterisk/modules", root.absolute() / "usr/share/asterisk"
    )


def _version(command: tuple[str, ...]) -> int:
    said = subprocess.run([*command, "-V"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Asterisk (\d+)", said)
    return int(found[1]) if found else 0


class Asterisk:
    """One running Asterisk. Use as ``async with``; its whole world lies in ``site.folder``."""

    def __init__(
        self, site: Site, loader: Loader, environment: Mapping[str, str] | None = None
    ) -> None:
        self.site = site
        self._command = (*loader.command, "-C", str(write_site(site, loader)))
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """Return the file of its warnings and errors."""
        return self.site.folder / "log" / "messages"

    async def __aenter__(self) -> Self:
        """Start it and wait until it takes calls."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def start(self, *prefix: str, seconds: float = 30.0) -> None:
        """Start it, behind the command *prefix* if any, and wait until it takes calls.

        Raises:
            SiteError: it ended, or is not up in time; the message holds its last errors.

        """
        self._process = await asyncio.create_subprocess_exec(
            *prefix,
            *self._command,
            "-f",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        deadline = asyncio.get_running_loop().time() + seconds
        while "fully booted" not in await self.console("core waitfullybooted"):
            if self._process.returncode is not None:
                raise SiteError(f"Asterisk ended at once; its last words:\n{self._last_words()}")
            if asyncio.get_running_loop().time() > deadline:
                await self.stop()
                raise SiteError(f"Asterisk is not up after {seconds:.0f} s:\n{self._last_words()}")
            await asyncio.sleep(0.05)

    async def console(self, command: str) -> str:
        """Return what Asterisk's console says to *command*; nothing while it is not up."""
        return await ask_console(self._command, command)

    async def stop(self) -> None:
        """Stop it, and make sure that it is gone."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "(no log)"
        return "\n".join([line for line in lines if "ERROR" in line][-5:] or lines[-5:])


async def ask_console(asterisk: Sequence[str], command: str) -> str:
    """Return what the console of a running Asterisk says to *command*; nothing if none is up.

    *asterisk* is the command line that it was started with, as far as its configuration.
    """
    process = await asyncio.create_subprocess_exec(
        *asterisk,
        *("-rx", command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await process.communicate()
    return said.decode("utf-8", "replace")
