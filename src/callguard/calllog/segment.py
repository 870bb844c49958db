"""The form of a journal's file: a mark, then records, each with its length and a checksum; pure.

::

    CGJRNL1⏎ | length, 4 bytes, little endian | CRC-32 of the record, 4 bytes | record | length …

A record that was being written when the power failed is the last one and does not fit its length or
its checksum: reading ends there. Behind the last record there may be zeros: room made beforehand.
"""

import struct
from collections.abc import Iterable
from zlib import crc32

MARK = b"CGJRNL1\n"
"""What a file begins with; another version's has another mark."""

MAX_RECORD = 64 * 1024
"""Bytes of one record; a verdict takes about 400. A length beyond this is a torn one."""

_HEAD = struct.Struct("<II")

BEGINNING = len(MARK) + _HEAD.size


def frame(records: Iterable[bytes]) -> bytes:
    """Return *records* as they stand in a file, one after the other.

    Raises:
        ValueError: a record is empty or longer than ``MAX_RECORD``.

    """
    parts: list[bytes] = []
    for record in records:
        if not 0 < len(record) <= MAX_RECORD:
            raise ValueError(f"a record of {len(record)} bytes")
        parts += (_HEAD.pack(len(record), crc32(record)), record)
    return b"".join(parts)


def holds_records(beginning: bytes) -> bool:
    """Tell whether a file that begins so, with ``BEGINNING`` bytes, holds a record."""
    return any(beginning[len(MARK) :])


def read(data: bytes) -> tuple[list[bytes], bool]:
    """Return the records of a file, and whether it is whole: without a torn or damaged end."""
    if not data.startswith(MARK):
        return [], MARK.startswith(data)  # the power failed as it was made
    records: list[bytes] = []
    at = len(MARK)
    while at < len(data):
        if not any(data[at : at + _HEAD.size]):
            return records, data.count(0, at) == len(data) - at
        if at + _HEAD.size > len(data):
            return records, False
        length, checksum = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        record = data[at : at + length]
        if not 0 < length <= MAX_RECORD or len(record) < length or crc32(record) != checksum:
            return records, False
        records.append(record)
        at += length
    return records, True
