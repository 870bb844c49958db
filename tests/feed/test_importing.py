"""Files of numbers, as people make them by hand and with Excel."""

from codecs import BOM_UTF8
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.errors import ImportRefused
from callguard.blocklist.listing import MAX_REFERENCE, Category, Terms
from callguard.feed.importing import NOTED_ROWS, SHOWN_FAULTS, Defaults, Rows, decode, read_rows

from .police import NOW, number

REFUND = Defaults(Category.REFUND)


def read(text: str, defaults: Defaults = REFUND, *, only_numbers: bool = False) -> Rows:
    return read_rows(text, defaults, NOW, only_numbers=only_numbers)


def listed(rows: Rows) -> set[int]:
    assert rows.faults == []
    return set(rows.everything())


def fault(text: str, defaults: Defaults = REFUND) -> str:
    """The only thing that is wrong with a file."""
    rows = read(text, defaults)
    [one] = rows.faults
    assert rows.fault_count == 1
    return str(one)


def only_terms(text: str, defaults: Defaults = REFUND) -> Terms:
    """The terms of a file whose rows are all on the same."""
    rows = read(text, defaults)
    assert rows.faults == []
    [terms] = rows.numbers
    return terms


class TestEncodings:
    TEXT = "番号,手口\r\n0422-99-0001,ニセ警察\r\n"

    @pytest.mark.parametrize(
        "data",
        [TEXT.encode(), BOM_UTF8 + TEXT.encode(), TEXT.encode("cp932")],
        ids=["UTF-8", "UTF-8 with a mark", "Shift_JIS"],
    )
    def test_what_japanese_programs_write_is_read(self, data: bytes) -> None:
        assert decode(data) == self.TEXT
        assert only_terms(decode(data)).category is Category.FAKE_POLICE

    def test_the_wave_of_a_range_is_read_in_either_encoding(self) -> None:
        three = {number(1), number(2), number(3)}
        assert listed(read(decode("0422-99-0001〜0422-99-0003".encode()))) == three
        # Windows has no 〜, and writes ～ for it.
        assert listed(read(decode("0422-99-0001～0422-99-0003".encode("cp932")))) == three

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_is_told(self, encoding: str) -> None:
        with pytest.raises(ImportRefused, match="UTF-16; save it as CSV UTF-8"):
            decode("number\n0422-99-0001\n".encode(encoding))

    def test_what_is_in_no_encoding_is_told(self) -> None:
        with pytest.raises(ImportRefused, match="neither in UTF-8 nor in Shift_JIS"):
            decode("number\n0422-99-0001,Café,\n".encode("latin-1"))


class TestColumns:
    def test_without_a_header_the_first_column_is_the_numbers(self) -> None:
        rows = read("0422-99-0001,somebody\n0422-99-0002,else\n")
        assert listed(rows) == {number(1), number(2)}
        assert rows.count == 2

    @pytest.mark.parametrize(
        "header",
        [
            "number,category,reference,until,simulated",
            "番号,手口,参照,期限,試行",
            "電話番号,手口,参照,期限,試行",
            " Number ,CATEGORY,Reference,until,Simulated",
        ],
    )
    def test_the_header_names_the_columns(self, header: str) -> None:
        terms = only_terms(f"{header}\n0422-99-0001,robocall,A-17,2027-05-31,yes\n")
        assert terms == Terms(
            Category.ROBOCALL, NOW, datetime(2027, 5, 31, 15, tzinfo=UTC), "A-17", simulated=True
        )

    def test_columns_may_stand_anywhere_and_may_be_unknown(self) -> None:
        rows = read("署,手口,番号\n武蔵野,還付金,0422-99-0001\n", Defaults())
        assert listed(rows) == {number(1)}
        assert rows.ignored == ("署",)

    def test_a_header_without_numbers_is_told(self) -> None:
        with pytest.raises(ImportRefused, match="no column number"):
            read("category,reference\nrefund,A\n")

    def test_a_column_that_is_named_twice_is_told(self) -> None:
        with pytest.raises(ImportRefused, match="twice"):
            read("number,番号\n0422-99-0001,0422-99-0002\n")

    @pytest.mark.parametrize("text", ["", "\n\n", " , \n"])
    def test_an_empty_file_is_told(self, text: str) -> None:
        with pytest.raises(ImportRefused, match="the file is empty"):
            read(text)

    def test_a_file_with_a_header_only_lists_nothing(self) -> None:
        rows = read("number\n")
        assert (rows.count, listed(rows)) == (0, set())

    def test_a_cell_without_an_end_is_no_csv(self) -> None:
        with pytest.raises(ImportRefused, match=r"line \d+: this is not CSV"):
            read("number\n" + "0" * 200_000 + "\n")

    def test_a_row_that_lacks_cells_takes_the_defaults(self) -> None:
        assert only_terms("number,category\n0422-99-0001\n").category is Category.REFUND


