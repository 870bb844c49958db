"""Rated traffic with calls of every kind, and the count of how they ended."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from callguard.demo.exchange import Call, Outcome, StandIn
from callguard.demo.plant import DAUGHTER

LISTED = 81_422_970_110
"""What the police source has listed before anything breaks."""

_LISTED_CALLER = "0422970110"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call, and how it must end."""

    name: str
    number: str
    """The caller's; ``*`` stands for digits of its own, empty: withheld."""
    status: int
    abroad: bool = False
    screened: bool = True
    """It is for a line that has agreed to be screened."""

    @property
    def outcome(self) -> Outcome:
        """Return how it must end."""
        return Outcome.CONNECTED if self.status == 200 else Outcome.REFUSED


KINDS = (
    Kind("allowlisted", DAUGHTER, 200),
    Kind("unlisted", "04229*", 200),
    Kind("withheld", "", 433),
    Kind("listed by the police", _LISTED_CALLER, 607),
    Kind("emergency service", "110", 200),
    Kind("overseas", "+12025550123", 603),
    Kind("domestic, by a trunk from abroad", "04229*", 603, abroad=True),
    Kind("withheld, to a line without consent", "", 200, screened=False),
)


@dataclass(slots=True)
class Placed:
    """One call and what was expected of it."""

    kind: Kind
    call: Call


@dataclass(slots=True)
class Count:
    """How the calls of one fault ended."""

    offered: int = 0
    right: int = 0
    """Connected or refused, as they should."""
    wrong: int = 0
    """Mis-screened: connected in place of refused, or the other way round."""
    lost: int = 0
    own: int = 0
    """Of the lost: in progress on the node or the edge that was killed, stopped or cut off."""
    plain: int = 0
    """Refused without an announcement."""
    twice: int = 0
    """Calls for which the telephone was rung more than once."""
    slowest: float = 0.0
    """Seconds that a caller waited for the final answer, at most."""
    told: list[str] = field(default_factory=list)
    """Of each call that did not end as it should: what it was and what it saw."""

    def add(self, other: "Count") -> None:
        """Add the calls of another count."""
        for name in ("offered", "right", "wrong", "lost", "own", "plain", "twice"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest = max(self.slowest, other.slowest)
        self.told += other.told


class Traffic:
    """Places calls of all kinds in turn, each to a line of its own while there are some."""

    def __init__(
        self,
        world: StandIn,
        lines: Sequence[str],
        talk_seconds: float = 1.5,
        *,
        spread: bool = False,
    ) -> None:
        """Call *lines* in turn; ``spread``: by mobile numbers of all ranges, so that no range of
        numbers is heard so often that it is a burst.
        """
        self.world = world
        self._lines = lines
        self._talk = talk_seconds
        self._spread = spread
        self._number = 0
        self.placed: list[Placed] = []

    def one(self, kind: Kind | None = None) -> None:
        """Place one call, of the next kind if none is named."""
        number, self._number = self._number, self._number + 1
        kind = kind or KINDS[number % len(KINDS)]
        caller = kind.number.replace("*", f"{80000 + number % 10000:05}")
        if self._spread and "*" in kind.number:
            caller = f"090{10_000_000 + number * 7_654_321 % 89_999_999}"
        screened = self._lines[number % len(self._lines)]
        line = screened if kind.screened else f"042288{number % 10000:04}"
        call = self.world.place(caller, line, self._talk, abroad=kind.abroad)
        self.placed.append(Placed(kind, call))

    async def flow(self, rate: float, seconds: float) -> None:
        """Place *rate* calls a second for so many seconds."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
            self.one()

    async def count(self, killed: str = "", killed_at: float = 0.0) -> Count:
        """Wait for the last call to end, and count; see :meth:`ended`."""
        with contextlib.suppress(TimeoutError):
            await self.world.over(150)
        return self.ended(killed, killed_at)

    def ended(self, killed: str = "", killed_at: float = 0.0) -> Count:
        """Count the calls that have ended, and forget them.

        Those on *killed*, a node's or an edge's address, that began before *killed_at* are its own.
        """
        over = [one for one in self.placed if one.call.ended]
        count = Count(offered=len(over))
        for one in over:
            call, kind = one.call, one.kind
            if call.let_ring > 1:
                count.twice += 1
                count.told.append(f"rang {call.let_ring} times: {kind.name}, {_seen(call)}")
            count.plain += call.outcome is Outcome.REFUSED and 183 not in call.statuses
            count.slowest = max(count.slowest, call.waited)
            if call.outcome is kind.outcome and call.final == kind.status:
                count.right += 1
                continue
            if call.outcome is Outcome.LOST:
                count.lost += 1
                own = call.began < killed_at and killed in {call.node, call.edge}
                count.own += own
            else:
                count.wrong += 1
            count.told.append(f"{kind.name}: {_seen(call)}")
        self.placed = [one for one in self.placed if not one.call.ended]
        self.world.forget()
        return count


def _seen(call: Call) -> str:
    return (
        f"{call.statuses} {call.reason}, {call.tries} tries, {call.waited:.1f} s, "
        f"node {call.node or '?'}"
    )
