"""What Asterisk writes, and whether anybody says something in it."""

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.recordings.sound import HEADER_BYTES, has_speech, header, is_wav

from .left import tone, wav


def test_the_header_is_one_that_others_read() -> None:
    with wave.open(io.BytesIO(wav(tone(1.5)))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() == 12_000
    assert is_wav(header(0))


@given(st.binary(max_size=60))
def test_nothing_else_passes_for_it(data: bytes) -> None:
    assert not is_wav(data)


@pytest.mark.parametrize("place", [0, 8, 20, 22, 24, 34])
def test_a_header_of_another_kind_of_sound_is_not_taken(place: int) -> None:
    other = bytearray(header(100))
    other[place] ^= 0x10
    assert not is_wav(bytes(other))
    assert not is_wav(header(100)[: HEADER_BYTES - 1])


def test_a_voice_is_speech_and_a_humming_line_is_none() -> None:
    assert has_speech(tone(0.6))
    assert has_speech(tone(5, level=0) + tone(0.6, level=2000))
    assert not has_speech(b"")
    assert not has_speech(tone(30, level=0))
    assert not has_speech(tone(30, frequency=50.0, level=300))
    assert not has_speech(tone(0.3) + tone(20, level=0)), "a click, a cough"


@given(st.binary(max_size=2000))
def test_no_sound_is_too_odd(data: bytes) -> None:
    assert has_speech(data) in {True, False}
