"""A recording on disk: any part of it can be read, and nothing of it can be altered unseen."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.recordings.container import CHUNK, TAG, Reader, encrypt
from callguard.recordings.errors import DamagedRecording
from callguard.recordings.keys import new_key

from .left import CALL, OTHER_CALL

KEY = new_key()
HEADER = 16


def contained(content: bytes, key: bytes = KEY, name: str = CALL) -> bytes:
    pieces = [content[begin : begin + 1000] for begin in range(0, len(content), 1000)]
    return b"".join(encrypt(pieces, len(content), key, name))


def whole(container: bytes, key: bytes = KEY, name: str = CALL) -> bytes:
    with Reader(io.BytesIO(container), key, name) as reader:
        return reader.whole()


CONTENT = bytes(range(256)) * (3 * CHUNK // 256) + b"the end"
CONTAINER = contained(CONTENT)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_what_was_encrypted_is_read_back(length: int) -> None:
    content = CONTENT[:length]
    container = contained(content)
    assert whole(container) == content
    chunks = max(1, -(-length // CHUNK))
    assert len(container) == HEADER + length + chunks * TAG


@given(st.integers(0, len(CONTENT) + 10), st.integers(0, len(CONTENT) + 10))
def test_any_part_is_read_by_itself(begin: int, end: int) -> None:
    reader = Reader(io.BytesIO(CONTAINER), KEY, CALL)
    assert b"".join(reader.read(begin, end)) == CONTENT[begin:end]


@given(st.integers(8, len(CONTAINER) - 1), st.integers(1, 255))
def test_no_byte_can_be_altered(place: int, change: int) -> None:
    altered = bytearray(CONTAINER)
    altered[place] ^= change
    with pytest.raises((DamagedRecording, MemoryError, OverflowError)):
        whole(bytes(altered))


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    with pytest.raises(DamagedRecording):
        whole(data)


@pytest.mark.parametrize(
    "altered",
    [
        CONTAINER[: HEADER + CHUNK + TAG],
        CONTAINER[:-1],
        CONTAINER[:HEADER] + CONTAINER[HEADER + CHUNK + TAG :],
        CONTAINER[:HEADER]
        + CONTAINER[HEADER + CHUNK + TAG : HEADER + 2 * (CHUNK + TAG)]
        + CONTAINER[HEADER : HEADER + CHUNK + TAG]
        + CONTAINER[HEADER + 2 * (CHUNK + TAG) :],
    ],
    ids=["cut-off", "cut-short", "left-out", "swapped"],
)
def test_no_chunk_can_be_left_out_or_swapped(altered: bytes) -> None:
    with pytest.raises(DamagedRecording):
        whole(altered)


def test_another_key_and_another_calls_name_open_nothing() -> None:
    with pytest.raises(DamagedRecording):
        whole(CONTAINER, key=new_key())
    with pytest.raises(DamagedRecording):
        whole(CONTAINER, name=OTHER_CALL)


@pytest.mark.parametrize("said", [0, 6, 8, CHUNK + 7])
def test_content_of_another_length_than_was_said_is_refused(said: int) -> None:
    with pytest.raises(ValueError, match="another length"):
        list(encrypt([b"content"], said, KEY, CALL))
