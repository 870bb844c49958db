"""The question that a channel asks, read from AGI arguments."""

import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.question import NAMES, Question, QuestionError, read_question
from callguard.numbers import CallerID, Origin

from .dialplan import LINE, arguments


def test_a_call_as_the_dialplan_describes_it() -> None:
    question = read_question(
        arguments(
            line=LINE,
            called="<sip:0422990000@127.0.0.1>",
            pres="prohib_not_screened",
            emergency="",
            number="0422992222",
            from_='"Anonymous" <sip:anonymous@anonymous.invalid>',
            privacy="id",
            pai="<sip:0422992222@127.0.0.1>",
            pai2="<tel:+81422992222>",
        )
    )
    assert question == Question(
        line=LINE,
        caller_id=CallerID(
            number="0422992222",
            presentation="prohib_not_screened",
            from_header='"Anonymous" <sip:anonymous@anonymous.invalid>',
            asserted=("<sip:0422992222@127.0.0.1>", "<tel:+81422992222>"),
            privacy="id",
        ),
    )
    assert question.line_number() == 81422990000
    call = question.call()
    assert call.caller.origin is Origin.WITHHELD
    assert call.caller.number is None


def test_all_in_one_argument_or_one_in_each_is_the_same() -> None:
    words = arguments(line=LINE, number="0422992222", pres="allowed", from_="a&b=c", pai="&")
    assert read_question(["&".join(words)]) == read_question(words)
    assert read_question(["&".join(words[:2]), *words[2:]]) == read_question(words)


def test_headers_that_the_call_had_not_are_absent() -> None:
    question = read_question(arguments(line=LINE, pai="", pai2="", from_="", number=""))
    assert question == Question(line=LINE)


@pytest.mark.parametrize("called", ["<sip:0422990000@127.0.0.1:5060>", "sip:0422990000@x", LINE])
def test_the_called_party_counts_where_no_line_is_configured(called: str) -> None:
    assert read_question(arguments(line="", called=called)).line_number() == 81422990000


def test_the_configured_line_counts_before_the_called_party() -> None:
    question = read_question(arguments(line=LINE, called="<sip:0422993333@127.0.0.1>"))
    assert question.line_number() == 81422990000


@pytest.mark.parametrize("called", ["", "anonymous", "<sip:127.0.0.1>", "${EXTEN}"])
def test_a_called_party_that_is_no_number_is_no_line(called: str) -> None:
    assert read_question(arguments(called=called)).line_number() is None


@pytest.mark.parametrize(
    "header",
    [
        '"${SHELL(reboot)}" <sip:0422992222@x>',
        "a,b=c;d\r\nX-Header: y",
        '"\\"" <sip:x@y>',
        "還付金",
        "x" * 65_536,
        ":",
        "\0",
    ],
    ids=lambda header: repr(header[:20]),
)
def test_whatever_a_stranger_writes_into_a_header_arrives_as_it_was(header: str) -> None:
    (word,) = arguments(from_=header)
    assert "," not in word
    assert read_question([word]).caller_id.from_header == header


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    word = "number=" + b64encode(b":0422\xff992222").decode()
    assert read_question([word]).caller_id.number == "0422\ufffd992222"


@pytest.mark.parametrize(
    ("value", "dialled"),
    [
        ("1795489200", datetime(2026, 11, 24, 3, 0, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("99999999999", datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("１７９５", None),
        ("9" * 12, None),
        ("1795489200.5", None),
    ],
)
def test_when_the_line_last_dialled_an_emergency_number(
    value: str, dialled: datetime | None
) -> None:
    question = read_question(arguments(emergency=value))
    assert question.emergency_dialled_at == dialled
    assert question.call().emergency_dialled_at == dialled


def test_arguments_of_a_later_dialplan_are_left_to_a_later_version() -> None:
    assert read_question([*arguments(line=LINE), "weather=fine"]) == Question(line=LINE)


def test_the_last_of_a_name_counts() -> None:
    question = read_question([*arguments(number="0422992222"), *arguments(number="0422993333")])
    assert question.caller_id.number == "0422993333"


def test_an_argument_without_a_name_is_a_fault_of_the_dialplan() -> None:
    with pytest.raises(QuestionError, match="an AGI argument has no name"):
        read_question([*arguments(line=LINE), "0422992222"])


@pytest.mark.parametrize("value", ["0422992222", "A", "０４２２", "\ufffd"], ids=ascii)
@pytest.mark.parametrize("name", ["line", "called", "number", "from", "privacy", "pai", "pai2"])
def test_a_value_that_is_not_base64_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(QuestionError) as refused:
        read_question([f"{name}={value}"])
    assert str(refused.value) == f"AGI argument {name} is not base64"


@given(st.lists(st.text(max_size=20) | st.sampled_from(["number=", "line=Og==", "pai=%"])))
def test_any_arguments_are_a_question_or_a_fault_of_the_dialplan(words: list[str]) -> None:
    try:
        question = read_question(words)
    except QuestionError:
        return
    question.line_number()
    question.call()


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=20))
def test_any_caller_is_classified(number: bytes, sender: bytes, asserted: bytes) -> None:
    fields = {"number": number, "from": sender, "pai": asserted, "called": number}
    question = read_question(
        f"{name}={b64encode(b':' + value).decode()}" for name, value in fields.items()
    )
    question.line_number()
    assert question.call().caller.origin in Origin


SCREENING = Path(__file__).parents[2] / "asterisk-config" / "common" / "screening.conf"


def test_the_dialplan_asks_in_the_usual_order() -> None:
    text = SCREENING.read_text(encoding="utf-8")
    (question,) = re.findall(r"CALLGUARD_QUESTION=(.+?&pai2=)", text)
    assert tuple(re.findall(r"(?:^|&)(\w+)=", question)) == NAMES


WORDS = st.fixed_dictionaries(
    {
        name: st.sampled_from(["", "1", "=", "Og==", "Og", "OjA0MjI5OTIyMjI=", "OmE7dmVyc3RhdD1i"])
        | st.text("01:;=&abZ\n０", max_size=12)
        for name in NAMES
    }
)


def read(words: Iterable[str]) -> Question | str:
    try:
        return read_question(words)
    except QuestionError as error:
        return str(error)


@given(WORDS)
def test_the_usual_question_is_read_like_any_other(words: dict[str, str]) -> None:
    usual = [f"{name}={words[name]}" for name in NAMES]
    assert read(usual) == read([*usual, "weather=fine"])
