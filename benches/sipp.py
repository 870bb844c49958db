"""SIPp for ``script/bench calls``: callers and telephones, and what their traces tell."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from .node import BenchError

SCENARIOS = Path(__file__).parent / "scenarios"
TRACE = ("-trace_msg", "-message_file", "messages.log")
"""SIPp's own response times are whole ticks of 4 ms; its trace has microseconds."""

_MESSAGE = re.compile(
    r"^-{20,} \S+\s(?P<at>[\d:.]+)\n.*\n\n(?P<first>INVITE|SIP/2\.0 18[03]).*\n(?:.+\n)*?"
    r"Call-ID: (?P<call>\S+)",
    re.MULTILINE,
)


@asynccontextmanager
async def sipp(
    folder: Path, scenario: str, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run SIPp in *folder*, made if need be; it is killed at the end if it still runs."""
    folder.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(SCENARIOS / scenario), "-nostdin", "-nd", "-max_socket", "20"),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.communicate()


async def completed(process: asyncio.subprocess.Process, seconds: float) -> None:
    """Wait until SIPp has placed all its calls.

    Raises:
        BenchError: one of them failed, or it takes longer.

    """
    try:
        async with asyncio.timeout(seconds):
            _, stderr = await process.communicate()
    except TimeoutError as error:
        raise BenchError(f"SIPp still calls after {seconds:.0f} s") from error
    if process.returncode:
        said = stderr.decode(errors="replace").strip()
        raise BenchError(f"SIPp's calls failed ({process.returncode}): {said[-300:]}")


def delays_ms(folder: Path) -> list[float]:
    """Return, for each call in SIPp's trace, the time from INVITE to the first 180 or 183."""
    trace = folder / "messages.log"
    if not trace.exists():
        return []
    sent: dict[str, float] = {}
    delays = []
    for found in _MESSAGE.finditer(trace.read_text(errors="replace")):
        at = seconds_of_day(found["at"])
        if found["first"].startswith("INVITE"):
            sent.setdefault(found["call"], at)
        elif (began := sent.pop(found["call"], None)) is not None:
            delays.append((at - began) * 1000)
    return delays


def seconds_of_day(text: str) -> float:
    """Read SIPp's ``00:00:06.012``, or ``00:00:06:012000``."""
    hours, minutes, rest = text.split(":", 2)
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(":", "."))
