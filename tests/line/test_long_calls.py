"""The family is told once of a long call with an unknown caller, whatever is started again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from callguard.asterisk.ami import AMIError, AMIEvent
from callguard.calllog.talks import VARIABLE
from callguard.database import Database, DatabaseError
from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.reader import PolicyUnavailable
from callguard.households.registry import Registry
from callguard.households.settings import HouseholdSettings
from callguard.line.long_calls import LongCalls
from callguard.notify.models import News
from callguard.screening import Policy

from ..calllog.conftest import DAUGHTER, LINE, NOW

CALL = "0123456789abcdef"


@dataclass
class Home:
    """A household, its clock, an Asterisk that can be asked, and what the family was told."""

    database: Database
    id: int
    now: datetime = NOW
    asked: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    """The database does not answer."""
    unreadable: bool = False

    def opened(self) -> Database:
        if self.away:
            raise DatabaseError("away")
        return Database(self.database.engine.url.render_as_string(hide_password=False))

    def policy(self, line: int | None) -> Policy:
        if self.unreadable:
            raise PolicyUnavailable("no file")
        return HouseholdSettings(self.database).policy(self.id, now=self.now)

    async def action(self, name: str, **values: str) -> None:
        self.asked.append({"name": name, **values})

    def watch(self) -> LongCalls:
        return LongCalls(self.opened, self, self.action, lambda: self.now)

    def choose(self, **changes: str) -> None:
        HouseholdSettings(self.database).change(self.id, changes, by=DAUGHTER, now=NOW)

    def told(self) -> list[tuple[str, object]]:
        with self.database.reading() as session:
            news = session.scalars(select(News).where(News.topic == "long-call"))
            return [(one.topic, one.detail) for one in news]


@pytest.fixture
def home(database: Database) -> Home:
    added = Registry(database).add(
        "0422-99-0000", "home", consent_by="本人", by=DAUGHTER, now=NOW - timedelta(days=9)
    )
    return Home(database, added.id)


TALKING = f"{CALL}/{int(NOW.timestamp())}/+{LINE}"
ANSWERED = AMIEvent(
    "UserEvent", {"UserEvent": "CallguardAnswered", "Uniqueid": "2.1", "Talking": TALKING}
)
TOLD = [("long-call", {"call_id": CALL, "minutes": 10})]


async def check(home: Home, watch: LongCalls, minutes: float) -> list[tuple[str, object]]:
    home.now = NOW + timedelta(minutes=minutes)
    await watch.check()
    return home.told()


async def test_the_family_is_told_once(home: Home) -> None:
    watch = home.watch()
    watch.receive(ANSWERED)
    assert await check(home, watch, 9) == []
    assert await check(home, watch, 10) == TOLD
    assert await check(home, watch, 11) == TOLD


async def test_who_was_told_is_not_told_again_after_a_restart(home: Home) -> None:
    first, second = home.watch(), home.watch()
    first.receive(ANSWERED)
    await check(home, first, 10)
    second.receive(
        AMIEvent("Status", {"Uniqueid": "2.1", "Variable": f"CALLGUARD_TALKING={TALKING}"})
    )
    assert await check(home, second, 15) == TOLD


async def test_asterisk_is_asked_after_each_login(home: Home) -> None:
    watch = home.watch()
    running = asyncio.create_task(watch.run())
    watch.connected()
    async with asyncio.timeout(10):
        while not home.asked:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert home.asked == [{"name": "Status", "Variables": VARIABLE}]


async def test_an_asterisk_that_does_not_answer_is_asked_at_the_next_login(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(name: str, **values: str) -> None:
        await Home.action(home, name, **values)
        raise AMIError("gone")

    monkeypatch.setattr(home, "action", fails)
    monkeypatch.setattr("callguard.line.long_calls.CHECK_SECONDS", 0.01)
    watch = home.watch()
    running = asyncio.create_task(watch.run())
    for nth in (1, 2):
        watch.connected()
        async with asyncio.timeout(10):
            while len(home.asked) < nth:
                await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_while_the_database_is_away_it_is_told_later(home: Home) -> None:
    watch = home.watch()
    watch.receive(ANSWERED)
    home.away = True
    assert await check(home, watch, 10) == []
    home.away = False
    assert await check(home, watch, 10.5) == TOLD


@pytest.mark.parametrize(
    "change",
    [
        lambda home: home.choose(long_call_minutes="0"),
        lambda home: home.choose(long_call_minutes="30"),
        lambda home: Consents(home.database).revoke(
            home.id, frozenset({Purpose.LOGGING}), by=DAUGHTER, now=NOW
        ),
        lambda home: setattr(home, "unreadable", True),
    ],
    ids=["switched off", "longer", "no record", "unreadable"],
)
async def test_what_the_household_wants_at_that_moment_counts(
    home: Home, change: Callable[[Home], None]
) -> None:
    watch = home.watch()
    watch.receive(ANSWERED)
    change(home)
    assert await check(home, watch, 29) == []


async def test_a_line_without_a_household_is_told_nothing(home: Home) -> None:
    watch = home.watch()
    watch.receive(
        AMIEvent(
            "UserEvent",
            {
                "UserEvent": "CallguardAnswered",
                "Uniqueid": "2.1",
                "Talking": TALKING.replace("990000", "990001"),
            },
        )
    )
    assert await check(home, watch, 60) == []
