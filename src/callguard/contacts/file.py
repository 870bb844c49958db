"""Any file of contacts: which kind it is, and that it is not too large."""

from typing import BinaryIO

from .contact import MAX_BYTES, ContactFile, ContactFileError, FileFault
from .csv_file import read_csv
from .vcard import is_vcard, read_vcards


def read_contacts(source: bytes | BinaryIO) -> ContactFile:
    """Read a vCard or CSV file; what it is, its content says and not its name.

    Of a stream no more than ``MAX_BYTES`` and one byte is read.

    Raises:
        ContactFileError: it is empty, too large, or holds no contacts that can be read.

    """
    data = source if isinstance(source, bytes) else source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ContactFileError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB; export the contacts without "
            "pictures, or fewer at a time",
            FileFault.TOO_LARGE,
        )
    if not data.strip():
        raise ContactFileError("the file is empty", FileFault.EMPTY)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    return read_vcards(data) if is_vcard(data) else read_csv(data)
