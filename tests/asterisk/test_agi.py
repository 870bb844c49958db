"""The AGI protocol: what Asterisk says, what callguard answers, and what nobody may say."""

from collections.abc import Iterable
from itertools import count, pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.agi import (
    MAX_COMMAND,
    MAX_ENVIRONMENT,
    MAX_VARIABLES,
    AGIProtocol,
    Environment,
    LocalProtocolError,
    RemoteProtocolError,
    State,
    quote,
)

ENVIRONMENT = b"agi_network: yes\nagi_request: agi://127.0.0.1/screen\nagi_arg_1: pres=allowed\n\n"


class Conversation:
    """One call, told from Asterisk's side."""

    def __init__(self) -> None:
        self.protocol = AGIProtocol()

    def hears(self, data: bytes) -> Environment | None:
        return self.protocol.receive_data(data)

    def asked(self, data: bytes) -> Environment:
        """Hear *data*, which is an environment to its end."""
        environment = self.hears(data)
        assert environment is not None
        return environment

    def answered(self) -> "Conversation":
        """Go on to where the command has been given."""
        self.hears(ENVIRONMENT)
        self.protocol.command("EXEC", "MSet", "A=1")
        return self

    def assert_refuses(self, data: bytes, why: str) -> None:
        with pytest.raises(RemoteProtocolError, match=why):
            self.hears(data)
        assert self.protocol.state is State.CLOSED
        assert self.hears(ENVIRONMENT) is None


@pytest.fixture
def call() -> Conversation:
    return Conversation()


