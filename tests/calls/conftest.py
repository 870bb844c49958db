"""A home with a real Asterisk for the tests of real calls; one for each file."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from callguard.demo.home import LINE, Home, Ports

from .kept import Kept
from .logged import Log

FreePorts = Callable[..., list[int]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and run the tests of a file in one loop with its home."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.calls)
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


def ports(free_ports: FreePorts) -> Ports:
    """Return free ports for a home."""
    sip, phone, trunk = free_ports(3)
    agi, http, ami = free_ports(3)
    rtp = 10_000 + 1000 * (os.getpid() % 10)
    return Ports(sip=sip, phone=phone, trunk=trunk, agi=agi, http=http, ami=ami, rtp=rtp)


async def sign_up(home: Home) -> None:
    """Sign the household up, with one allowed number, one blocked, and a trusted police source."""
    await home.command("household", "add", "--line", LINE, "--name", "Home", "--consent")
    await home.command("allow", "--line", LINE, "0422-99-0001", "--name", "daughter")
    await home.command("block", "--line", LINE, "0422-99-0009")
    key, public = str(home.folder / "police.json"), str(home.folder / "police.public.json")
    await home.command("feed", "keygen", "--source", "police", "--key", key, "--public", public)
    await trust(home, public)


async def trust(home: Home, public: str) -> None:
    """Have the home believe the source whose public key is in the file *public*."""
    signed = ("--root-key", str(home.folder / "root.key.json"))
    root = str(home.folder / "root.json")
    await home.command("trust", "keygen", "--key", signed[1])
    await home.command("trust", "init", *signed, "--out", root)
    await home.command("trust", "add-source", root, public, *signed)
    await home.command("trust", "install", root)


async def publish(home: Home, *numbers: str) -> None:
    """List *numbers* and wait until the home has the batch on disk."""
    await home.command(
        "feed", "publish", "--key", str(home.folder / "police.json"),
        "--category", "fake-police", *numbers,
    )  # fmt: skip


@pytest.fixture(scope="session")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a home whose household is signed up, to be copied: that is quicker."""
    home = Home(tmp_path_factory.mktemp("signed-up"), Ports())
    asyncio.run(sign_up(home))
    return home.folder


@pytest.fixture(scope="module")
def folder(signed_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this file's home, its household signed up."""
    return shutil.copytree(signed_up, tmp_path_factory.mktemp("home") / "home")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def home(folder: Path, free_ports: FreePorts) -> AsyncIterator[Home]:
    """A home that is up, its household signed up, nothing listed yet."""
    home = Home(folder, ports(free_ports))
    async with home:
        yield home


@pytest.fixture
def log(home: Home) -> Log:
    """The home's log of calls from now on."""
    log = Log(home)
    log.mark()
    return log


@pytest.fixture
def kept(home: Home) -> Kept:
    """What is kept in the home."""
    return Kept(home)
