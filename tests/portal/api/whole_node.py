"""The portal with its services behind it: the whole of what answers at a node's HTTP port."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

from callguard.asterisk.answering import Answering
from callguard.asterisk.server import keep_nothing
from callguard.database import Database
from callguard.households.settings import HouseholdSettings
from callguard.line.reporting import Reporting
from callguard.portal import application, reports
from callguard.portal.address import address_of
from callguard.portal.relay import relay
from callguard.portal.screen import relay_questions
from callguard.proxy.desk import Desk
from callguard.proxy.listener import listen
from callguard.screening import Policy
from callguard.settings import Settings

from ..site import NOON, Site, running_site

NODE_TOKEN = "a token of the node"
PROVISIONING_TOKEN = "a token of billing"
SCREEN_TOKEN = "a token of the proxy"


class _Policies:
    """The policy of the first household, whichever line is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def policy(self, _: int | None) -> Policy:
        return HouseholdSettings(self._database).policy(1, now=NOON)


@asynccontextmanager
async def whole_node(database: Database, folder: Path) -> AsyncIterator[Site]:
    """Run it; the services are those of reports only, and the worker answers proxies only.

    What it screens is nobody's: the worker knows no household.
    """
    settings = Settings(
        data=folder,
        api_token=NODE_TOKEN,
        screen_token=SCREEN_TOKEN,
        provisioning_token=PROVISIONING_TOKEN,
        screen_port=_free_port(),
        redress_url="https://carrier.example.jp/redress",
    )
    folder.mkdir(parents=True, exist_ok=True)
    take = partial(Reporting(settings, _Policies(database)).take, now=NOON)
    services = web.AppRunner(application({}, reports.routes(NODE_TOKEN, take)))
    await services.setup()
    await web.UnixSite(services, str(settings.services_socket)).start()
    policies = folder / "households.db"
    if not policies.exists():
        Database(f"sqlite:///{policies}").close()
    answering = Answering.open(settings)
    worker = await listen(settings, Desk(settings, answering, keep_nothing))

    def add(app: web.Application) -> None:
        relay(app, settings.services_socket, partial(address_of, settings))
        relay_questions(app, settings, partial(address_of, settings))

    try:
        async with running_site(database, settings, add=add) as site:
            yield site
    finally:
        await worker.cleanup()
        await services.cleanup()
        answering.policies.close()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
