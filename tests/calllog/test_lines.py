"""Lines about verdicts are gathered, and none is lost."""

import asyncio

import pytest

from callguard.calllog import lines as module
from callguard.calllog.lines import CallLines


async def test_lines_of_one_moment_are_written_together(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    caplog.set_level("INFO")
    gathered = CallLines()
    gathered.note("1: reject, withheld")
    gathered.note("2: warn, unlisted")
    assert caplog.messages == []
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while not caplog.messages:
            await asyncio.sleep(0)
    gathered.note("3: connect, household-allow")
    gathered.flush()
    gathered.flush()
    assert caplog.messages == [
        "call 1: reject, withheld; call 2: warn, unlisted",
        "call 3: connect, household-allow",
    ]
