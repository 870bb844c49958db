"""What every test may use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from callguard.database import Database
from callguard.free_ports import free_ports

from .postgres import Postgres
from .sqlite import Filling, Templates, nothing

WHOLE = {"benches", "browser", "calls", "chaos", "demo", "fuzz", "node"}
"""Folders whose tests run whole programs: nothing for every minute of a day's work."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--fast``, for ``script/test --fast``."""
    parser.addoption(
        "--fast",
        action="store_true",
        help="without whole programs, servers and PostgreSQL, and with few drawn examples",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Draw the same examples each time, few if it is to be fast; and never look at the clock."""
    whole = hypothesis.settings(deadline=None, derandomize=True)
    hypothesis.settings.register_profile("whole", whole)
    hypothesis.settings.register_profile("fast", whole, max_examples=10)
    hypothesis.settings.load_profile("fast" if config.getoption("fast") else "whole")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folders of whole programs aside if it is to be fast."""
    return True if config.getoption("fast") and collection_path.name in WHOLE else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what waits most; if it is to be fast, leave it aside, and further cases of a test.

    A file of real calls that is begun last is waited for alone.
    """
    if not config.getoption("fast"):
        root = config.rootpath / "tests"
        items.sort(key=lambda item: item.path.relative_to(root).parts[0] not in WHOLE)
        return
    begun: set[str] = set()
    slow: list[pytest.Item] = []
    for item in items:
        name, _, case = item.nodeid.partition("[")
        asks = set(getattr(item, "fixturenames", ())) & {"postgres", "own_server"}
        if item.get_closest_marker("slow") or asks or "postgresql" in case or name in begun:
            slow.append(item)
        else:
            begun.add(name)
    config.hook.pytest_deselected(items=slow)
    kept = set(items) - set(slow)
    items[:] = [item for item in items if item in kept]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a database on each kind, or on the kinds that its mark names."""
    if "database_url" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("database")
        kinds = mark.args if mark else ("sqlite", "postgresql")
        if metafunc.config.getoption("fast") and "sqlite" in kinds:
            kinds = ("sqlite",)
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture(scope="session", name="free_ports")
def hand_out_ports() -> Callable[[int], list[int]]:
    """Hand out ports of 127.0.0.1 that are free, by TCP and UDP."""
    return free_ports


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test asks for it."""
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """SQLite databases, to be copied."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def sqlite_template(sqlite_templates: Templates) -> Path:
    """A SQLite database with all tables and nothing in them, to be copied."""
    return sqlite_templates.template(nothing)


@pytest.fixture(scope="session")
def filling() -> Filling:
    """What a database holds from the beginning: nothing, if a folder's tests name nothing."""
    return nothing


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, filling: Filling) -> Iterator[str]:
    """The URL of a database with all tables, filled: the test runs on both kinds.

    A test for one kind only says so: ``@pytest.mark.database("sqlite")``.
    """
    if request.param == "sqlite":
        templates: Templates = request.getfixturevalue("sqlite_templates")
        yield templates.copy(tmp_path / "households.db", filling)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(filling) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database, opened: the test runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()
