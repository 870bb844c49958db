"""What the household's own database says, once it says it."""

import asyncio

from callguard.database import Database
from callguard.demo.home import Home
from callguard.households.directory import Directory
from callguard.households.lists import Lists


async def listed(home: Home, number: int, *, allowed: bool) -> None:
    """Wait until the number is on the household's list of allowed or of blocked numbers."""
    async with asyncio.timeout(40):
        while await asyncio.to_thread(_lists, home, number) is not allowed:
            await asyncio.sleep(0.1)


def _lists(home: Home, number: int) -> bool | None:
    database = Database(f"sqlite:///{home.folder / 'data' / 'households.db'}")
    try:
        (household,) = Directory(database).all()
        entries = {one.number: one.allowed for one in Lists(database).entries(household.id)}
        return entries.get(number)
    finally:
        database.close()
