"""How much later the telephone rings for callguard: of ``script/bench calls``.

A caller on the allowlist, and an emergency call of her own, against a dialplan that is a ``Dial()``
and nothing else; the same Asterisk, callers and telephones, in rounds that alternate. The time is
from the caller's INVITE to the 180 that the other end answers its own INVITE with.
"""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median

from .sipp import TRACE, completed, delays_ms, sipp
from .traffic import ALLOWED

DIALPLAN = """
[bench-dial]
exten => _[+0-9a-zA-Z*#]!,1,Goto(s,1)
exten => s,1,Dial(${CALLGUARD_PHONE},120)

[bench-out]
exten => _X!,1,Dial(PJSIP/${EXTEN}@trunk)
"""
RATE = 20
"""Calls a second: nobody waits for another."""


@dataclass(frozen=True, slots=True)
class Place:
    """An end of the calls, by the addresses at which Asterisk knows it."""

    address: str
    port: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return SIPp's arguments for being there."""
        return ("-i", self.address, "-p", str(self.port))


@dataclass(frozen=True, slots=True)
class Way:
    """One way for a call to go."""

    caller: Place
    telephone: Place
    called: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """The calls to measure, and what they are compared with."""

    folder: Path
    exchange: str
    sink: int
    ways: dict[str, Way]

    async def rounds(self, count: int, calls: int) -> dict[str, list[list[float]]]:
        """Place *calls* calls a round by every way in turn; return each round's delays in ms."""
        found: dict[str, list[list[float]]] = {name: [] for name in self.ways}
        for number in range(count):
            # Whoever comes second in a pair has another moment of the machine's.
            turn = list(self.ways) if number % 2 else list(reversed(self.ways))
            for name in turn:
                found[name].append(await self._round(f"{name}-{number}", self.ways[name], calls))
        return found

    async def _round(self, name: str, way: Way, calls: int) -> list[float]:
        folder = self.folder / name
        telephone = sipp(self.folder / f"{name}-phone", "ringing.xml", *way.telephone.arguments)
        caller = sipp(
            folder,
            "rings.xml",
            *way.caller.arguments,
            *("-key", "caller", ALLOWED[0], "-key", "called", way.called),
            *("-key", "sound", str(self.sink), "-m", str(calls), "-r", str(RATE)),
            *TRACE,
            self.exchange,
        )
        async with telephone, caller as calling:
            await completed(calling, 20 + calls / RATE)
        return delays_ms(folder)


def figures(found: dict[str, list[list[float]]]) -> dict[str, float]:
    """Return the medians, what callguard adds to each, and how far equal rounds lie apart."""
    middle = {name: median(chain.from_iterable(rounds)) for name, rounds in found.items()}
    apart = {
        name: max(medians) - min(medians)
        for name, rounds in found.items()
        if (medians := [median(one) for one in rounds])
    }
    return {
        "ringing_ms": round(middle["allowed"], 2),
        "ringing_plain_ms": round(middle["dial"], 2),
        "added_ringing_ms": round(middle["allowed"] - middle["dial"], 2),
        "emergency_ms": round(middle["emergency"], 2),
        "emergency_plain_ms": round(middle["out"], 2),
        "emergency_added_ms": round(middle["emergency"] - middle["out"], 2),
        "emergency_apart_ms": round(apart["out"], 2),
    }
