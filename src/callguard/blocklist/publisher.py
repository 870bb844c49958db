"""Publishing: a source signs its next batch and appends it to its stream."""

from collections.abc import Iterable
from datetime import UTC, datetime

import redis
from joserfc.jwk import OKPKey

from .batch import GENESIS, Batch, Operation, digest, sign, verify
from .errors import FeedError
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
            BatchError: the last batch in the stream is not this source's own.
            FeedError: Redis cannot be reached or refuses, or another publisher was quicker.
        """
        stream = stream_key(self._source)
        try:
            sequence, head = self._last(stream)
            batch = Batch(self._source, sequence + 1, head, issued_at, tuple(operations))
            token = sign(batch, self._key)
            self._client.xadd(stream, {FIELD: token}, id=entry_id(batch.sequence))
        except redis.ResponseError as error:
            raise FeedError(f"source {self._source}: Redis refused the batch: {error}") from error
        except redis.RedisError as error:
            raise FeedError(f"the feed cannot be reached: {error}") from error
        return Batch(
            batch.source, batch.sequence, batch.previous, batch.issued_at, batch.operations,
            digest(token),
        )

    def _last(self, stream: str) -> tuple[int, str]:
        entries = self._client.xrevrange(stream, count=1)
        if not entries:
            return 0, GENESIS
        _, fields = entries[0]
        last = verify(fields.get(FIELD, b""), self._source, {str(self._key.kid): self._key})
        return last.sequence, last.digest


def now() -> datetime:
    """Return the time that a batch issued now carries."""
    return datetime.now(UTC)
