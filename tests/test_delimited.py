"""Tables in text files: read as spreadsheets write them, written so that none computes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.delimited import (
    EncodingFault,
    bare,
    decoded,
    guarded,
    heading_word,
    rows,
    written,
)

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_text_is_read_in_every_usual_encoding(encoding: str) -> None:
    assert decoded("名前,電話番号".encode(encoding)) == "名前,電話番号"


@pytest.mark.parametrize("data", [b"\0", b"a\0b", b"\x81", b"\xff\xfea", b"\xfe\xff\0\0"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(EncodingFault):
        decoded(data)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a;b\r\n1;2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a\tb,c\t\r1\t2", [(1, ["a", "b,c", ""]), (2, ["1", "2"])]),
        ("\n\na;b\n", [(3, ["a", "b"])]),
        ("sep=\na\n", [(1, ["sep="]), (2, ["a"])]),
        ("sep=;\na,b;c\n", [(2, ["a,b", "c"])]),
        ('"a;;;",b\n', [(1, ["a;;;", "b"])]),
        ('"a\nb",c\nd,e\n', [(1, ["a\nb", "c"]), (3, ["d", "e"])]),
        ("\n \na,b\n", [(3, ["a", "b"])]),
        ("", []),
        ("one\n", [(1, ["one"])]),
    ],
    ids=repr,
)
def test_rows_are_read_with_the_line_where_they_begin(
    text: str, found: list[tuple[int, list[str]]]
) -> None:
    assert list(rows(text)) == found


def test_a_row_without_end_is_told_and_not_read() -> None:
    assert (2, None) in list(rows('a,b\n"' + "x" * 200_000))


def test_headings_are_compared_without_what_makes_no_difference() -> None:
    assert heading_word("Phone 1 - Value") == "phone1value"
    assert heading_word(" Ｐｈｏｎｅ＿１ ") == "phone1"


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_a_formula_in_signs_of_either_width_is_text(sign: str) -> None:
    assert guarded(f"{sign}1+1") == f"'{sign}1+1"
    assert bare(f"'{sign}1+1") == f"{sign}1+1"


@given(cell=cells)
def test_no_written_cell_is_a_formula(cell: str) -> None:
    assert not guarded(cell).startswith((*"=+-@＝＋－＠", "\t", "\r", "\n"))
    if cell == cell.strip() and not cell.startswith(("'", '="')):
        assert bare(guarded(cell)) == cell


@given(table=st.lists(st.lists(cells, min_size=2, max_size=3), max_size=4))
def test_a_written_table_is_text_that_is_read(table: list[list[str]]) -> None:
    for line, row in rows(decoded(written(table))):
        assert line >= 1
        assert row is not None
