"""vCards as telephones write them, and as attackers would."""

import base64
import quopri
import time

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from callguard.contacts.contact import (
    MAX_CONTACTS,
    MAX_NUMBERS,
    Contact,
    ContactFileError,
    FileFault,
    RowFault,
)
from callguard.contacts.vcard import read_vcards


def card(*lines: str | bytes, version: str = "3.0", end: str = "\r\n") -> bytes:
    whole = ["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]
    return end.encode().join(line if isinstance(line, bytes) else line.encode() for line in whole)


def one(data: bytes) -> Contact:
    found = read_vcards(data)
    (contact,) = found.contacts
    return contact


def read(data: bytes) -> tuple[str, tuple[str, ...]]:
    contact = one(data)
    return contact.name, contact.numbers


def sjis(text: str) -> str:
    return quopri.encodestring(text.encode("cp932")).decode().replace("\n", "")


def test_an_iphones_card() -> None:
    data = card(
        "PRODID:-//Apple Inc.//iPhone OS 18.1//EN",
        "N:山田;花子;;;",
        "FN:山田 花子",
        "X-PHONETIC-LAST-NAME:ヤマダ",
        "TEL;type=CELL;type=VOICE;type=pref:090-1234-5678",
        "item1.TEL:0422-99-0001",
        "item1.X-ABLabel:_$!<Other>!$_",
        "EMAIL;type=INTERNET:hanako@example.invalid",
    )
    assert read(data) == ("山田 花子", ("090-1234-5678", "0422-99-0001"))


def test_a_japanese_telephones_card_in_shift_jis() -> None:
    data = card(
        f"N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{sjis('山田')};{sjis('花子')}",
        "SOUND;X-IRMC-N;CHARSET=SHIFT_JIS:;;;;",
        "TEL;CELL;VOICE:09012345678",
        version="2.1",
    )
    assert read(data) == ("山田 花子", ("09012345678",))


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "euc_jp", "iso2022_jp"])
def test_an_encoding_that_is_named_is_used(encoding: str) -> None:
    charset = {"cp932": "Shift_JIS", "iso2022_jp": "ISO-2022-JP"}.get(encoding, encoding)
    charset = charset.replace("euc_jp", "EUC-JP").upper()
    line = f"FN;CHARSET={charset}:".encode() + "能登 表".encode(encoding)
    assert read(card(line, "TEL:0422990001", version="2.1")) == ("能登 表", ("0422990001",))


def test_shift_jis_that_nobody_names_is_found_out() -> None:
    assert read(card(b"FN:" + "ソニー".encode("cp932"), "TEL:0422990001"))[0] == "ソニー"


def test_an_encoding_named_wrongly_does_no_harm() -> None:
    line = b"FN;CHARSET=SHIFT_JIS;ENCODING=8BIT:" + "佐藤医院".encode()
    name = read(card(line, "TEL:0422990001", version="2.1"))[0]
    assert name  # something is shown, and the number is there
    line = "FN;CHARSET=punycode:佐藤医院".encode()
    assert read(card(line, "TEL:0422990001"))[0] == "佐藤医院"


def test_quoted_printable_goes_on_in_the_next_lines() -> None:
    encoded = quopri.encodestring("長い名前の歯科医院の受付".encode() * 2).decode()
    assert "=\n" in encoded
    line = "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + encoded.replace("\n", "\r\n")
    data = card(line, "TEL;WORK:0422990001", version="2.1")
    assert read(data) == ("長い名前の歯科医院の受付" * 2, ("0422990001",))


def test_a_line_folded_in_the_middle_of_a_character_is_joined() -> None:
    whole = "FN:山田 花子".encode()
    for place in range(4, len(whole)):
        folded = whole[:place] + b"\r\n " + whole[place:]
        assert read(card(folded, "TEL:0422990001"))[0] == "山田 花子"


def test_a_card_of_version_4() -> None:
    data = card(
        "FN:Dr\\. Smith\\, Jones\\; Partners\\nTokyo",
        'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+81-422-99-0001;ext=12',
        'TEL;VALUE=uri;TYPE="a:b":tel:+1-202-555-0123',
        version="4.0",
    )
    assert read(data) == (
        "Dr. Smith, Jones; Partners Tokyo",
        ("+81-422-99-0001", "+1-202-555-0123"),
    )


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Yamada;Hanako;;;"], "Hanako Yamada"),
        (["N:山田;花子"], "山田 花子"),
        (["N:;花子;;;"], "花子"),
        (["N:a\\;b;c"], "c a;b"),
        (["ORG:株式会社花屋;営業部"], "株式会社花屋 営業部"),
        (["FN:", "ORG:花屋"], "花屋"),
        ([], ""),
        (["FN:👵🏻 おばあちゃん 👨‍👩‍👧"], "👵🏻 おばあちゃん 👨‍👩‍👧"),
        (["FN:a\tb\x07c"], "a b c"),
        ([f"FN:{'長' * 300}"], "長" * 99 + "…"),
    ],
)
def test_a_name_is_put_together(lines: list[str], name: str) -> None:
    assert read(card(*lines, "TEL:0422990001"))[0] == name


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_file_of_many_cards_tells_where_each_stands(end: str) -> None:
    data = card("FN:a", "TEL:0422990001", end=end) + card("FN:b", "TEL:0422990002", end=end)
    found = read_vcards(b"\xef\xbb\xbf" + data)
    assert [(each.name, each.line) for each in found.contacts] == [("a", 1), ("b", 6)]


