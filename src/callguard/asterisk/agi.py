"""The AGI protocol without I/O: bytes go in, events and bytes come out.

One conversation is one call::

    Asterisk                                callguard
       │  agi_network: yes ⏎ … ⏎⏎             │   ENVIRONMENT  ->  an Environment
       │ ───────────────────────────────────▶ │   READY
       │              EXEC MSet "A=1,B=2" ⏎   │   command()
       │ ◀─────────────────────────────────── │   ANSWERED
       │                       end of file    │

One command is all there is. Asterisk carries it out and then finds the end of file; nobody waits
for its ``200 result=0`` (ADR 0002). Grammar: Asterisk, res/res_agi.c.

Errors::

    AGIError
    ├── LocalProtocolError    we are about to break the protocol: a bug in our program
    └── RemoteProtocolError   the peer broke it, or is not Asterisk
"""

import re
from collections.abc import Mapping
from enum import Enum

from ..values import value

MAX_ENVIRONMENT = 65_536
"""Bytes of environment accepted before the blank line; Asterisk's own is under 10 KiB (one
application's arguments are cut at 8,192 bytes). A security limit: the peer might be anybody."""

MAX_VARIABLES = 160
"""Asterisk sends 21 variables and at most 128 arguments."""

MAX_COMMAND = 8_191
"""Bytes of one command line, with its end: Asterisk's buffer is 8,192, and ends in a NUL."""


class AGIError(Exception):
    """The conversation cannot go on."""


class LocalProtocolError(AGIError):
    """We tried something that AGI cannot carry."""


class RemoteProtocolError(AGIError):
    """The peer sent something that is not AGI."""


class State(Enum):
    """Where the conversation stands."""

    ENVIRONMENT = "reading the environment"
    READY = "free to send the command"
    ANSWERED = "the command has been given"
    HUNG_UP = "the caller is gone"
    CLOSED = "the connection is closed"


# Named once: Python 3.11 takes as long to look up a member of an enumeration as to make an object.
_ENVIRONMENT_DUE = State.ENVIRONMENT
_READY = State.READY
_ANSWERED = State.ANSWERED
_HUNG_UP = State.HUNG_UP
_CLOSED = State.CLOSED

# One line a variable, named as Asterisk names them; possessive, since there is one way to match.
_LINES = re.compile(rb"(?:agi_[a-z0-9_]*+:.*+\n){1,%d}+" % MAX_VARIABLES)
_ARGUMENT = re.compile(r"^agi_arg_([0-9]+): ?(.*)", re.MULTILINE)
_FIRST_ARGUMENT = "\nagi_arg_1: "

_SPECIAL = re.compile(r'[ \t"\\]')


@value
class Environment:
    """The variables at the beginning of a conversation, a line each; the last of a name counts.

    Only what is asked for is taken apart: every call brings twenty variables that nobody reads.
    """

    text: str

    @property
    def variables(self) -> Mapping[str, str]:
        """Return all of them by name."""
        lines = self.text.split("\n")
        parted = [line.partition(":") for line in lines if line]
        return {name: value.strip() for name, _, value in parted}

    def arguments(self) -> list[str]:
        """Return ``agi_arg_1``, ``agi_arg_2`` … in order, up to the first that is missing."""
        # The question is one argument, and Asterisk sends it last: the end is where to look.
        text = self.text
        before, _, argument = text.rpartition(_FIRST_ARGUMENT)
        if before and argument.find("\n") == len(argument) - 1 and "agi_arg_" not in before:
            return [argument[:-1]]
        numbered = dict(_ARGUMENT.findall(text))
        found: list[str] = []
        while (value := numbered.get(str(len(found) + 1))) is not None:
            found.append(value)
        return found


_HANGUP = b"HANGUP\n"
"""What FastAGI says when the caller has hung up."""


