"""Announcements are told apart by their sound."""

import wave

import pytest

from callguard import prompts
from callguard.demo.media import ULAW, Sound, encode_ulaw
from callguard.demo.recognise import recognise

SHORTEST = 1.0
"""Seconds; a digit alone is like a part of everything, and is not looked for."""


def over_the_telephone(name: str) -> list[int]:
    with wave.open(str(prompts.load()[name].audio())) as file:
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    return [ULAW[encode_ulaw(sample)] for sample in samples]


@pytest.mark.parametrize(
    "name", sorted(name for name, one in prompts.load().items() if one.seconds() >= SHORTEST)
)
def test_each_announcement_is_recognised_after_g711(name: str) -> None:
    heard = recognise(Sound(over_the_telephone(name)))
    assert heard.prompt == name
    assert heard.seconds == pytest.approx(prompts.load()[name].seconds(), abs=0.1)


def test_silence_before_and_talk_after_do_not_matter() -> None:
    sound = Sound([0] * 8000 + over_the_telephone("warning") + [3000, -3000] * 8000)
    assert recognise(sound).prompt == "warning"


def test_silence_noise_and_nothing_are_no_announcement() -> None:
    assert recognise(Sound()).prompt == ""
    assert recognise(Sound([0] * 80_000)).prompt == ""
    assert recognise(Sound([3000, -3000] * 40_000)).prompt == ""
