"""baresip as a telephone of the home: it registers with a password, rings, answers and dials."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

_CONFIG = """\
sip_listen {address}:{port}
net_interface {address}
audio_source ausine,{frequency}
ausrc_srate 48000
ausrc_channels 2
module_path {modules}
module g711.so
module ausine.so
module_tmp uuid.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control}
"""
_MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")


class Baresip:
    """A telephone called *name* at *exchange* (host:port). Use as ``async with``.

    It speaks a tone of ``frequency`` Hz. One that ``answers`` does so at the first ring.
    """

    def __init__(
        self,
        exchange: str,
        name: str,
        secret: str,
        *,
        ports: tuple[int, int],
        answers: bool = True,
        frequency: int = 400,
    ) -> None:
        self.name = name
        self.port = ports[0]
        self._exchange = exchange
        self._control = ports[1]
        self._folder = tempfile.TemporaryDirectory(prefix="callguard-baresip-")
        folder = Path(self._folder.name)
        modules = next(path for path in _MODULES if Path(path).is_dir())
        (folder / "config").write_text(
            _CONFIG.format(
                address="127.0.0.1",
                port=ports[0],
                control=ports[1],
                frequency=frequency,
                modules=modules,
            )
        )
        mode = "auto" if answers else "manual"
        (folder / "accounts").write_text(
            f"<sip:{name}@{exchange}>;auth_user={name};auth_pass={secret};regint=600;"
            f"answermode={mode}\n"
        )
        self.events: list[Mapping[str, Any]] = []
        self._process: asyncio.subprocess.Process
        self._reading: asyncio.Task[None]
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        """Start it; whether it has registered is another question."""
        self._process = await asyncio.create_subprocess_exec(
            *("baresip", "-4", "-f", self._folder.name),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                while True:
                    with contextlib.suppress(OSError):
                        reader, self._writer = await asyncio.open_connection(
                            "127.0.0.1", self._control
                        )
                        break
                    await asyncio.sleep(0.05)
        except BaseException:
            await self._stop()
            raise
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._stop()

    async def dial(self, number: str) -> None:
        """Dial *number*."""
        await self._command("dial", f"sip:{number}@{self._exchange}")

    async def hang_up(self) -> None:
        """End the call."""
        await self._command("hangup", "")

    async def until(self, kind: str, seconds: float = 40.0) -> Mapping[str, Any]:
        """Wait for an event, such as CALL_ESTABLISHED, and return it; those before it are gone."""
        async with asyncio.timeout(seconds):
            while True:
                for position, event in enumerate(self.events):
                    if event.get("type") == kind:
                        del self.events[: position + 1]
                        return event
                await asyncio.sleep(0.02)

    async def _command(self, name: str, parameters: str) -> None:
        message = json.dumps({"command": name, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(message), message))
        await self._writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
                if message.get("event"):
                    self.events.append(message)

    async def _stop(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        self._folder.cleanup()