def in_chunks(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


def test_a_conversation(call: Conversation) -> None:
    assert call.asked(ENVIRONMENT).variables == {
        "agi_network": "yes",
        "agi_request": "agi://127.0.0.1/screen",
        "agi_arg_1": "pres=allowed",
    }
    assert call.protocol.command("EXEC", "MSet", "A=1,B=2") == b"EXEC MSet A=1,B=2\n"
    call.protocol.receive_eof()
    assert call.protocol.state is State.CLOSED


def test_a_conversation_byte_by_byte(call: Conversation) -> None:
    *before, environment = [call.hears(bytes([byte])) for byte in ENVIRONMENT]
    assert set(before) == {None}
    assert environment == Environment(ENVIRONMENT[:-1].decode())


class TestEnvironment:
    def test_arguments_are_in_order_and_end_at_the_first_that_is_missing(
        self, call: Conversation
    ) -> None:
        environment = call.asked(
            b"agi_network: yes\nagi_arg_2: b\nagi_arg_1: a\nagi_arg_10: j\nagi_arg_4: d\n\n"
        )
        assert environment.arguments() == ["a", "b"]

    def test_an_argument_keeps_its_spaces_and_colons(self, call: Conversation) -> None:
        environment = call.asked(b"agi_network: yes\nagi_arg_1:  a: b \nagi_arg_2: \n\n")
        assert environment.arguments() == [" a: b ", ""]

    def test_an_argument_inside_a_value_is_none(self, call: Conversation) -> None:
        environment = call.asked(b"agi_callerid: agi_arg_1: x\n\n")
        assert environment.arguments() == []

    def test_the_last_of_a_name_counts(self, call: Conversation) -> None:
        environment = call.asked(b"agi_arg_1: a\nagi_arg_1: b\n\n")
        assert environment.variables == {"agi_arg_1": "b"}

    def test_a_value_may_be_empty_or_hold_colons(self, call: Conversation) -> None:
        environment = call.asked(b"agi_rdnis:\nagi_request: agi://[::1]:4573/screen\n\n")
        assert environment.variables == {
            "agi_rdnis": "",
            "agi_request": "agi://[::1]:4573/screen",
        }

    def test_bytes_that_are_not_utf8_are_replaced(self, call: Conversation) -> None:
        environment = call.asked(b"agi_calleridname: \x83\x51\n\n")
        assert environment.variables == {"agi_calleridname": "\ufffdQ"}

    def test_a_line_of_10_000_bytes_is_read_whole(self, call: Conversation) -> None:
        environment = call.asked(b"agi_callerid: " + b"0" * 10_000 + b"\n\n")
        assert environment.variables == {"agi_callerid": "0" * 10_000}

    @pytest.mark.parametrize("step", [MAX_ENVIRONMENT * 2, MAX_ENVIRONMENT + 1, 1000, 7])
    def test_one_of_the_greatest_length_is_read(self, call: Conversation, step: int) -> None:
        data = b"agi_a: ".ljust(MAX_ENVIRONMENT, b"x") + b"\n\n"
        *before, last = [
            call.hears(data[begin : begin + step]) for begin in range(0, len(data), step)
        ]
        assert set(before) <= {None}
        assert last is not None

    @pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
    def test_one_byte_more_is_refused(self, call: Conversation, end: bytes) -> None:
        data = b"agi_a: ".ljust(MAX_ENVIRONMENT + 1, b"x")
        call.assert_refuses(data + (end or b"x"), "environment longer than 65536 bytes")

    @pytest.mark.parametrize("line", [b"agi_a: 1\n", b"agi_" + b"x" * 10_000, b"agi_a: \xff\xff\n"])
    def test_one_without_end_is_refused(self, call: Conversation, line: bytes) -> None:
        while len(line) * 2 <= MAX_ENVIRONMENT:
            assert call.hears(line) is None
            line *= 2
        call.assert_refuses(line * 2, "environment longer than 65536 bytes")

    def test_as_many_variables_as_allowed_are_read(self, call: Conversation) -> None:
        lines = b"".join(b"agi_arg_%d: x\n" % n for n in range(1, MAX_VARIABLES + 1))
        environment = call.asked(lines + b"\n")
        assert len(environment.arguments()) == MAX_VARIABLES

    def test_one_variable_more_is_refused(self, call: Conversation) -> None:
        call.assert_refuses(b"agi_a: x\n" * (MAX_VARIABLES + 1) + b"\n", "more than 160 variables")

    @pytest.mark.parametrize(
        "data",
        [
            b"GET / HTTP/1.1\r\nHost: callguard\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)),
            b"INVITE sip:0422990000@127.0.0.1 SIP/2.0\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"*1\r\n$4\r\nPING\r\n",
            b"\x00",
            b"\n",
            b"\n\n",
            b"\xff\xfe\xfd",
            b"agi",
            b"agi_network\n\n",
            b"agi_network: yes\nHost: x\n\n",
            b"agi_network: yes\r\n\r\n\n\n",
            b"agi_Network: yes\n\n",
            b"agi_net work: yes\n\n",
        ],
        ids=repr,
    )
    def test_a_peer_that_does_not_speak_agi_is_refused(
        self, call: Conversation, data: bytes
    ) -> None:
        if data == b"agi":  # so far it might be one
            assert call.hears(data) is None
            data = b"le\n"
        call.assert_refuses(data, "does not speak AGI")


class TestEnd:
    @pytest.mark.parametrize("length", range(len(ENVIRONMENT) + 1))
    def test_eof_at_any_byte_is_quiet(self, call: Conversation, length: int) -> None:
        call.hears(ENVIRONMENT[:length])
        call.protocol.receive_eof()
        assert call.protocol.state is State.CLOSED
        assert call.hears(ENVIRONMENT) is None
        with pytest.raises(LocalProtocolError, match="the connection is closed"):
            call.protocol.command("EXEC", "MSet", "A=1")

    @pytest.mark.parametrize("answered", [False, True], ids=["asking", "answered"])
    def test_the_caller_hangs_up(self, call: Conversation, answered: bool) -> None:
        if answered:
            call.answered()
        else:
            call.hears(ENVIRONMENT)
        for byte in b"HANGUP\n":
            assert call.hears(bytes([byte])) is None
        assert call.protocol.state is State.HUNG_UP
        with pytest.raises(LocalProtocolError, match="the caller is gone"):
            call.protocol.command("EXEC", "MSet", "A=1")

    def test_the_caller_hangs_up_while_asking(self, call: Conversation) -> None:
        assert call.asked(ENVIRONMENT + b"HANGUP\n")
        assert call.protocol.state is State.HUNG_UP

    def test_what_follows_a_hangup_is_passed_over(self, call: Conversation) -> None:
        assert call.answered().hears(b"HANGUP\n200 result=-1\n") is None
        assert call.hears(b"HANGUP\n") is None
        assert call.protocol.state is State.HUNG_UP

    @pytest.mark.parametrize("data", [b"200 result=0\n", b"HANGUP", b"\n", b"\xff", ENVIRONMENT])
    def test_one_who_goes_on_before_the_answer_is_refused(
        self, call: Conversation, data: bytes
    ) -> None:
        call.hears(ENVIRONMENT)
        call.assert_refuses(data + b" ", "goes on before")

    def test_one_who_goes_on_without_end_is_refused(self, call: Conversation) -> None:
        call.answered().assert_refuses(b"H" * 1_000_000, "goes on before")


class TestCommand:
    def test_before_the_environment_is_our_fault(self, call: Conversation) -> None:
        with pytest.raises(LocalProtocolError, match="reading the environment"):
            call.protocol.command("NOOP")

    def test_a_second_one_is_our_fault(self, call: Conversation) -> None:
        with pytest.raises(LocalProtocolError, match="the command has been given"):
            call.answered().protocol.command("NOOP")

    @pytest.mark.parametrize("character", ["\r", "\n", "\0"], ids=repr)
    @pytest.mark.parametrize("place", ["{}x", "x{}x", "x{}", 'a b"{}'])
    def test_cr_lf_and_nul_have_no_escape(
        self, call: Conversation, character: str, place: str
    ) -> None:
        call.hears(ENVIRONMENT)
        with pytest.raises(LocalProtocolError, match="CR, LF and NUL"):
            call.protocol.command("EXEC", "MSet", place.format(character))
        assert call.protocol.state is State.READY

    def test_as_long_as_the_buffer_of_asterisk(self, call: Conversation) -> None:
        call.hears(ENVIRONMENT)
        room = MAX_COMMAND - len("NOOP \n")
        with pytest.raises(LocalProtocolError, match="at most 8191 bytes, not 8192"):
            call.protocol.command("NOOP", "x" * (room + 1))
        assert len(call.protocol.command("NOOP", "x" * room)) == 8191

    @pytest.mark.parametrize(
        ("word", "quoted"),
        [
            ("A=1,B=2", "A=1,B=2"),
            ("", '""'),
            ("a b", '"a b"'),
            ("a\tb", '"a\tb"'),
            ('say "yes"', '"say \\"yes\\""'),
            ("a\\b", '"a\\\\b"'),
            ("還付金", "還付金"),
        ],
    )
    def test_words_are_quoted_where_they_need_it(self, word: str, quoted: str) -> None:
        assert quote(word) == quoted


def asterisk_reads(command: bytes) -> list[bytes]:
    """Split a command line as ``parse_args`` of Asterisk's res/res_agi.c does."""
    words: list[bytearray] = []
    quoted = escaped = False
    whitespace = True
    for byte in command:
        character = bytes([byte])
        if character == b'"' and not escaped:
            quoted = not quoted
            if quoted and whitespace:
                words.append(bytearray())
                whitespace = False
        elif character in {b" ", b"\t"} and not quoted and not escaped:
            whitespace = True
        elif character == b"\\" and not escaped:
            escaped = True
            continue
        else:
            if whitespace:
                words.append(bytearray())
                whitespace = False
            words[-1] += character
        escaped = False
    return [bytes(word) for word in words]


def test_the_model_of_asterisks_parser() -> None:
    assert asterisk_reads(b'EXEC MSet "A=\\"1\\",B=\\\\" x\\ y  z"z z"') == [
        b"EXEC",
        b"MSet",
        b'A="1",B=\\',
        b"x y",
        b"zz z",
    ]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), max_size=5))
