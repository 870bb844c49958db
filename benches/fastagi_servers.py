"""FastAGI servers that screen nothing, to measure callguard's against.

``python -m benches.fastagi_servers KIND PORT`` serves until stdin ends; the command that every call
is answered with is read from the first line of stdin.
"""

import asyncio
import os
import signal
import socketserver
import sys
import threading
from pathlib import Path

import uvloop
from asterisk.agi import AGI

BACKLOG = 1024
"""As callguard's own."""


async def streams(port: int, answer: str) -> None:
    """Serve with asyncio's streams: the shortest server that still reads the environment."""
    command = f'EXEC MSet "{answer}"\n'.encode()

    async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        environment = {}
        while line := (await reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            environment[name] = value.strip()
        writer.write(command)
        await writer.drain()
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(call, "127.0.0.1", port, backlog=BACKLOG)
    async with server:
        await server.serve_forever()


async def streams_bulk(port: int, answer: str) -> None:
    """Serve with asyncio's streams, the environment read in one piece instead of by lines."""
    command = f'EXEC MSet "{answer}"\n'.encode()

    async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        environment = {}
        for line in (await reader.readuntil(b"\n\n")).decode().splitlines():
            name, _, value = line.partition(":")
            environment[name] = value.strip()
        writer.write(command)
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(call, "127.0.0.1", port, backlog=BACKLOG)
    async with server:
        await server.serve_forever()


def pyst2(port: int, answer: str) -> None:
    """Serve with pyst2's AGI class, a thread for each call."""
    # AGI() installs a handler for SIGHUP, which only a main thread may do.
    signal.signal = lambda *_: None

    stderr = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the server lives

    class Call(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            stdin = self.connection.makefile("r")
            stdout = self.connection.makefile("w")
            try:
                AGI(stdin, stdout, stderr).appexec("MSet", answer)
            finally:
                stdin.close()
                stdout.close()

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = BACKLOG
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", port), Call) as server:
        server.serve_forever()


def main() -> None:
    """Serve as the command line says."""
    kind, port = sys.argv[1], int(sys.argv[2])
    answer = sys.stdin.readline().strip()

    def end_with_stdin() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_stdin, daemon=True).start()
    if kind == "pyst2":
        pyst2(port, answer)
    else:
        serve = streams if kind == "streams" else streams_bulk
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(port, answer))


if __name__ == "__main__":
    main()
