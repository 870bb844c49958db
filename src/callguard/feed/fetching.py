"""What is fetched from Redis by one key: where a stream ends, and a snapshot with its chunks."""

import asyncio
from typing import Any

import redis.asyncio as redis

from ..blocklist.errors import BatchError
from .snapshot import Manifest
from .streams import EntryId, chunk_key, entries

ANSWER_SECONDS = 10.0
"""How long Redis may take to answer; then the connection counts as lost."""


class NotAStream(Exception):
    """Something else stands where a stream should; the message says what to do."""


async def last_entry(client: Any, key: str) -> EntryId | None:
    """Return the id of the last entry of the stream *key*, or None if there is no entry.

    Raises:
        NotAStream: a key of another type has its name.
        TimeoutError: Redis does not answer; its own errors are passed on.

    """
    async with asyncio.timeout(ANSWER_SECONDS):
        try:
            last = entries(await client.xrevrange(key, count=1))
        except redis.ResponseError as error:
            if not _wrong_type(error):
                raise
            raise NotAStream(
                f"{key} in Redis is not a stream; delete it, and have its source fill it anew"
            ) from error
    return last[0][0] if last else None


async def fetch(client: Any, key: str) -> bytes | None:
    """Return the value of *key*, or None if there is none.

    Raises:
        BatchError: something else than a value stands there.
        TimeoutError: Redis does not answer; its own errors are passed on.

    """
    async with asyncio.timeout(ANSWER_SECONDS):
        try:
            value: bytes | None = await client.get(key)
        except redis.ResponseError as error:
            if not _wrong_type(error):
                raise
            raise BatchError(f"{key} in Redis is not a snapshot; delete it") from error
    return value


async def fetch_chunks(client: Any, source: str, manifest: Manifest) -> list[bytes]:
    """Return the chunks of a source's snapshot, in order.

    Raises:
        BatchError: one is missing, or is no value.
        TimeoutError: Redis does not answer; its own errors are passed on.

    """
    chunks = []
    for position in range(len(manifest.chunks)):
        chunk = await fetch(client, chunk_key(source, manifest.sequence, position))
        if chunk is None:
            raise BatchError(
                f"source {source}: snapshot {manifest.sequence} lacks chunk {position}"
            )
        chunks.append(chunk)
    return chunks


def _wrong_type(error: redis.ResponseError) -> bool:
    return str(error).startswith("WRONGTYPE")
