"""The log of calls of a home, looked at until it tells what is waited for."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from callguard.calllog.log import Call, CallLog
from callguard.database import Database
from callguard.demo.home import Home
from callguard.households.models import Household

WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'
DISCLOSED = ("P-Asserted-Identity: <sip:0422990987@trunk.invalid>", "Privacy: id")


class Log:
    """The log of one home."""

    def __init__(self, home: Home) -> None:
        self._path = home.folder / "data" / "households.db"
        self.seen: set[str] = set()

    def newest(self) -> list[Call]:
        database = Database(f"sqlite:///{self._path}")
        try:
            with database.reading() as session:
                household = session.scalars(select(Household.id)).one()
            return list(CallLog(database).calls(household).calls)
        finally:
            database.close()

    def mark(self) -> None:
        """Take what is there for known."""
        self.seen |= {call.call_id for call in self.newest()}

    async def next(self, until: Callable[[Call], bool]) -> Call:
        """Return the one call that is new, once it is as wanted."""
        async with asyncio.timeout(40):
            while True:
                new = [
                    c for c in await asyncio.to_thread(self.newest) if c.call_id not in self.seen
                ]
                if new and until(new[0]):
                    [call] = new
                    self.seen.add(call.call_id)
                    return call
                await asyncio.sleep(0.05)


def ended(call: Call) -> bool:
    return call.outcome is not None


async def up(home: Home) -> None:
    """Wait until callguard, too, listens to what Asterisk tells."""
    async with asyncio.timeout(60):
        while not (await asyncio.to_thread(home.parts)).get("ami", {}).get("ok"):
            await asyncio.sleep(0.05)
