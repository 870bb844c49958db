"""One household, signed up and screened, and both event loops that callguard may run on."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from callguard.asterisk.answering import Answering
from callguard.database import Database
from callguard.households.lists import Lists
from callguard.households.registry import Registry
from callguard.numbers import parse_typed
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from .dialplan import ALLOWED, LINE


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed-up")
    database = Database(f"sqlite:///{folder / 'households.db'}")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    home = Registry(database).add(LINE, "a home", consent_by="subscriber", by=COMMAND_LINE, now=now)
    Lists(database).put(
        home.id, parse_typed(ALLOWED).number, allowed=True, by=COMMAND_LINE, now=now
    )
    database.close()
    return folder


@pytest.fixture
def home(signed_up: Path, tmp_path: Path) -> Settings:
    """The settings of the household's node, with a data folder of its own."""
    return Settings(data=Path(shutil.copytree(signed_up, tmp_path / "data")))


@pytest.fixture
def answering(home: Settings) -> Iterator[Answering]:
    answering = Answering.open(home)
    yield answering
    answering.policies.close()
