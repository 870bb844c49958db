"""Forms as people fill them in, and as strangers send them."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Request
from hypothesis import given
from hypothesis import strategies as st

from callguard.portal.form import MAX_FIELDS, BadForm, Form


def form(**fields: str | list[str]) -> Form:
    return Form({name: [v] if isinstance(v, str) else v for name, v in fields.items()})


def fault(read: Form, name: str) -> str:
    return read.faults[name].key.rpartition(".")[2]


# Texts.


def test_a_text_is_taken_without_the_blanks_around_it() -> None:
    assert form(name="　さくら医院 ").text("name", most=100) == "さくら医院"


def test_a_name_in_emoji_is_a_name() -> None:
    assert form(name="👵🏻👨‍👩‍👧❤️").text("name", most=100) == "👵🏻👨‍👩‍👧❤️"


def test_a_text_of_several_lines_keeps_them_where_it_may_have_several() -> None:
    assert form(note="one\r\ntwo").text("note", most=100, lines=True) == "one\ntwo"
    single = form(note="one\r\ntwo")
    assert single.text("note", most=100) == ""
    assert fault(single, "note") == "unreadable"


def test_what_is_missing_is_said_where_it_is_needed() -> None:
    empty = form()
    assert empty.text("note", most=10, needed=False) == ""
    assert empty.good()
    assert empty.text("name", most=10) == ""
    assert not empty.good()
    assert fault(empty, "name") == "missing"


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    long = form(name="あ" * 11)
    assert long.text("name", most=10) == ""
    assert (fault(long, "name"), long.faults["name"].values) == ("too_long", {"most": 10, "n": 11})
    assert long.typed("name") == "あ" * 11


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x7f", "\x85", "\u202e", "\u2066", "\ud800"])
def test_a_text_with_signs_that_nobody_types_is_refused(sign: str) -> None:
    read = form(name=f"a{sign}b")
    assert read.text("name", most=10) == ""
    assert fault(read, "name") == "unreadable"


def test_a_secret_is_taken_as_it_was_typed() -> None:
    assert form(password=" two  blanks ").secret("password", most=100) == " two  blanks "


# Choices and numbers.


def test_a_choice_is_one_of_those_that_there_are() -> None:
    assert form(for_="today").choice("for_", ("always", "today")) == "today"
    other = form(for_="never")
    assert other.choice("for_", ("always", "today")) == "always"
    assert fault(other, "for_") == "no_choice"
    assert form().choice("for_", ("always", "today"), default="today") == "today"


def test_several_are_chosen() -> None:
    countries = form(country=["US", "FR", "US"])
    assert countries.many("country", ("US", "FR", "DE")) == ("US", "FR")
    other = form(country=["US", "XX"])
    assert other.many("country", ("US", "FR")) == ()
    assert fault(other, "country") == "no_choice"


def test_a_box_is_ticked_or_not() -> None:
    assert form(sure="on").ticked("sure")
    assert not form().ticked("sure")
    other = form(sure="maybe")
    assert not other.ticked("sure")
    assert not other.good()


@pytest.mark.parametrize(("typed", "number"), [("7", 7), (" 30 ", 30), ("３０", 30), ("007", 7)])
def test_a_whole_number_is_read_as_people_write_it(typed: str, number: int) -> None:
    assert form(days=typed).whole("days", 1, 30) == number


@pytest.mark.parametrize("typed", ["0", "31", "-1", "1.5", "1e1", "٣", "days", "9" * 5000])
def test_a_number_that_is_none_says_from_where_to_where(typed: str) -> None:
    read = form(days=typed)
    read.whole("days", 1, 30)
    assert read.faults["days"].values == {"low": 1, "high": 30}


# What no page of ours sends.


def test_a_field_that_nobody_named_is_refused() -> None:
    read = form(name="a", role="manager")
    read.text("name", most=10)
    with pytest.raises(BadForm, match="does not know"):
        read.good()


def test_a_field_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadForm, match="twice"):
        form(name=["a", "b"]).text("name", most=10)


def body_of(content: bytes, kind: str) -> Request:
    stream = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
    stream.feed_data(content)
    stream.feed_eof()
    headers = {"Content-Type": kind, "Content-Length": str(len(content))}
    return make_mocked_request("POST", "/", headers=headers, payload=stream)


async def sent(content: bytes, *, most: int = 10_000, upload: int = 0, kind: str = "") -> Form:
    kind = kind or "application/x-www-form-urlencoded"
    return await Form.read(body_of(content, kind), most, upload)


async def test_a_form_is_read() -> None:
    read = await sent(b"name=%E3%81%95%E3%81%8F%E3%82%89&note=&csrf=x")
    assert read.text("name", most=10) == "さくら"
    assert read.text("note", most=10, needed=False) == ""
    assert read.good()


@pytest.mark.parametrize(
    "content",
    [
        b"name=%ff",
        b"name=%ED%A0%80",
        "name=さくら".encode(),
        b"name=%E3%81",
        b"name",
        b"&&",
        b"=&=",
        b"a=1&" * (MAX_FIELDS + 1),
        quote("n" * 101).encode() + b"=1",
    ],
)
async def test_bytes_that_are_no_form_are_refused(content: bytes) -> None:
    with pytest.raises(BadForm):
        (await sent(content, most=10**6)).good()


async def test_a_form_that_is_too_large_is_not_read_to_its_end() -> None:
    with pytest.raises(BadForm) as caught:
        await sent(b"name=" + b"a" * 10_000)
    assert caught.value.too_large


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
async def test_a_form_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(BadForm):
        await sent(b'{"name": "a"}', kind=kind)


# Files.


def parts(fields: Mapping[str, str], **files: tuple[str, bytes]) -> tuple[bytes, str]:
    """Return a body of several parts and its kind, as a browser makes them."""
    edge = "----edge"
    body = b""
    for name, value in fields.items():
        body += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        body += value.encode() + b"\r\n"
    for name, (filename, content) in files.items():
        body += (
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        body += content + b"\r\n"
    return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


async def test_a_file_is_read_with_the_fields_beside_it() -> None:
    body, kind = parts({"list": "allowed"}, contacts=("連絡先.csv", b"a,b\r\n\x00\xff"))
    read = await sent(body, upload=1_000, kind=kind)
    file = read.upload("contacts")
    assert file is not None
    assert (file.name, file.content) == ("連絡先.csv", b"a,b\r\n\x00\xff")
    assert read.choice("list", ("allowed", "blocked")) == "allowed"
    assert read.good()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\x\\\\a.vcf", "a.vcf"),
        ("/a/b/", ""),
        ("x" * 300, "x" * 100),
    ],
)
async def test_a_files_name_has_no_folder(given: str, shown: str) -> None:
    body, kind = parts({}, contacts=(given, b"x"))
    file = (await sent(body, upload=1_000, kind=kind)).upload("contacts")
    assert file is not None
    assert file.name == shown


async def test_an_empty_file_is_none() -> None:
    body, kind = parts({}, contacts=("", b""))
    read = await sent(body, upload=1_000, kind=kind)
    assert read.upload("contacts") is None
    assert fault(read, "contacts") == "no_file"


async def test_a_file_that_is_too_large_is_not_read_to_its_end() -> None:
    body, kind = parts({}, contacts=("a.vcf", b"x" * 1_001))
    with pytest.raises(BadForm) as caught:
        await sent(body, upload=1_000, kind=kind)
    assert caught.value.too_large


async def test_a_file_where_none_is_asked_for_is_refused() -> None:
    body, kind = parts({}, contacts=("a.vcf", b"x"))
    with pytest.raises(BadForm):
        await sent(body, kind=kind)
    read = await sent(body, kind=kind, upload=1_000)
    with pytest.raises(BadForm, match="does not know"):
        read.good()


@given(st.binary(max_size=200))
async def test_whatever_bytes_come_give_a_form_or_a_refusal(content: bytes) -> None:
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=----edge")
    for kind in kinds:
        for body in (content, b"------edge\r\n" + content + b"\r\n------edge--\r\n"):
            try:
                read = await sent(body, upload=1_000, kind=kind)
                read.text("name", most=100, needed=False)
                read.good()
            except BadForm:
                pass
