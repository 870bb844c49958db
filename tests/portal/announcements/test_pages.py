"""The announcements can be heard in a page."""

import wave
from io import BytesIO

import pytest

from callguard.prompts import load

from ..site import Site

pytestmark = pytest.mark.database("sqlite")


@pytest.mark.parametrize("name", ["warning", "refused-withheld", "whisper-unlisted"])
async def test_an_announcement_is_sent_as_browsers_play_it(site: Site, name: str) -> None:
    page = await site.visitor("viewer").get(f"/announcements/{name}.wav")
    assert (page.status, page.headers["Content-Type"]) == (200, "audio/wav")
    with wave.open(BytesIO(page.body)) as sound:
        assert (sound.getcomptype(), sound.getnchannels(), sound.getsampwidth()) == ("NONE", 1, 2)
        assert sound.getnframes() / sound.getframerate() == load()[name].seconds()


async def test_a_part_of_it_can_be_asked_for(site: Site) -> None:
    visitor = site.visitor()
    page = await visitor.get("/announcements/warning.wav", Range="bytes=4-11")
    assert page.status == 206
    assert page.body[4:] == b"WAVE"
    beyond = await visitor.get("/announcements/warning.wav", Range="bytes=99999999-")
    assert beyond.status == 416


async def test_a_browser_keeps_it(site: Site) -> None:
    page = await site.visitor().get("/announcements/warning.wav")
    assert page.headers["Cache-Control"] == "private, max-age=86400"


@pytest.mark.parametrize(
    "name",
    [
        "warning",
        "nothing.wav",
        "manifest.json",
        "..%2fcatalogue.toml",
        "..%2fja%2fwarning.wav",
        "%00.wav",
        "warning.wav.wav",
        "%C3%A9.wav",
    ],
)
async def test_nothing_else_is_sent(site: Site, name: str) -> None:
    assert (await site.visitor().get(f"/announcements/{name}")).status == 404


async def test_only_people_signed_in_hear_it(site: Site) -> None:
    for visitor in (site.visitor(None), site.visitor(revoked=True)):
        assert (await visitor.get("/announcements/warning.wav")).status == 303