def test_a_card_without_a_number_is_passed_over_and_told() -> None:
    found = read_vcards(card("FN:a") + card("FN:b", "TEL:", "TEL: "))
    assert found.contacts == ()
    assert [(one.name, one.fault) for one in found.skipped] == [
        ("a", RowFault.NO_NUMBER),
        ("b", RowFault.NO_NUMBER),
    ]


def test_a_card_that_is_cut_off_is_not_believed() -> None:
    data = card("FN:a", "TEL:0422990001") + b"BEGIN:VCARD\r\nFN:b\r\nTEL:04229"
    found = read_vcards(data)
    assert [contact.name for contact in found.contacts] == ["a"]
    assert [(one.line, one.name, one.fault) for one in found.skipped] == [
        (6, "b", RowFault.UNFINISHED)
    ]


def test_a_card_within_a_card_is_not_its_owner() -> None:
    agent = ["AGENT:", "BEGIN:VCARD", "FN:secretary", "TEL:0422990009", "END:VCARD"]
    assert read(card("FN:boss", *agent, "TEL:0422990001")) == ("boss", ("0422990001",))


def test_what_is_too_long_or_too_many_is_told() -> None:
    found = read_vcards(card("FN:a", f"TEL:{'1' * 41}", "TEL:0422990001"))
    assert (found.contacts[0].numbers, found.skipped[0].fault) == (
        ("0422990001",),
        RowFault.NUMBER_TOO_LONG,
    )
    numbers = [f"TEL:04229900{n:02}" for n in range(MAX_NUMBERS + 5)]
    found = read_vcards(card("FN:a", *numbers, *numbers))
    assert len(found.contacts[0].numbers) == MAX_NUMBERS
    assert [one.fault for one in found.skipped] == [RowFault.TOO_MANY_NUMBERS]


def test_more_cards_than_anybody_looks_through_are_refused() -> None:
    with pytest.raises(ContactFileError) as caught:
        read_vcards(card("TEL:0422990001") * (MAX_CONTACTS + 1))
    assert caught.value.fault is FileFault.TOO_MANY
    assert len(read_vcards(card("TEL:0422990001") * MAX_CONTACTS).contacts) == MAX_CONTACTS


@pytest.mark.parametrize("folded", [True, False])
def test_pictures_are_passed_over(folded: bool) -> None:
    picture = base64.b64encode(bytes(range(256)) * 8000).decode()
    if folded:
        picture = "\r\n ".join(picture[at : at + 74] for at in range(0, len(picture), 74))
    data = card(f"PHOTO;ENCODING=b;TYPE=JPEG:{picture}", "FN:a", "TEL:0422990001")
    assert read(data) == ("a", ("0422990001",))


def test_a_line_without_end_does_not_swallow_the_file() -> None:
    endless = "FN;ENCODING=QUOTED-PRINTABLE:" + "=41" * 4000 + "=\r\n" + "=41=\r\n" * 100
    found = read_vcards(card(endless) + card("FN:b", "TEL:0422990001"))
    assert [contact.name for contact in found.contacts][-1] == "b"
    folds = "FN:" + "\r\n x" * 200_000
    begun = time.process_time()
    read_vcards(card(folds, "TEL:0422990001"))
    assert time.process_time() - begun < 30  # linear: a file of 5 MB takes a second at most


def test_another_reader_agrees() -> None:
    data = card("N:Yamada;Hanako;;;", "FN:Hanako Yamada", "TEL;TYPE=CELL:090-1234-5678")
    theirs = vobject.readOne(data.decode())
    assert read(data) == (theirs.fn.value, (theirs.tel.value,))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (b"BEGIN:VCARD\r\n" + data, card(b"FN:" + data, b"TEL:" + data)):
        try:
            found = read_vcards(whole)
        except ContactFileError:
            continue
        for contact in found.contacts:
            assert contact.name.replace("\u200d", "").isprintable()
            assert len(contact.name) <= 100
            assert all(len(number) <= 40 for number in contact.numbers)


lines = st.sampled_from(
    [
        "BEGIN:VCARD",
        "END:VCARD",
        "FN:a",
        " b",
        "=",
        "TEL:1",
        "N;ENCODING=QUOTED-PRINTABLE:=",
        ":",
        "",
    ]
)


@given(st.lists(lines, max_size=12))
def test_lines_in_any_order_are_read_or_refused(chosen: list[str]) -> None:
    try:
        found = read_vcards("\r\n".join(chosen).encode())
    except ContactFileError:
        return
    assert len(found.contacts) + len(found.skipped) >= 1
