"""Asks a FastAGI server one question, as Asterisk would: for health checks."""

import asyncio
from collections.abc import Mapping

_TIMEOUT = 1.5
_LINE = "OjExMA=="
"""110, as the dialplan writes it: nobody's line, and looked for among the policies all the same."""


class ProbeError(Exception):
    """The server gave no verdict; the message says why."""


async def probe(host: str, port: int, arguments: Mapping[str, str] | None = None) -> str:
    """Ask ``/screen`` about a call to nobody's line; return the command that came back.

    Raises:
        ProbeError: nothing listens there, or what does gave no verdict in time.

    """
    words = {"line": _LINE, "pres": "allowed_not_screened", **(arguments or {})}
    lines = ["agi_network: yes", f"agi_request: agi://{host}/screen"]
    lines += [f"agi_arg_{n}: {k}={v}" for n, (k, v) in enumerate(words.items(), 1)]
    answer = ""
    try:
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(("\n".join(lines) + "\n\n").encode())
                answer = (await reader.readline()).decode("utf-8", "replace").strip()
            except ConnectionError:
                pass  # it closed, with an answer or without
            finally:
                writer.close()
    except TimeoutError as error:
        raise ProbeError(f"no verdict from {host}:{port} within {_TIMEOUT} s") from error
    except ValueError as error:
        raise ProbeError(f"what answers at {host}:{port} is no FastAGI server") from error
    except OSError as error:
        raise ProbeError(f"nothing answers at {host}:{port}: {error.strerror or error}") from error
    if "CALLGUARD_ACTION=" not in answer:
        raise ProbeError(f"{host}:{port} closed without a verdict")
    return answer
