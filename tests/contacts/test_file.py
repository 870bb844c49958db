"""A file of contacts: by its content, and never more of it than is allowed."""

import io

import pytest

from callguard.contacts.contact import MAX_BYTES, ContactFileError, FileFault
from callguard.contacts.file import read_contacts

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:佐藤医院\r\nTEL:0422-99-0001\r\nEND:VCARD\r\n"


class Endless(io.RawIOBase):
    """A card that goes on for ever, and knows how much of it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.taken += size
        return (b"BEGIN:VCARD\r\nPHOTO:" + b"A" * size)[:size]


def test_fifty_megabytes_are_refused_without_being_read() -> None:
    endless = Endless()
    with pytest.raises(ContactFileError) as caught:
        read_contacts(endless)  # type: ignore[arg-type]
    assert caught.value.fault is FileFault.TOO_LARGE
    assert endless.taken == MAX_BYTES + 1
    assert "export the contacts without pictures" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_vcard_is_known_by_its_content(encoding: str) -> None:
    (contact,) = read_contacts(CARD.encode(encoding)).contacts
    assert (contact.name, contact.numbers) == ("佐藤医院", ("0422-99-0001",))


def test_a_stream_is_read() -> None:
    (contact,) = read_contacts(io.BytesIO(CARD.lower().replace("fn", "FN").encode())).contacts
    assert contact.numbers == ("0422-99-0001",)
