"""Links as addresses and QR codes."""

from xml.etree import ElementTree as ET

from callguard.people.links import join_link, qr_svg, qr_text


def test_a_link_stands_below_the_portal() -> None:
    assert join_link("https://portal.example.jp/", "abc") == "https://portal.example.jp/join/abc"


def test_a_picture_is_an_svg_element_with_a_title_and_no_style() -> None:
    picture = ET.fromstring(qr_svg("https://portal.example.jp/join/abc", title="招待 <&>"))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.findtext("{http://www.w3.org/2000/svg}title") == "招待 <&>"
    assert "style" not in picture.attrib


def test_a_terminal_gets_blocks() -> None:
    assert len(qr_text("http://localhost:8080/join/abc").splitlines()) > 15
