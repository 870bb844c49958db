"""``callguard household ring`` where no telephone rings; that one does: ``test_profiles.py``."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callguard.asterisk.adapter import read_adapter
from callguard.asterisk.adapter_site import household_site
from callguard.asterisk.instance import Asterisk, find_loader
from callguard.demo.home import LINE, Home, HomeError
from callguard.settings import load

from .conftest import FreePorts, ports


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def home(
    tmp_path_factory: pytest.TempPathFactory, free_ports: FreePorts
) -> AsyncIterator[Home]:
    """A home whose one telephone is not there; its Asterisk is not started."""
    home = Home(tmp_path_factory.mktemp("home"), ports(free_ports))
    secret = home.folder / "living.secret"
    secret.touch(mode=0o600)
    secret.write_text("living-secret-1\n")
    settings = home.folder / "callguard.toml"
    settings.write_text(
        f'[household]\nline = "{LINE}"\ngateway = "fxo"\nserver = "127.0.0.2:5062"\n'
        f'sip_bind = "127.0.0.1:{home.ports.sip}"\n'
        f'[[household.phones]]\nname = "living"\nsecret_file = "{secret}"\n'
    )
    home.environment["CALLGUARD_CONFIG"] = str(settings)
    await home.command("household", "render")
    yield home
    await home.stop()


async def test_without_asterisk_it_says_how_to_start_it(home: Home) -> None:
    with pytest.raises(HomeError, match=r"no Asterisk runs with these files.* -C .*conf -f"):
        await home.command("household", "ring")


async def test_a_telephone_that_has_not_registered_is_told_as_such(home: Home) -> None:
    site = household_site(read_adapter(home.environment), load(home.environment))
    async with Asterisk(site, find_loader(), home.environment):
        with pytest.raises(HomeError, match="no telephone can be reached: living; each registers"):
            await home.command("household", "ring")
