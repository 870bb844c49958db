"""What the benches screen: a police list, households, and mixed calls as the dialplan asks of them.

All of it is drawn from a seeded generator, so that two runs ask the same. The numbers have the
shapes of Japan's numbering plan and belong to nobody in particular; nothing here dials them.
"""

import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyroaring import BitMap64

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import Group, SourceList
from callguard.blocklist.store import ListStore
from callguard.database import Database
from callguard.households.document import encode
from callguard.households.models import PolicyDocument
from callguard.numbers import Origin, classify_number
from callguard.screening import Entry, Policy

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""Noon in Japan on a working day."""

LINES = tuple(f"0422-99-{n:04}" for n in range(100))
"""The households' lines, as a site's configuration writes them."""

ALLOWED = tuple(f"0422-98-{n:04}".replace("-", "") for n in range(20))

SOURCE = "bench-police"

_FIXED = ("3", "6", "11", "22", "25", "45", "52", "75", "78", "82", "92", "422", "463", "172")
_OVERSEAS = ("44", "86", "852", "63", "234", "380", "7", "855", "66")

# (category, share of the whole list, E.164 spans that single numbers are drawn from)
_SINGLES = (
    (Category.FAKE_POLICE, 0.30, ((817020000000, 817099999999), (819010000000, 819099999999))),
    (Category.ROBOCALL, 0.15, ((815010000000, 815099999999),)),
    (Category.REFUND, 0.15, ((81320000000, 81399999999), (81620000000, 81699999999))),
    (Category.PRECURSOR, 0.10, ((12010000000, 19899999999), (442000000000, 447999999999))),
)
_BLOCK = 1_000
"""Numbers a forwarder holds in one piece; such blocks make up the rest of the list."""


@dataclass(slots=True)
class Traffic:
    """The list, and the generator that draws callers to go with it."""

    listed: int = 1_000_000
    """How many numbers the police list holds."""
    chance: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311
    _list: SourceList = field(init=False)
    _found: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._list = self._draw_list()
        self._found = self.chance.sample(list(self._list.listed), min(20_000, self.listed))

    def write(self, data: Path) -> None:
        """Write the police list and the households into callguard's data folder *data*."""
        self.write_list(data)
        self.write_households(data)

    def write_list(self, data: Path) -> None:
        """Write the police list alone."""
        ListStore(data / "lists").save(NodeList(self._list))

    def write_households(self, data: Path) -> None:
        """Write the households alone."""
        database = Database(f"sqlite:///{data / 'households.db'}")
        try:
            with database.transaction() as session:
                for line in LINES:
                    number = classify_number(line).number
                    session.add(PolicyDocument(line=number, document=encode(_policy())))
        finally:
            database.close()

    def write_policy(self, data: Path, line: str, **changes: Any) -> None:
        """Give the household of *line* a policy that differs in *changes* from all others'."""
        database = Database(f"sqlite:///{data / 'households.db'}")
        try:
            with database.transaction() as session:
                document = encode(replace(_policy(), **changes))
                number = classify_number(line).number
                session.merge(PolicyDocument(line=number, document=document))
        finally:
            database.close()

    def questions(self, count: int, lines: Sequence[str] = LINES) -> list[list[str]]:
        """Return the AGI arguments of *count* calls to *lines* in the mix of :data:`MIX`."""
        kinds = self.chance.choices(list(MIX), [kind.percent for kind in MIX], k=count)
        return [arguments(kind.draw(self), self.chance.choice(lines)) for kind in kinds]

    def listed_numbers(self) -> Iterator[int]:
        """Return every number on the police list."""
        return iter(self._list.listed)

    def fixed(self) -> str:
        """Return an unlisted fixed-line number."""

        def draw() -> str:
            area = self.chance.choice(_FIXED)
            rest = 9 - len(area)
            return f"0{area}{self.chance.randint(2, 9)}{self._digits(rest - 1)}"

        return self._unlisted(draw)

    def mobile(self) -> str:
        """Return an unlisted mobile number."""
        return self._unlisted(
            lambda: f"0{self.chance.choice('6789')}0{self.chance.randint(1, 9)}{self._digits(7)}"
        )

    def ip(self) -> str:
        """Return an unlisted IP telephone's number."""
        return self._unlisted(lambda: f"050{self.chance.randint(1, 9)}{self._digits(7)}")

    def overseas(self) -> str:
        """Return an overseas number other than +1."""
        return f"+{self.chance.choice(_OVERSEAS)}2{self._digits(8)}"

    def north_american(self) -> str:
        """Return a +1 number."""
        return f"+1{self.chance.randint(2, 9)}0{self._digits(8)}"

    def listed_number(self) -> str:
        """Return a number on the police list, as a network shows it."""
        number = str(self.chance.choice(self._found))
        return "0" + number[2:] if number.startswith("81") else "+" + number

    def malformed(self) -> str:
        """Return a number that cannot exist, or no number."""
        return self.chance.choice(
            (f"031{self._digits(7)}", f"0900{self._digits(7)}", f"090{self._digits(5)}", "104",
             f"184090{self._digits(8)}", "#9110", "sales", f"+8190{self._digits(11)}")
        )  # fmt: skip

    def _digits(self, count: int) -> str:
        return f"{self.chance.randrange(10**count):0{count}}"

    def _unlisted(self, draw: Callable[[], str]) -> str:
        for _ in range(1_000):
            text = draw()
            caller = classify_number(text)
            if caller.origin is Origin.DOMESTIC and (caller.number or 0) not in self._list.listed:
                return text
        raise AssertionError("the generator draws no possible unlisted number")

    def _draw_list(self) -> SourceList:
        numbers = BitMap64()
        groups: list[Group] = []
        for day, (category, share, spans) in enumerate(_SINGLES):
            wanted = BitMap64()
            for first, last in spans:
                count = int(self.listed * share / len(spans))
                wanted |= BitMap64(self.chance.sample(range(first, last), count))
            groups.append(Group.of(_terms(category, day), wanted - numbers))
            numbers |= wanted
        blocks = BitMap64()
        while (missing := self.listed - len(numbers)) > 0:
            prefix = self.chance.choice(("8150", "8170", "8190", "813", "816"))
            digits = (11 if prefix in {"813", "816"} else 12) - len(prefix) - 3
            first = int(f"{prefix}{self.chance.randint(2, 9)}{self._digits(digits - 1)}000")
            block = BitMap64(range(first, first + min(_BLOCK, missing))) - numbers
            blocks |= block
            numbers |= block
        groups.append(Group.of(_terms(Category.FORWARDER_STOCK, len(_SINGLES)), blocks))
        return SourceList.of(SOURCE, len(groups), "0" * 64, groups)


