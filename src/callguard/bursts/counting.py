"""Counts the homes that each unknown number calls, for all nodes together, in Redis.

For each number, and each range of a hundred, there is a HyperLogLog a minute: it holds how many
homes were called, about, and not which. The keys end by themselves after the minutes that are
counted. To count a call twice is to count it once, so nothing has to be counted exactly once.

Keys of one number have a hash tag, so that a cluster has them on one server.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..feed.connect import AsyncClient
from .marks import Burst, Kind, Marks
from .sighting import Sighting

PREFIX = "callguard:bursts:"
STREAM = "callguard:bursts"
"""What the nodes have found, newest last."""
MAX_STREAM = 10_000
HOLD = timedelta(minutes=60)
"""For so long after it was found a burst counts, unless it is found again."""
AGAIN = timedelta(minutes=5)
"""So often it is told again while it goes on."""
REPORTED = timedelta(days=1)
"""So often a police source is told of the same number."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on it is a burst."""

    minutes: int = 10
    """The minutes that are counted together."""
    homes: int = 20
    """Homes that one number may call within them, and no more."""
    range_homes: int = 40
    """Homes that the numbers of one range may call together."""
    range_numbers: int = 3
    """So many numbers of a range must call: else it is one number's burst, and no range's."""


@dataclass(frozen=True, slots=True)
class Found:
    """A burst that was not known yet, or has gone on for a while."""

    burst: Burst
    sighting: Sighting
    """The call by which it was found."""
    report: bool
    """A police source is to be told: nobody has been today."""


class Counting:
    """The counts in the Redis behind *client*."""

    def __init__(self, client: AsyncClient, marks: Marks, limits: Limits) -> None:
        self._client: Any = client
        self._marks = marks
        self._limits = limits

    async def count(self, sightings: Iterable[Sighting], now: datetime) -> list[Found]:
        """Count calls, and return the bursts that they are part of, and that are to be told now.

        Calls that are older than the minutes that are counted come too late, and do not count.

        Raises:
            redis.RedisError, OSError, TimeoutError: Redis does not answer; what was counted may
                be counted again.

        """
        oldest = now - timedelta(minutes=self._limits.minutes)
        found = []
        for sighting in sightings:
            if not oldest < sighting.at <= now + timedelta(minutes=1):
                continue
            for kind in Kind:
                one = await self._sighted(sighting, kind, now)
                if one is not None:
                    found.append(one)
        return found

    async def _sighted(self, sighting: Sighting, kind: Kind, now: datetime) -> Found | None:
        ranged = kind is Kind.RANGE
        number = sighting.number
        mark = self._marks.range(number) if ranged else self._marks.number(number)
        minute = _minute(sighting.at)
        keep = 60 * (self._limits.minutes + 1)
        homes_of = [_key(mark, "homes", one) for one in self._minutes(now)]
        numbers_of = [_key(mark, "numbers", one) for one in self._minutes(now)]
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.pfadd(_key(mark, "homes", minute), self._marks.home(sighting.line))
            pipeline.expire(_key(mark, "homes", minute), keep)
            pipeline.pfcount(*homes_of)
            if ranged:
                pipeline.pfadd(_key(mark, "numbers", minute), self._marks.number(number))
                pipeline.expire(_key(mark, "numbers", minute), keep)
                pipeline.pfcount(*numbers_of)
            answers = await pipeline.execute()
        homes = answers[2]
        most = self._limits.range_homes if ranged else self._limits.homes
        if homes <= most or (ranged and answers[5] < self._limits.range_numbers):
            return None
        return await self._told(Burst(kind, mark, now, now + HOLD, homes), sighting)

    async def _told(self, burst: Burst, sighting: Sighting) -> Found | None:
        """Tell the nodes of a burst, if none has been told lately."""
        first = await self._client.set(
            _key(burst.mark, "told"), b"1", nx=True, ex=int(AGAIN.total_seconds())
        )
        if not first:
            return None
        await self._client.xadd(
            STREAM, written(burst, self._marks), maxlen=MAX_STREAM, approximate=True
        )
        report = await self._client.set(
            _key(burst.mark, "reported"), b"1", nx=True, ex=int(REPORTED.total_seconds())
        )
        return Found(burst, sighting, bool(report))

    def _minutes(self, now: datetime) -> range:
        last = _minute(now)
        return range(last - self._limits.minutes + 1, last + 2)


def written(burst: Burst, marks: Marks) -> dict[str, str]:
    """Return the entry of the stream that tells of *burst*."""
    return {
        "kind": burst.kind.value,
        "mark": burst.mark,
        "since": burst.since.isoformat(),
        "until": burst.until.isoformat(),
        "homes": str(burst.homes),
        "seal": marks.seal(burst),
    }


def read(fields: Any, marks: Marks) -> Burst | None:
    """Return the burst that an entry of the stream tells of; None if no node of ours wrote it."""
    try:
        texts = {name.decode(): text.decode() for name, text in fields.items()}
        burst = Burst(
            Kind(texts["kind"]),
            texts["mark"],
            datetime.fromisoformat(texts["since"]),
            datetime.fromisoformat(texts["until"]),
            int(texts["homes"]),
        )
        genuine = marks.is_sealed(burst, texts["seal"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return burst if genuine and burst.since.tzinfo and burst.until.tzinfo else None


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _key(mark: str, what: str, minute: int | None = None) -> str:
    return f"{PREFIX}{{{mark}}}:{what}" + ("" if minute is None else f":{minute}")
