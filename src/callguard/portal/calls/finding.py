"""The call that an address names."""

from aiohttp import web

from ...calllog.errors import NoSuchCall
from ...calllog.log import Call, CallLog
from ..asked import Asked


async def find_call(asked: Asked, call_id: str) -> Call:
    """Return the call of this name; a page that says there is none, if the household has not."""
    try:
        return await asked.work(CallLog(asked.database).call, asked.household, call_id)
    except NoSuchCall as error:
        raise web.HTTPNotFound from error
