"""Tables of contacts as Google, Outlook and people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.contacts.contact import MAX_CONTACTS, ContactFileError, FileFault, RowFault
from callguard.contacts.file import read_contacts

Read = list[tuple[str, tuple[str, ...]]]

DOCTOR: Read = [("佐藤医院", ("0422-99-0001",))]


def read(data: bytes | str) -> Read:
    found = read_contacts(data.encode() if isinstance(data, str) else data)
    return [(contact.name, contact.numbers) for contact in found.contacts]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("名前,電話番号\n佐藤医院,0422-99-0001\n", DOCTOR),
        ("電話番号;氏名\n0422-99-0001;佐藤医院\n", DOCTOR),
        ("お名前\tけいたい電話\n佐藤医院\t0422-99-0001", DOCTOR),
        ("Name,Number\r\n佐藤医院,0422-99-0001\r\n", DOCTOR),
        ("sep=;\nName;TEL\n佐藤医院;0422-99-0001\n", DOCTOR),
        ("佐藤医院,0422-99-0001\n", DOCTOR),
        ("0422-99-0001,佐藤医院\n", DOCTOR),
        ("0422-99-0001\n", [("", ("0422-99-0001",))]),
        ('"佐藤\n医院","0422-99-0001"\n', [("佐藤 医院", ("0422-99-0001",))]),
        ("\n\n名前,電話番号\n\n佐藤医院,0422-99-0001\n", DOCTOR),
    ],
    ids=repr,
)
def test_a_plain_table_is_read(table: str, found: Read) -> None:
    assert read(table) == found


def test_googles_table_is_read() -> None:
    table = (
        "First Name,Middle Name,Last Name,Phonetic First Name,Organization Name,Notes,"
        "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,"
        "Phone 2 - Value\n"
        "花子,,山田,ハナコ,,memo,Home,x@example.invalid,Mobile,090-1234-5678 ::: 0422-99-0002,"
        "Work,+81 422 99 0001\n"
        "Hanako,,Yamada,,,,,,Mobile,+1 202-555-0123,,\n"
        ",,,,花屋,,,,Work,0422-99-0003,,\n"
    )
    assert read(table) == [
        ("山田 花子", ("090-1234-5678", "0422-99-0002", "+81 422 99 0001")),
        ("Hanako Yamada", ("+1 202-555-0123",)),
        ("花屋", ("0422-99-0003",)),
    ]


def test_outlooks_table_is_read() -> None:
    table = (
        "姓,名,会社名,会社の電話番号,自宅の電話番号,携帯電話,会社 FAX,携帯メール アドレス,Telex\r\n"
        "山田,花子,,0422-99-0001,,090-1234-5678,0422-99-0009,1234567,99\r\n"
    )
    assert read(table) == [("山田 花子", ("0422-99-0001", "090-1234-5678"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    assert read("名前,電話番号\n佐藤医院,0422-99-0001\n".encode(encoding)) == DOCTOR


@pytest.mark.parametrize(
    "cell", ['="0422990001"', '"=""0422990001"""', "0422990001", " 0422990001 "]
)
def test_what_spreadsheets_put_around_a_number_is_taken_off(cell: str) -> None:
    assert read(f"name,phone\na,{cell}\n") == [("a", ("0422990001",))]


def test_a_guarded_cell_is_read_without_its_guard() -> None:
    assert read("name,phone\n'=SUM(1),'+81 422 99 0001\n") == [("=SUM(1)", ("+81 422 99 0001",))]


def test_a_row_without_a_number_is_told_with_its_line() -> None:
    found = read_contacts(b"name,phone\na,\n\nb,0422990001\nc\nd," + b"1" * 41 + b"\n")
    assert [contact.line for contact in found.contacts] == [4]
    assert [(one.line, one.name, one.fault) for one in found.skipped] == [
        (2, "a", RowFault.NO_NUMBER),
        (5, "c", RowFault.NO_NUMBER),
        (6, "d", RowFault.NUMBER_TOO_LONG),
    ]


def test_a_field_without_end_is_told() -> None:
    found = read_contacts(b'name,phone\na,0422990001\n"' + b"x" * 200_000 + b"\nb,0422990002\n")
    assert found.contacts[0].name == "a"
    assert found.skipped[0].fault is RowFault.UNREADABLE


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.EMPTY),
        (b" \r\n\t", FileFault.EMPTY),
        (b"\x81" * 101, FileFault.ENCODING),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 10, FileFault.ENCODING),
        (b"PK\x03\x04\0\0\0\0", FileFault.ENCODING),
        (b"name,mail\na,b@example.invalid\n", FileFault.NOT_CONTACTS),
        (b"<html><body>Not found</body></html>", FileFault.NOT_CONTACTS),
        (b"a,0422990001\n" * (MAX_CONTACTS + 1), FileFault.TOO_MANY),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_holds_no_contacts_is_refused(data: bytes, fault: FileFault) -> None:
    with pytest.raises(ContactFileError) as caught:
        read_contacts(data)
    assert caught.value.fault is fault
    assert len(str(caught.value).splitlines()) == 1


@given(
    data=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore"))
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, b"name,phone\n" + data):
        try:
            found = read_contacts(whole)
        except ContactFileError:
            continue
        for contact in found.contacts:
            assert contact.name.replace("\u200d", "").isprintable()
            assert all(0 < len(number) <= 40 for number in contact.numbers)