class AGIProtocol:
    """The state machine of one conversation, seen from the server."""

    __slots__ = ("_buffer", "state")

    def __init__(self) -> None:
        self.state = _ENVIRONMENT_DUE
        self._buffer = b""

    def receive_data(self, data: bytes) -> Environment | None:
        """Take bytes from the peer; return the environment once they complete it.

        Raises:
            RemoteProtocolError: they are not AGI, or more than a limit allows; the conversation
                is then closed.

        """
        # Nearly every environment is there as a whole, alone. What it is taken for here,
        # ``_environment`` would take it for as well.
        if not self._buffer and self.state is _ENVIRONMENT_DUE:
            block = data[:-1]
            if len(data) <= MAX_ENVIRONMENT and data[-1:] == b"\n" and _LINES.fullmatch(block):
                self.state = _READY
                return Environment(block.decode("utf-8", "replace"))
        if self.state is _CLOSED or self.state is _HUNG_UP:
            return None
        self._buffer += data
        try:
            environment = self._environment() if self.state is _ENVIRONMENT_DUE else None
            if self.state is not _ENVIRONMENT_DUE:
                self._note_hangup()
        except RemoteProtocolError:
            self.state = _CLOSED
            raise
        return environment

    def receive_eof(self) -> None:
        """Note that the peer closed its side; an unfinished line is dropped without a word."""
        self.state = _CLOSED
        self._buffer = b""

    def command(self, *words: str) -> bytes:
        """Return the bytes of the one command, such as ``("EXEC", "MSet", "A=1,B=2")``.

        Words after the first are quoted where they need it. CR, LF and NUL have no escape in AGI.

        Raises:
            LocalProtocolError: a word holds one of those, the line is too long, or it is not the
                time for a command.

        """
        if self.state is not _READY:
            raise LocalProtocolError(f"no command may be sent while {self.state.value}")
        line = " ".join(words)
        # Hardly ever is there a word to quote: searches for single characters tell it fastest.
        spaced = "" in words or line.count(" ") != len(words) - 1
        if spaced or '"' in line or "\\" in line or "\t" in line:
            line = " ".join((words[0], *map(quote, words[1:])))
        if "\n" in line or "\r" in line or "\0" in line:
            raise LocalProtocolError("CR, LF and NUL cannot be sent in an AGI command")
        data = line.encode() + b"\n"
        if len(data) > MAX_COMMAND:
            raise LocalProtocolError(f"a command has at most {MAX_COMMAND} bytes, not {len(data)}")
        self.state = _ANSWERED
        return data

    def _environment(self) -> Environment | None:
        end = self._buffer.find(b"\n\n")
        if end < 0:
            if len(self._buffer) > MAX_ENVIRONMENT + 1:  # with the first of the two newlines
                raise RemoteProtocolError(f"an environment longer than {MAX_ENVIRONMENT} bytes")
            if self._buffer and not b"agi_".startswith(self._buffer[:4]):
                raise RemoteProtocolError("the peer does not speak AGI")
            return None
        if end > MAX_ENVIRONMENT:
            raise RemoteProtocolError(f"an environment longer than {MAX_ENVIRONMENT} bytes")
        block, self._buffer = self._buffer[: end + 1], self._buffer[end + 2 :]
        if not _LINES.fullmatch(block):
            if block.count(b"\n") > MAX_VARIABLES:
                raise RemoteProtocolError(f"more than {MAX_VARIABLES} variables")
            raise RemoteProtocolError("the peer does not speak AGI")
        self.state = _READY
        return Environment(block.decode("utf-8", "replace"))

    def _note_hangup(self) -> None:
        """Take what comes while the answer is awaited; after this nothing counts."""
        if self._buffer.startswith(_HANGUP):
            self.state = _HUNG_UP
            self._buffer = b""
        elif not _HANGUP.startswith(self._buffer):
            raise RemoteProtocolError("it goes on before it was answered")


def quote(word: str) -> str:
    r"""Quote *word* as Asterisk's AGI parser reads it back: ``"`` and ``\`` escaped by ``\``."""
    if word and not _SPECIAL.search(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
