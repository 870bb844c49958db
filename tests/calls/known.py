"""What the household's own database says, once it says it."""

import asyncio

from sqlalchemy import func, select

from callguard.database import Database
from callguard.demo.home import Home
from callguard.households.directory import Directory
from callguard.households.lists import Lists
from callguard.notify.models import News


async def listed(home: Home, number: int, *, allowed: bool) -> None:
    """Wait until the number is on the household's list of allowed or of blocked numbers."""
    async with asyncio.timeout(40):
        while await asyncio.to_thread(_lists, home, number) is not allowed:
            await asyncio.sleep(0.1)


async def told(home: Home, topic: str) -> int:
    """Return how often the family has been told of something of this kind."""
    return await asyncio.to_thread(_told, home, topic)


def _told(home: Home, topic: str) -> int:
    database = Database(f"sqlite:///{home.folder / 'data' / 'households.db'}")
    try:
        with database.reading() as session:
            wanted = select(func.count()).select_from(News).where(News.topic == topic)
            return session.scalar(wanted) or 0
    finally:
        database.close()


def _lists(home: Home, number: int) -> bool | None:
    database = Database(f"sqlite:///{home.folder / 'data' / 'households.db'}")
    try:
        (household,) = Directory(database).all()
        entries = {one.number: one.allowed for one in Lists(database).entries(household.id)}
        return entries.get(number)
    finally:
        database.close()
