"""A household has another number: the former one tells it to whom the family knows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callguard.demo.home import LINE, Home
from callguard.demo.recognise import holds, recognise
from callguard.prompts import load

from .conftest import FreePorts, ports


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def home(folder: Path, free_ports: FreePorts) -> AsyncIterator[Home]:
    """A home whose household has moved to another line."""
    home = Home(folder, ports(free_ports))
    said = await home.command("household", "move", "--line", LINE, "--to", "0422-98-7654")
    assert said == (
        "Home is on 0422-98-7654 now; for 90 days the old number tells allowlisted callers the new "
        "one"
    )
    async with home:
        yield home


async def test_an_allowed_caller_hears_the_new_number_twice(home: Home) -> None:
    async with home.caller("<sip:0422990001@trunk.invalid>") as call:
        await call.ended()
        assert call.messages()[-2].status == 404
        sound = call.media.heard()
    assert recognise(sound).prompt == "refused-moved"
    assert holds(sound, "moved-again")
    number = sum(load()[f"digit-{digit}"].seconds() for digit in "0422987654") + 2 * 0.4
    said = sum(load()[name].seconds() for name in ("refused-moved", "moved-again"))
    # What Asterisk needs between two of them is silence.
    assert sound.seconds > 0.9 * (said + 2 * number)


@pytest.mark.parametrize("number", ["0422990002", "+12025550123"])
async def test_everybody_else_hears_that_it_is_not_in_use(home: Home, number: str) -> None:
    async with home.caller(f"<sip:{number}@trunk.invalid>") as call:
        await call.ended()
        assert call.messages()[-2].status == 404
        assert recognise(call.media.heard()).prompt == "refused-not-in-use"