def test_asterisk_reads_back_what_was_quoted(words: list[str]) -> None:
    call = Conversation()
    call.hears(ENVIRONMENT)
    line = call.protocol.command("EXEC", *words)
    assert asterisk_reads(line.removesuffix(b"\n")) == [b"EXEC", *(w.encode() for w in words)]


@given(st.text('ab \t"\\', max_size=12))
def test_asterisk_reads_back_quotes_and_backslashes(word: str) -> None:
    assert asterisk_reads(quote(word).encode()) == [word.encode()]


LINES = st.lists(
    st.sampled_from(["agi_network: yes", "agi_x: agi_arg_1: x"])
    | st.builds("agi_arg_{}:{}".format, st.integers(0, 4), st.sampled_from(["", " ", " a", "b"])),
    min_size=1,
    max_size=8,
)


@given(LINES)
def test_arguments_are_the_same_in_whatever_order_they_come(lines: list[str]) -> None:
    parted = [line.partition(":") for line in lines]
    values = {name: value.removeprefix(" ") for name, _, value in parted}
    places = takewhile(lambda place: f"agi_arg_{place}" in values, count(1))
    expected = [values[f"agi_arg_{place}"] for place in places]
    environment = Conversation().asked("\n".join([*lines, "\n"]).encode())
    assert environment.arguments() == expected


Outcome = tuple[list[Environment], State] | str


def outcome(chunks: Iterable[bytes], *, answered: bool) -> Outcome:
    """Return what a conversation comes to: its environment and its state, or that it is refused."""
    call = Conversation()
    if answered:
        call.answered()
    try:
        heard = [call.hears(chunk) for chunk in chunks]
    except RemoteProtocolError:
        assert call.protocol.state is State.CLOSED
        return "refused"
    return [one for one in heard if one is not None], call.protocol.state


SNIPPETS = [
    b"agi_network: yes\n",
    b"agi_arg_1: x\n",
    b"agi_",
    b"\n",
    b":",
    b"200 result=0\n",
    b"HANG",
    b"UP\n",
    b"HANGUP\n",
    b"\xff\x00",
]
PEER = st.lists(st.sampled_from(SNIPPETS) | st.binary(max_size=8), max_size=12).map(b"".join)


@given(PEER, st.lists(st.integers(0, 200), max_size=8), st.booleans(), st.booleans())
def test_any_bytes_in_any_chunks_come_to_the_same(
    data: bytes, cuts: list[int], answered: bool, an_environment_first: bool
) -> None:
    if an_environment_first and not answered:
        data = ENVIRONMENT + data
    whole = outcome([data], answered=answered)
    assert outcome(in_chunks(data, cuts), answered=answered) == whole
    assert outcome([bytes([byte]) for byte in data], answered=answered) == whole
