"""The household demo's home, before it is started."""

from pathlib import Path

from callguard.calllog.log import CallLog
from callguard.database import Database
from callguard.demo.home import LINE, Home, Ports
from callguard.demo.household import _sign_up
from callguard.households.registry import Registry
from callguard.settings import Settings


async def test_it_is_signed_up_once_and_has_a_month_of_calls_if_that_is_wanted(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path, Ports())
    await _sign_up(home, month=False)
    database = Database(Settings(data=tmp_path / "data").households)
    try:
        found = Registry(database).find(LINE)
        log = CallLog(database)
        assert log.calls(found.id).calls == ()
        await _sign_up(home, month=True)
        assert Registry(database).find(LINE) == found
        assert len(log.calls(found.id, limit=200).calls) > 90
    finally:
        database.close()
