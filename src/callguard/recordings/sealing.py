"""Encrypts what Asterisk has recorded, and removes it in clear.

In this order: the recording, its key, then the file in clear goes. Whatever is killed, and
whenever, one of the two is there, and what is there twice is removed the next time.
"""

from collections.abc import Iterator
from typing import BinaryIO

from .container import encrypt
from .keys import NodeKey, new_key, wrap
from .shelf import Flaw, Kind, Shelf, Waiting
from .sound import BYTES_A_SECOND, HEADER_BYTES, has_speech, header, is_wav
from .spool import Left

SHORTEST_BYTES = BYTES_A_SECOND // 2
"""Half a second: nothing that was said is shorter."""

_PIECE = 64 * 1024


def purpose(call_id: str) -> str:
    """Return what a recording's key is wrapped for."""
    return f"recording {call_id}"


def seal(left: Left, shelf: Shelf, key: NodeKey, flaw: Flaw) -> bool:
    """Encrypt *left* onto the shelf and remove it; tell whether there was anything to keep.

    A message in which nobody says anything is not kept.

    Raises:
        NoRoom: the disk would be full; the file stays.
        OSError: the disk fails; the file stays.

    """
    kept = False
    if not shelf.is_waiting(left.call_id):
        with left.open() as file:
            kept = _seal(file, left, shelf, key, flaw)
    left.path.unlink(missing_ok=True)
    return kept


def _seal(file: BinaryIO, left: Left, shelf: Shelf, key: NodeKey, flaw: Flaw) -> bool:
    length = (left.size - HEADER_BYTES) // 2 * 2
    if not is_wav(file.read(HEADER_BYTES)) or length < SHORTEST_BYTES:
        return False
    if left.kind is Kind.MESSAGE and not has_speech(file.read(length)):
        return False
    own = new_key()
    file.seek(HEADER_BYTES)
    content = _content(file, length)
    shelf.put(left.call_id, encrypt(content, HEADER_BYTES + length, own, left.call_id), left.size)
    shelf.put_waiting(
        Waiting(
            left.call_id,
            left.kind,
            flaw,
            round(length / BYTES_A_SECOND),
            wrap(own, key.key, purpose(left.call_id)),
            key.name,
        )
    )
    return True


def _content(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Yield the sound behind a header that is right."""
    yield header(length)
    while length > 0:
        piece = file.read(min(_PIECE, length))
        if not piece:
            raise OSError("it has become shorter while it was read")
        length -= len(piece)
        yield piece
