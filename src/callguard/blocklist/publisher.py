"""Publishing: a source signs its next batch and appends it to its stream."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import redis
from joserfc.jwk import OKPKey

from .batch import GENESIS, Batch, Operation
from .errors import FeedError
from .signing import sign, verify
from .streams import FIELD, entry_id, stream_key


class Publisher:
    """One source's hand on its stream. ``key`` is its private key, with a ``kid``."""

    def __init__(self, client: redis.Redis, source: str, key: OKPKey) -> None:
        self._client = client
        self._source = source
        self._key = key

    def publish(self, operations: Iterable[Operation], issued_at: datetime) -> Batch:
        """Sign and append one batch; return it as it was published.

        Raises:
            BatchError: the last batch in the stream is not this source's own, or the new one goes
                beyond a limit.
            FeedError: Redis cannot be reached or refuses, or another publisher was quicker.

        """
        stream = stream_key(self._source)
        try:
            sequence, head = self._last(stream)
            batch = Batch(self._source, sequence + 1, head, issued_at, tuple(operations))
            token = sign(batch, self._key)
            # What no node would take in must not become a link of the chain.
            published = self._verify(token)
            self._client.xadd(stream, {FIELD: token}, id=entry_id(batch.sequence))
        except redis.ResponseError as error:
            raise FeedError(f"source {self._source}: Redis refused the batch: {error}") from error
        except redis.RedisError as error:
            raise FeedError(f"the feed cannot be reached: {error}") from error
        return published

    def _last(self, stream: str) -> tuple[int, str]:
        entries: Any = self._client.xrevrange(stream, count=1)
        if not entries:
            return 0, GENESIS
        _, fields = entries[0]
        last = self._verify(fields.get(FIELD, b""))
        return last.sequence, last.digest

    def _verify(self, token: bytes) -> Batch:
        return verify(token, self._source, {str(self._key.kid): self._key})
