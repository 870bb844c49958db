"""A hundred warned and recorded calls at once, and how they sound: of ``script/bench calls``."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .call_delay import Place
from .node import BenchError, cpu_seconds
from .sipp import completed, sipp

RATE = 20
"""Calls begun a second."""
SPOKEN = 17.0
"""Seconds that warning and whisper take together, about; the caller is answered after that."""


async def talk(
    folder: Path,
    exchange: str,
    caller: Place,
    telephone: Place,
    asterisk: int,
    *,
    calls: int,
    seconds: int,
    recordings: Path,
) -> dict[str, float]:
    """Have *calls* conversations at once for *seconds*; return how they sounded.

    Raises:
        BenchError: a call failed, or there was no moment at which all were in conversation.

    """
    # The first conversation lasts until the last has been going on for so long.
    lasts = seconds + calls / RATE
    async with _ends() as (ends, ports):
        answering = sipp(
            folder / "talking-phones",
            "answers.xml",
            *telephone.arguments,
            *("-key", "sound", str(ports["telephones"]), "-m", str(calls)),
        )
        calling = sipp(
            folder / "talking-callers",
            "talks.xml",
            *caller.arguments,
            *("-key", "caller", "0422971234", "-key", "called", "0422990000"),
            *("-key", "sound", str(ports["callers"]), "-m", str(calls), "-l", str(calls)),
            *("-r", str(RATE), "-d", str(int(lasts * 1000))),
            exchange,
        )
        async with answering, calling as process:
            done = asyncio.create_task(completed(process, SPOKEN + 2 * lasts + 60))
            # All of them are answered, and none is over.
            await asyncio.sleep(SPOKEN + calls / RATE)
            before = cpu_seconds(asterisk)
            await asyncio.sleep(seconds / 2)
            cpu = (cpu_seconds(asterisk) - before) / (seconds / 2)
            recorded = len([path for path in recordings.rglob("*") if path.is_file()])
            await done
        if recorded < calls:
            raise BenchError(f"{recorded} of {calls} conversations were being recorded")
        assert ends.stdin is not None
        ends.stdin.close()
        said, _ = await asyncio.wait_for(ends.communicate(), 60)
    found = json.loads(said)
    return {
        "media_calls": calls,
        "media_recorded": recorded,
        "media_asterisk_busy": round(cpu, 2),
    } | _figures(found)


def _figures(found: dict[str, Any]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for way in ("to_telephone", "to_caller"):
        one = found[way]
        if "packets" not in one:
            raise BenchError(f"{one['streams']} conversations were never all in progress at once")
        figures |= {
            f"media_{way}_{key}": round(one[key], 3)
            for key in (
                "streams", "seconds", "packets", "loss_percent", "unplayable_percent", "jitter_ms",
                "jitter_p99_ms", "transit_ms", "transit_p99_ms",
            )
        }  # fmt: skip
    spoken = found["announcements"]
    figures |= {
        f"media_announcement_{key}": round(spoken[key], 3)
        for key in ("loss_percent", "jitter_ms", "jitter_p99_ms")
    }
    figures["media_loss_percent"] = max(
        figures["media_to_telephone_loss_percent"],
        figures["media_to_caller_loss_percent"],
        figures["media_announcement_loss_percent"],
    )
    return figures


@asynccontextmanager
async def _ends() -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """Run the ears and mouths of both sides; yield them and their ports."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benches.media_ends"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.communicate()
