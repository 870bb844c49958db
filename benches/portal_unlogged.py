"""A screening worker without a journal, to measure against: ``python -m benches.portal_unlogged``.

Settings are those of callguard, from the environment; it serves until stdin ends.
"""

import asyncio
import sys

from callguard.asterisk.answering import Answering
from callguard.asterisk.server import keep_nothing, serve
from callguard.calllog.lines import CallLines
from callguard.node.children import run_loop
from callguard.settings import Settings, load


async def _serve(settings: Settings, answering: Answering) -> None:
    lines = CallLines()
    answering.note = lines.note
    server = await serve(answering, settings.agi_host, settings.agi_port, keep_nothing)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), stopped.set)
    try:
        await stopped.wait()
    finally:
        server.close()
        lines.flush()


if __name__ == "__main__":
    _settings = load()
    run_loop(_serve(_settings, Answering.open(_settings)))