class TestNumbers:
    @pytest.mark.parametrize(
        "text", ["0422-99-0001", "０４２２－９９－０００１", "+81 422 99 0001", "0422(99)0001"]
    )
    def test_numbers_are_read_as_people_write_them(self, text: str) -> None:
        assert listed(read(text)) == {number(1)}

    @pytest.mark.parametrize("text", ["0422-99-0001..0422-99-0003", "0422990001〜0422990003"])
    def test_a_range_is_all_its_numbers(self, text: str) -> None:
        assert listed(read(text)) == {number(1), number(2), number(3)}

    def test_a_range_that_is_too_large_is_told(self) -> None:
        assert "line 1: " in fault("050-9998-0000..050-9999-9999")

    @pytest.mark.parametrize(
        ("text", "number"), [("110", 81110), ("#9110", 819110), ("１１９", 81119)]
    )
    def test_short_codes_stand_behind_japans_country_code(self, text: str, number: int) -> None:
        assert listed(read(text)) == {number}

    @pytest.mark.parametrize("text", ["422990001", "5099990001", "422990001.0", "422-99-0001"])
    def test_the_zero_that_excel_dropped_is_told_and_never_guessed(self, text: str) -> None:
        told = fault(f"number\n{text}\n")
        digits = text.replace("-", "").removesuffix(".0")
        assert told.startswith("line 2: ")
        assert f"if Excel has dropped the 0, it is 0{digits}, if it is abroad, +{digits}" in told

    @pytest.mark.parametrize("text", ["3.12E+09", "4.2299e+08", "５E+09"])
    def test_what_excel_has_rounded_is_told(self, text: str) -> None:
        assert "Excel has rounded the number" in fault(text)

    def test_a_row_without_a_number_is_told(self) -> None:
        assert fault("number,reference\n,A-17\n") == "line 2: no number"

    def test_a_number_that_cannot_exist_is_told(self) -> None:
        assert "the local exchange after 03" in fault("number\n0312345678\n")


