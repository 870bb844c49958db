"""The portal with its services behind it: the whole of what answers at a node's HTTP port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

from callguard.database import Database
from callguard.households.settings import HouseholdSettings
from callguard.portal import application, reports
from callguard.portal.address import address_of
from callguard.portal.relay import relay
from callguard.reporting import Reporting
from callguard.screening import Policy
from callguard.settings import Settings

from ..site import NOON, Site, running_site

NODE_TOKEN = "a token of the node"


class _Policies:
    """The policy of the first household, whichever line is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def policy(self, _: int | None) -> Policy:
        return HouseholdSettings(self._database).policy(1, now=NOON)


@asynccontextmanager
async def whole_node(database: Database, folder: Path) -> AsyncIterator[Site]:
    """Run it; the services are those of reports only."""
    settings = Settings(data=folder, api_token=NODE_TOKEN)
    folder.mkdir(parents=True, exist_ok=True)
    take = partial(Reporting(settings, _Policies(database)).take, now=NOON)
    services = web.AppRunner(application({}, reports.routes(NODE_TOKEN, take)))
    await services.setup()
    await web.UnixSite(services, str(settings.services_socket)).start()
    try:
        async with running_site(
            database,
            settings,
            add=lambda app: relay(app, settings.services_socket, partial(address_of, settings)),
        ) as site:
            yield site
    finally:
        await services.cleanup()