@dataclass(frozen=True, slots=True)
class CallerID:
    """One drawn caller, as a trunk shows him."""

    number: str = ""
    display: str = ""
    presentation: str = "allowed_not_screened"
    asserted: str = ""
    """P-Asserted-Identity's user, where it differs from the shown number."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of call in the mix."""

    name: str
    percent: int
    draw: Callable[[Traffic], CallerID]


def _withheld(traffic: Traffic) -> CallerID:
    display = traffic.chance.choice(("Anonymous", "Anonymous", ""))
    asserted = traffic.mobile() if traffic.chance.random() < 0.25 else ""
    return CallerID("anonymous", display, "prohib_not_screened", asserted)


def _unavailable(traffic: Traffic) -> CallerID:
    display = traffic.chance.choice(("Unavailable", "Interaction with other service"))
    return CallerID("anonymous", display, "unavailable")


def _bare_overseas(traffic: Traffic) -> CallerID:
    digits = traffic.overseas()[1:]
    return CallerID(traffic.chance.choice((digits, f"010{digits}", f"0033010{digits}")))


MIX: tuple[Kind, ...] = (
    Kind("domestic, mobile, unlisted", 30, lambda one: CallerID(one.mobile())),
    Kind("domestic, fixed, unlisted", 20, lambda one: CallerID(one.fixed())),
    Kind("domestic, IP (050), unlisted", 8, lambda one: CallerID(one.ip())),
    Kind("allowlisted", 10, lambda one: CallerID(one.chance.choice(ALLOWED))),
    Kind("withheld, JJ-90.22 Anonymous or no name, some disclosed by the network", 8, _withheld),
    Kind("unavailable, JJ-90.22 Unavailable or Interaction", 3, _unavailable),
    Kind(
        "payphone, JJ-90.22 Coin line/payphone",
        2,
        lambda _: CallerID("anonymous", "Coin line/payphone", "prohib_not_screened"),
    ),
    Kind("overseas, +1", 4, lambda one: CallerID(one.north_american())),
    Kind("overseas, other countries", 4, lambda one: CallerID(one.overseas())),
    Kind("overseas, no plus, or 010 or a carrier's prefix before it", 2, _bare_overseas),
    Kind("listed", 6, lambda one: CallerID(one.listed_number())),
    Kind("malformed", 3, lambda one: CallerID(one.malformed())),
)