class TestTerms:
    @pytest.mark.parametrize(
        ("word", "category"),
        [("ニセ警察", Category.FAKE_POLICE), ("還付金", Category.REFUND), ("アポ電", "precursor")]
        + [(one.value.upper(), one) for one in Category],
    )
    def test_categories_have_japanese_names_too(self, word: str, category: Category) -> None:
        terms = only_terms(f"number,category\n0422-99-0001,{word}\n")
        assert terms.category == category

    def test_a_category_that_does_not_exist_names_those_that_do(self) -> None:
        told = fault("number,category\n0422-99-0001,rude\n")
        assert told == f"line 2: there is no category 'rude'; there are {', '.join(Category)}"

    def test_without_any_category_each_row_is_wrong(self) -> None:
        assert "give --category" in fault("0422-99-0001", Defaults())

    def test_what_a_row_says_wins_over_the_defaults(self) -> None:
        later = NOW + timedelta(days=3)
        given = Defaults(Category.OTHER, "B-1", later, simulated=True)
        assert only_terms("number,category,reference,until\n0422-99-0001,,,\n", given) == Terms(
            Category.OTHER, NOW, later, "B-1", simulated=True
        )
        assert only_terms(
            "number,category,reference,simulated\n0422-99-0001,refund,A-1,no\n", given
        ) == Terms(Category.REFUND, NOW, later, "A-1", simulated=False)

    @pytest.mark.parametrize(
        ("text", "until"),
        [
            ("2026-11-24", datetime(2026, 11, 24, 15, tzinfo=UTC)),  # all of that day in Japan
            ("2027/1/5", datetime(2027, 1, 5, 15, tzinfo=UTC)),
            ("2027-05-31T12:00+09:00", datetime(2027, 5, 31, 3, tzinfo=UTC)),
            ("２０２７－０５－３１", datetime(2027, 5, 31, 15, tzinfo=UTC)),
        ],
    )
    def test_until_is_a_day_or_a_time(self, text: str, until: datetime) -> None:
        assert only_terms(f"number,until\n0422-99-0001,{text}\n").until == until

    @pytest.mark.parametrize("text", ["soon", "2027-02-30", "2027-05-31T12:00", "9999-12-31"])
    def test_what_is_no_end_is_told(self, text: str) -> None:
        assert "is not a day such as" in fault(f"number,until\n0422-99-0001,{text}\n")

    def test_an_end_that_has_passed_is_told(self) -> None:
        assert fault("number,until\n0422-99-0001,2026-11-23\n") == "line 2: '2026-11-23' has passed"

    def test_a_reference_that_is_too_long_is_told(self) -> None:
        told = fault(f"number,reference\n0422-99-0001,{'x' * (MAX_REFERENCE + 1)}\n")
        assert told == f"line 2: a reference of {MAX_REFERENCE + 1} characters; at most 200"

    def test_simulated_is_yes_or_no(self) -> None:
        assert only_terms("number,simulated\n0422-99-0001,はい\n").simulated
        assert "neither yes nor no" in fault("number,simulated\n0422-99-0001,perhaps\n")

    def test_of_a_retraction_only_the_numbers_count(self) -> None:
        rows = read("number,category\n0422-99-0001,rude\n", Defaults(), only_numbers=True)
        assert listed(rows) == {number(1)}


class TestRowsThatContradict:
    def test_the_same_row_twice_is_one(self) -> None:
        assert listed(read("0422-99-0001\n0422990001\n")) == {number(1)}

    @pytest.mark.parametrize(
        ("first", "second", "which"),
        [
            ("0422-99-0001", "0422-99-0001", 1),
            ("0422-99-0001..0422-99-0005", "0422-99-0003", 3),
            ("0422-99-0003", "0422-99-0001..0422-99-0005", 3),
            ("0422-99-0001..0422-99-0003", "0422-99-0003..0422-99-0005", 3),
        ],
    )
    def test_one_number_on_two_terms_is_told_with_both_lines(
        self, first: str, second: str, which: int
    ) -> None:
        rows = read(f"number,reference\n{first},A\n{second},B\n")
        assert [str(one) for one in rows.faults] == [
            f"line 3: +{number(which)} is in line 2 too, on other terms"
        ]
        assert rows.everything() == read(first).everything()  # nothing of the wrong row

    def test_terms_that_are_written_otherwise_are_the_same(self) -> None:
        text = "number,category\n0422-99-0001,還付金\n0422-99-0001, Refund\n"
        assert listed(read(text)) == {number(1)}


def test_the_lines_of_wrong_rows_are_those_of_an_editor() -> None:
    rows = read('number,reference\n0422-99-0001,"two\nlines"\n\nwrong,\n')
    assert [one.line for one in rows.faults] == [5]
    assert rows.count == 2


def test_of_many_wrong_rows_the_first_are_told_and_all_counted() -> None:
    rows = read("number\n" + "wrong\n" * 100)
    assert (len(rows.faults), rows.fault_count, rows.count) == (SHOWN_FAULTS, 100, 100)
    assert rows.faults[-1].line == SHOWN_FAULTS + 1


def test_the_reader_tells_how_far_it_is() -> None:
    lines: list[int] = []
    text = "number\n" + "0422-99-0001\n" * (2 * NOTED_ROWS + 1)
    read_rows(text, REFUND, NOW, noted=lines.append)
    assert lines == [NOTED_ROWS + 1, 2 * NOTED_ROWS + 1]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rows = read(text)
    except ImportRefused:
        return
    assert rows.fault_count <= rows.count


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with suppress(ImportRefused):
        decode(data)
