"""A recording on disk: encrypted in chunks, so that any part of it can be read by itself.

::

    8 bytes   magic: CGREC and the bytes 0, 0, 1
    8 bytes   length of the plain content, big-endian
    chunks    64 KiB of content each, the last one less or as much; behind each a tag of 16 bytes

Each chunk is ChaCha20-Poly1305 (RFC 8439) under a key that no other recording has. Its nonce is its
number, 11 bytes big-endian, and a byte that is 1 for the last chunk and 0 for the others: it is the
STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015), as age uses it. Chunks
can be neither swapped, left out nor cut off without its being seen. The header and the call's name
are authenticated with each chunk, so that no recording passes for another.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .errors import DamagedRecording

CHUNK = 64 * 1024
TAG = 16
_MAGIC = b"CGREC\0\0\1"
_HEADER = struct.Struct(">8sQ")


def encrypt(content: Iterable[bytes], length: int, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the container of *content*, which is *length* bytes in pieces of any size.

    ``key`` is 32 bytes, used for nothing else; ``name`` is the call's.

    Raises:
        ValueError: the content is of another length.

    """
    header = _HEADER.pack(_MAGIC, length)
    yield header
    cipher, bound = ChaCha20Poly1305(key), header + name.encode()
    held, number, last = bytearray(), 0, _last_chunk(length)
    for piece in content:
        held += piece
        while len(held) > CHUNK:
            yield cipher.encrypt(_nonce(number, last=False), bytes(held[:CHUNK]), bound)
            del held[:CHUNK]
            number += 1
    if number != last or number * CHUNK + len(held) != length:
        raise ValueError("the content is of another length than was said")
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), bound)


class Reader:
    """Reads a container from *file*; closing the file is its owner's.

    Raises DamagedRecording, here and in ``read``, if it is not what ``encrypt`` wrote under *key*
    for *name*.
    """

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        header = file.read(_HEADER.size)
        if len(header) != _HEADER.size or not header.startswith(_MAGIC):
            raise DamagedRecording("this is no recording of callguard, or a newer one's")
        self.length: int = _HEADER.unpack(header)[1]
        """Bytes of the plain content."""
        self._file = file
        self._cipher = ChaCha20Poly1305(key)
        self._bound = header + name.encode()

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the content from byte *begin* to before byte *end*, in pieces of 64 KiB at most."""
        end = min(end, self.length)
        for number in range(begin // CHUNK, -(-end // CHUNK)):
            chunk = self._chunk(number)
            offset = number * CHUNK
            yield chunk[max(0, begin - offset) : end - offset]

    def whole(self) -> bytes:
        """Return all of the content."""
        return b"".join(self.read(0, self.length))

    def __enter__(self) -> Self:
        """Close the file at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def _chunk(self, number: int) -> bytes:
        last = number == _last_chunk(self.length)
        self._file.seek(_HEADER.size + number * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        try:
            return self._cipher.decrypt(_nonce(number, last=last), sealed, self._bound)
        except InvalidTag as error:
            raise DamagedRecording("the recording is damaged, or its key is another") from error


def _last_chunk(length: int) -> int:
    return max(0, length - 1) // CHUNK


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