def arguments(caller: CallerID, line: str) -> list[str]:
    """Return the AGI arguments of one call to *line*, as ``screening.conf`` makes them."""
    shown = caller.number != "anonymous"
    uri = f"sip:{caller.number}@trunk.invalid" if shown else "sip:anonymous@anonymous.invalid"
    name = f'"{caller.display}" ' if caller.display else ""
    sender = f"{name}<{uri}>;tag=1928301774"
    asserted = caller.asserted or (caller.number if shown else "")
    words = {
        "line": line,
        "called": f"<sip:{line.replace('-', '')}@127.0.0.1:5060>",
        "number": caller.number,
        "from": sender,
        "privacy": "" if shown else "id",
        "pai": f"<sip:{asserted}@trunk.invalid>" if asserted else "",
        "pai2": "",
    }
    encoded = {name: b64encode(f":{value}".encode()).decode() for name, value in words.items()}
    head = ("line", "called", "pres", "emergency", "abroad")
    order = (*head, "number", "from", "privacy", "pai", "pai2")
    plain = {"pres": caller.presentation, "emergency": "", "abroad": ""}
    return [f"{name}={plain.get(name, encoded.get(name, ''))}" for name in order]


def environment(words: list[str]) -> bytes:
    """Return the AGI environment that carries the question *words*: 25 variables.

    Asterisk's own are 22; then two that nobody reads, as of a later version, and the question.
    """
    head = (
        ("network", "yes"),
        ("network_script", "screen"),
        ("request", "agi://127.0.0.1:4573/screen"),
        ("channel", "PJSIP/trunk-0000a1f3"),
        ("language", "en"),
        ("type", "PJSIP"),
        ("uniqueid", "1793588400.41459"),
        ("version", "22.10.0"),
        ("callerid", "unknown"),
        ("calleridname", "unknown"),
        ("callingpres", "0"),
        ("callingani2", "0"),
        ("callington", "0"),
        ("callingtns", "0"),
        ("dnid", "unknown"),
        ("rdnis", "unknown"),
        ("context", "callguard-screen"),
        ("extension", "ask"),
        ("priority", "22"),
        ("enhanced", "0.0"),
        ("accountcode", ""),
        ("threadid", "140203412375232"),
        ("later", "0"),
        ("latest", "0"),
    )
    lines = [f"agi_{name}: {value}" for name, value in head]
    lines.append(f"agi_arg_1: {'&'.join(words)}")
    return ("\n".join(lines) + "\n\n").encode()


def _policy() -> Policy:
    entry = Entry(NOW - timedelta(days=90), "family")
    return Policy(
        consent=True,
        allow={classify_number(text).number or 0: entry for text in ALLOWED},
        block={815099990000: entry},
    )


def _terms(category: Category, day: int) -> Terms:
    listed_at = NOW - timedelta(days=30 - day)
    return Terms(category, listed_at, listed_at + timedelta(days=365), f"bench-{day}")
